import assert from "node:assert/strict";
import test from "node:test";

import { keysOnly } from "../../src/thienly/web/static/player/plan.js";
import { Tape } from "../../src/thienly/web/static/player/tape.js";
import { typedMoment } from "../../src/thienly/web/static/timeline/typed.js";
import { SPEEDS, nextSpeed } from "../../src/thienly/web/static/js/deck.js";
import { landing, startOfSearch } from "../../src/thienly/web/static/js/jumps.js";

const VN = "Asia/Ho_Chi_Minh";
const NOON = Date.parse("2026-11-17T12:00:00+07:00");

test("a moment is understood as people type it", () => {
  const of = (/** @type {string} */ text) => {
    const ms = typedMoment(text, NOON, VN);
    return ms === null ? null : new Date(ms + 7 * 3_600_000).toISOString().slice(0, 19);
  };
  assert.equal(of("14:20"), "2026-11-17T14:20:00");
  assert.equal(of(" 14h20 "), "2026-11-17T14:20:00");
  assert.equal(of("142005"), "2026-11-17T14:20:05");
  assert.equal(of("9:05:07"), "2026-11-17T09:05:07");
  assert.equal(of("16/11 14:20"), "2026-11-16T14:20:00");
  assert.equal(of("01/02/2026, 00:00:01"), "2026-02-01T00:00:01");
  for (const wrong of ["", "24:00", "12:60", "31/02 10:00", "xx", "14", "14:20:99", "14:20 hôm qua"]) assert.equal(of(wrong), null, wrong);
});

test("speeds go up and down by those that are offered", () => {
  assert.equal(nextSpeed(1, 1), 2);
  assert.equal(nextSpeed(1, -1), 0.5);
  assert.equal(nextSpeed(16, 1), 16);
  assert.equal(nextSpeed(0.25, -1), 0.25);
  assert.deepEqual(SPEEDS.map(keysOnly), [false, false, false, false, false, true, true]);
});

test("a jump counts from the landmark it led to, for a while", () => {
  const last = /** @type {const} */ ({ sort: "gap", at: NOON });
  assert.ok(landing("gap", NOON) < NOON); // the last pictures before the gap are seen
  assert.equal(landing("bookmark", NOON), NOON);
  assert.equal(startOfSearch(NOON - 3000, "gap", last, 2000), NOON);
  assert.equal(startOfSearch(NOON + 3_600_000, "gap", last, 6000), NOON); // the picture has crossed it
  assert.equal(startOfSearch(NOON - 3000, "event", last, 2000), NOON - 3000);
  assert.equal(startOfSearch(NOON + 60_000, "gap", last, 60_000), NOON + 60_000);
  assert.equal(startOfSearch(NOON, "gap", null, 0), NOON);
});

function tape(held = false) {
  const asked = [];
  const credits = [];
  const video = { currentTime: 10, playbackRate: 1, paused: false, seeking: false, pause: () => (video.paused = true), play: async () => (video.paused = false) };
  const session = { asked: 0, run: 1, base: { toWall: (/** @type {number} */ s) => s * 1e6, toMedia: (/** @type {number} */ us) => us / 1e6 }, credit: (/** @type {number} */ n) => credits.push(n) };
  let ranges = [{ start: 5, end: 12 }, { start: 20, end: 30 }];
  const made = new Tape(/** @type {any} */ ({ video, ranges: () => ranges, session: () => session, ask: (...what) => asked.push(what) }), held);
  return { made, video, asked, credits, set: (/** @type {typeof ranges} */ to) => (ranges = to) };
}

test("between all pictures and key frames alone what is buffered is asked for anew", () => {
  const { made, video, asked } = tape();
  made.run(4, 7_000_000);
  assert.deepEqual([video.playbackRate, asked], [4, []]);
  made.run(16, 7_000_000);
  assert.deepEqual([video.playbackRate, made.keys, asked], [16, true, [[7_000_000, false]]]);
  made.run(8, 7_000_000);
  assert.equal(asked.length, 1);
  made.run(100, 7_000_000);
  assert.equal(video.playbackRate, 16);
  made.run(1, null);
  assert.equal(asked.length, 1); // nothing is shown yet: the next request says it
});

test("a hole is crossed by a single picture, never by one that is led", () => {
  const alone = tape();
  alone.video.currentTime = 12;
  alone.made.feed(false);
  assert.equal(alone.video.currentTime, 20.001);
  const led = tape(true);
  led.video.currentTime = 12;
  led.made.feed(false);
  assert.equal(led.video.currentTime, 12);
  led.made.pace(0, 25_000);
  assert.deepEqual([led.video.currentTime, led.video.paused], [25, true]);
});

test("a step back before what is buffered asks for it, within it none does", () => {
  const { made, video, asked } = tape();
  made.follow = () => {};
  made._shown = 9.96;
  made.step(-1);
  assert.ok(Math.abs(video.currentTime - 9.94) < 1e-9);
  made._shown = 5;
  video.seeking = false;
  made.step(-1);
  assert.deepEqual(asked, [[4_980_000, true]]);
});
