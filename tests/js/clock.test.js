import assert from "node:assert/strict";
import { test } from "node:test";
import { ServerClock, TimeBase } from "../../src/thienly/web/static/player/clock.js";

test("media time and wall time are one axis with a fixed base", () => {
  const base = new TimeBase(1_763_800_000_000_000);
  assert.equal(base.toMedia(1_763_800_002_500_000), 2.5);
  assert.equal(base.toWall(2.5), 1_763_800_002_500_000);
});

test("the server's clock is taken from the quickest answer", () => {
  let now = 1000;
  const clock = new ServerClock(() => now);
  now = 1020;
  clock.heard(1000, 5_000_000); // 20 ms there and back: the server's time was 5 s at 1010
  assert.equal(clock.nowUs(), 5_010_000);
  now = 2000;
  clock.heard(1200, 9_000_000); // 800 ms on the way: worth nothing
  assert.equal(clock.nowUs(), 5_990_000);
  now = 2002;
  clock.heard(2000, 6_001_000);
  assert.equal(clock.nowUs(), 6_002_000);
});
