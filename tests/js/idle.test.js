import assert from "node:assert/strict";
import test from "node:test";

import { Idle } from "../../src/thienly/web/static/js/idle.js";

const MINUTE = 60_000;

test("a page that nobody touches is locked at its time, and a touch that comes too late does not save it", () => {
  const idle = new Idle(15 * MINUTE, 0);
  assert.equal(idle.due(15 * MINUTE - 1), "");
  assert.equal(idle.due(15 * MINUTE), "lock");
  assert.equal(idle.touch(40 * MINUTE), "lock");
  assert.equal(new Idle(0, 0).due(1e12), "");
});

test("the server hears of every touch, but seldom", () => {
  const idle = new Idle(15 * MINUTE, 0);
  assert.deepEqual([1000, 2000, 30_000].map((at) => idle.touch(at)), ["", "", ""]);
  assert.equal(idle.due(31_000), "tell"); // the last touch, though nothing has followed it
  assert.equal(idle.due(90_000), "");
  assert.equal(idle.touch(91_000), "tell");
});

test("another page's touch counts here, and is not told twice", () => {
  const idle = new Idle(15 * MINUTE, 0);
  idle.elsewhere(10 * MINUTE);
  assert.equal(idle.due(24 * MINUTE), "");
  assert.equal(idle.due(25 * MINUTE), "lock");
});
