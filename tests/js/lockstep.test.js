import assert from "node:assert/strict";
import test from "node:test";

import { clockMay, pace } from "../../src/thienly/web/static/player/lockstep.js";

const NOW = 1_800_000_000_000;
const buffered = [{ start: NOW - 10_000, end: NOW + 10_000 }];
const at = (/** @type {number | null} */ shown, more = {}) => ({ shown, ranges: buffered, hole: null, ...more });

test("a picture on the clock runs at the clock's speed", () => {
  assert.deepEqual(pace(at(NOW + 10), NOW, 1, false), { state: "showing", rate: 1, seek: null });
  assert.deepEqual(pace(at(NOW - 100), NOW, 16, false), { state: "showing", rate: 16, seek: null });
});

test("a picture that is behind hurries, one that is ahead waits, neither by much", () => {
  const behind = pace(at(NOW - 200), NOW, 1, false);
  assert.ok(behind.rate > 1 && behind.rate <= 1.15 && behind.seek === null);
  const ahead = pace(at(NOW + 200), NOW, 1, false);
  assert.ok(ahead.rate < 1 && ahead.rate >= 0.85 && ahead.seek === null);
});

test("drift is corrected to within a frame and does not swing", () => {
  let shown = NOW - 500;
  let clock = NOW;
  for (let tick = 0; tick < 200; tick += 1) {
    const { rate, seek } = pace({ shown, ranges: [{ start: NOW - 1000, end: NOW + 1e6 }], hole: null }, clock, 1, false);
    assert.equal(seek, null);
    shown += 100 * rate * 1.0005; // a decoder's clock is not ours
    clock += 100;
  }
  assert.ok(Math.abs(shown - clock) < 40, `${shown - clock} ms`);
});

test("a picture that is far off jumps", () => {
  assert.equal(pace(at(NOW - 5000), NOW, 1, false).seek, NOW);
  assert.equal(pace(at(NOW - 5000), NOW, 16, false).seek, null); // at this speed five seconds are nothing
});

test("while the clock stands each picture stands at its moment", () => {
  assert.deepEqual(pace(at(NOW + 10), NOW, 1, true), { state: "showing", rate: 0, seek: null });
  assert.deepEqual(pace(at(NOW + 60), NOW, 1, true), { state: "showing", rate: 0, seek: NOW });
});

test("in a time without recording a picture stands still and rejoins behind it", () => {
  const hole = { from: NOW - 1000, to: NOW + 5000 };
  const beyond = { shown: NOW + 5000, ranges: [{ start: NOW + 5000, end: NOW + 9000 }], hole };
  assert.deepEqual(pace(beyond, NOW, 1, false), { state: "hole", rate: 0, seek: null });
  assert.deepEqual(pace(beyond, NOW + 5010, 1, false), { state: "showing", rate: 1, seek: null });
  assert.equal(pace({ ...beyond, hole: { from: NOW - 1000, to: null } }, NOW, 1, false).state, "hole");
});

test("a picture that has not come yet waits, and the clock does not wait for it", () => {
  const slow = { shown: null, ranges: [], hole: null };
  assert.equal(pace(slow, NOW, 1, false).state, "waiting");
  assert.equal(clockMay(["waiting", "showing", "showing"], [], NOW, false), "run");
  assert.equal(clockMay(["waiting", "showing"], [], NOW, true), "stand"); // at the beginning it gets its chance
  assert.equal(clockMay(["waiting", "hole"], [], NOW, false), "stand");
});

test("where nobody has a picture the clock leaps to the first that has one again", () => {
  const until = (/** @type {number | null} */ to) => ({ shown: null, ranges: [], hole: { from: NOW - 1, to } });
  assert.equal(clockMay(["hole", "hole"], [until(NOW + 9000), until(NOW + 4000)], NOW, false), NOW + 4000);
  assert.equal(clockMay(["hole", "hole"], [until(null), until(NOW + 4000)], NOW, false), NOW + 4000);
  assert.equal(clockMay(["hole"], [until(null)], NOW, false), "stand"); // it lasts
});
