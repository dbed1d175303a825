import assert from "node:assert/strict";
import test from "node:test";

import { pages, Rounds, TOUCHED } from "../../src/thienly/web/static/js/rounds.js";

test("all cameras go by, a wall full at a time", () => {
  const cameras = ["a", "b", "c", "d", "e"];
  assert.deepEqual(
    pages(cameras, 4).map((step) => step.tiles),
    [["a", "b", "c", "d"], ["e"]],
  );
  assert.deepEqual(pages([], 4), []);
});

test("it turns when its time is over, and again after as long", () => {
  const rounds = new Rounds(10);
  const turned = [];
  for (let now = 0; now < 25_000; now += 250) if (rounds.tick(now, 250)) turned.push(now + 250);
  assert.deepEqual(turned, [10_000, 20_000]);
});

test("while it is held the time stands, and an alarm is told before all else", () => {
  const rounds = new Rounds(10);
  assert.equal(rounds.tick(0, 9_000), false);
  rounds.hold("filled", true);
  rounds.hold("alarm", true);
  assert.equal(rounds.why(0), "alarm");
  assert.equal(rounds.tick(0, 60_000), false);
  rounds.hold("alarm", false);
  assert.equal(rounds.why(0), "filled");
  rounds.hold("filled", false);
  assert.equal(rounds.left, 1);
  assert.equal(rounds.tick(0, 1_000), true);
});

test("a touch holds it up for a while, and no longer: a mouse that lies on the desk does not stop a wall", () => {
  const rounds = new Rounds(10);
  rounds.touch(1_000);
  assert.equal(rounds.why(1_000 + TOUCHED - 1), "touched");
  assert.equal(rounds.why(1_000 + TOUCHED), null);
});
