import assert from "node:assert/strict";
import { test } from "node:test";
import { creditWanted, jumpOverHole, LIVE_TARGET, livePace, ready, stepTime, streamFor, toDrop } from "../../src/thienly/web/static/player/plan.js";

test("a live picture near its edge runs at its own speed", () => {
  assert.deepEqual(livePace(10, 10 - LIVE_TARGET), { rate: 1, seek: null });
});

test("a live picture that falls behind hurries, and jumps when it is far behind", () => {
  assert.ok(livePace(10, 9.6).rate > 1);
  assert.deepEqual(livePace(10, 8), { rate: 1, seek: 10 - LIVE_TARGET });
});

test("a live picture that runs into its edge slows down instead of stopping", () => {
  assert.ok(livePace(10, 9.98).rate < 1);
});

test("chasing brings the delay to its target and keeps it there", () => {
  let edge = 1;
  let now = 0.2;
  const delays = [];
  for (let tick = 0; tick < 100; tick += 1) {
    const pace = livePace(edge, now);
    if (pace.seek !== null) now = pace.seek;
    now += 0.2 * pace.rate;
    edge += 0.2;
    delays.push(edge - now);
  }
  for (const delay of delays.slice(50)) assert.ok(delay > 0.03 && delay <= 0.3, `delay ${delay}`);
});

test("playback jumps over a hole, and only over a hole", () => {
  const ranges = [{ start: 0, end: 4 }, { start: 60, end: 64 }];
  assert.equal(jumpOverHole(ranges, 2), null);
  assert.ok(Math.abs(jumpOverHole(ranges, 3.97) - 60) < 0.01);
  assert.ok(Math.abs(jumpOverHole(ranges, 30) - 60) < 0.01);
  assert.equal(jumpOverHole(ranges, 64), null);
  assert.equal(jumpOverHole([], 3), null);
});

test("what is ready counts pictures, not holes", () => {
  assert.equal(ready([{ start: 0, end: 4 }, { start: 60, end: 64 }], 2), 6);
});

test("credit follows the need: none when full, more for fast motion", () => {
  assert.equal(creditWanted(13, 1, 0), 0);
  assert.equal(creditWanted(3, 1, 0), 4);
  assert.equal(creditWanted(3, 1, 3), 1);
  assert.equal(creditWanted(3, 1, 9), 0);
  assert.equal(creditWanted(13, 8, 0), 16);
});

test("only what was shown long ago is dropped, in large pieces", () => {
  assert.equal(toDrop([{ start: 0, end: 50 }], 34, 30), null);
  assert.deepEqual(toDrop([{ start: 0, end: 50 }], 45, 30), { start: 0, end: 15 });
  assert.equal(toDrop([], 45, 30), null);
});

test("a step lands in the middle of the next or the last frame, wherever the frames lie", () => {
  const length = 1 / 25;
  for (const shown of [0.013, 1.96, 1234.567]) {
    assert.ok(Math.abs(stepTime(shown, 1, 25) - (shown + 1.5 * length)) < 1e-6);
    assert.ok(Math.abs(stepTime(shown, -1, 25) - (shown - 0.5 * length)) < 1e-6);
  }
});

test("a small place gets the second stream, a large one the main one, and in between nothing changes", () => {
  assert.equal(streamFor(360, 0, "main"), "sub");
  assert.equal(streamFor(1920, 0, "sub"), "main");
  for (const now of ["main", "sub"]) assert.equal(streamFor(880, 640, now), now);
  assert.equal(streamFor(700, 320, "sub"), "main"); // the second stream was found to be very small
  assert.equal(streamFor(1400, 1280, "main"), "sub"); // or large enough
});
