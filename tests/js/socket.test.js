import assert from "node:assert/strict";
import { test } from "node:test";
import { StreamSocket } from "../../src/thienly/web/static/player/socket.js";
import { pack } from "./pack.js";

class FakeSocket {
  static made = [];
  constructor(url) {
    this.url = url;
    this.readyState = 0;
    this.sent = [];
    FakeSocket.made.push(this);
  }
  send(text) {
    this.sent.push(JSON.parse(text));
  }
  close(code) {
    this.drop(code);
  }
  open() {
    this.readyState = 1;
    this.onopen();
  }
  hear(data) {
    this.onmessage({ data: data instanceof ArrayBuffer ? data : JSON.stringify(data) });
  }
  drop(code) {
    this.readyState = 3;
    this.onclose({ code });
  }
}

function channel() {
  const heard = { opened: 0, events: [], frames: [] };
  return {
    heard,
    open: () => (heard.opened += 1),
    event: (event) => heard.events.push(event),
    frame: (frame) => heard.frames.push(frame),
  };
}

function connect(t) {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  FakeSocket.made = [];
  const socket = new StreamSocket("ws://here/stream", FakeSocket);
  t.after(() => [1, 2, 3].forEach((number) => socket.leave(number)));
  return socket;
}

test("sixteen players share one socket and hear only their own", (t) => {
  const socket = connect(t);
  const channels = Array.from({ length: 16 }, channel);
  const numbers = channels.map((one) => {
    const number = socket.number();
    socket.join(number, one);
    return number;
  });
  assert.equal(new Set(numbers).size, 16);
  assert.equal(FakeSocket.made.length, 1);
  const [wire] = FakeSocket.made;
  wire.open();
  assert.ok(channels.every((one) => one.heard.opened === 1));
  wire.hear({ ev: "gap", ch: numbers[4] });
  wire.hear(pack({ channel: numbers[5], data: [7] }));
  assert.deepEqual(channels.map((one) => one.heard.events.length), channels.map((_, i) => (i === 4 ? 1 : 0)));
  assert.equal(channels[5].heard.frames[0].data[0], 7);
  numbers.forEach((number) => socket.leave(number));
  assert.equal(wire.readyState, 3);
});

test("a lost socket is called again, later each time, and every channel asks anew", (t) => {
  t.mock.method(Math, "random", () => 0.5);
  const socket = connect(t);
  const one = channel();
  socket.join(1, one);
  FakeSocket.made[0].open();
  FakeSocket.made[0].drop(1006);
  t.mock.timers.tick(499);
  assert.equal(FakeSocket.made.length, 1);
  t.mock.timers.tick(1);
  assert.equal(FakeSocket.made.length, 2);
  FakeSocket.made[1].drop(1006);
  t.mock.timers.tick(999);
  assert.equal(FakeSocket.made.length, 2);
  t.mock.timers.tick(1);
  assert.equal(FakeSocket.made.length, 3);
  FakeSocket.made[2].open();
  assert.equal(one.heard.opened, 2);
});

test("when nobody is signed in any more it says so, and does not call again", (t) => {
  const socket = connect(t);
  let over = 0;
  socket.addEventListener("over", (event) => (over = event.detail));
  socket.join(1, channel());
  FakeSocket.made[0].open();
  FakeSocket.made[0].drop(4401);
  t.mock.timers.tick(60_000);
  assert.equal(over, 4401);
  assert.equal(FakeSocket.made.length, 1);
});

test("a channel that joins an open socket opens at once, and one that left hears no more", (t) => {
  const socket = connect(t);
  socket.join(1, channel());
  FakeSocket.made[0].open();
  const late = channel();
  socket.join(2, late);
  assert.equal(late.heard.opened, 1);
  socket.leave(2);
  FakeSocket.made[0].hear({ ev: "gap", ch: 2 });
  assert.equal(late.heard.events.length, 0);
});

test("a tab that nobody sees hangs up and calls at once when it is seen again", (t) => {
  const socket = connect(t);
  const one = { ...channel(), wish: { mode: "live" } };
  socket.join(1, one);
  FakeSocket.made[0].open();
  socket.rest();
  assert.equal(FakeSocket.made[0].readyState, 3);
  t.mock.timers.tick(60_000);
  assert.equal(FakeSocket.made.length, 1);
  socket.wake();
  assert.equal(FakeSocket.made.length, 2);
  FakeSocket.made[1].open();
  assert.equal(one.heard.opened, 2);
});

test("who plays something back is not hung up on, because its place would be lost", (t) => {
  const socket = connect(t);
  socket.join(1, { ...channel(), wish: { mode: "play" } });
  FakeSocket.made[0].open();
  socket.rest();
  assert.ok(socket.isUp);
});

test("two hundred pages do not come back in the same moment when the gateway restarts", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  FakeSocket.made = [];
  const sockets = Array.from({ length: 200 }, () => new StreamSocket("ws://here/stream", FakeSocket));
  for (const socket of sockets) socket.join(1, channel());
  for (const made of FakeSocket.made) made.open();
  for (const made of [...FakeSocket.made]) made.drop(1012);
  const back = [];
  for (let ms = 0; ms < 1000; ms += 50) {
    const before = FakeSocket.made.length;
    t.mock.timers.tick(50);
    back.push(FakeSocket.made.length - before);
  }
  assert.equal(back.reduce((sum, n) => sum + n, 0), 200);
  assert.equal(back[0], 0); // nobody at once
  assert.ok(Math.max(...back) < 60, String(back));
  for (const socket of sockets) socket.leave(1);
});

test("under the lock screen nothing plays on, and unlocked it calls again though the server had ended it", (t) => {
  const socket = connect(t);
  const one = { ...channel(), wish: { mode: "play" } };
  socket.join(1, one);
  FakeSocket.made[0].open();
  FakeSocket.made[0].drop(4401);
  assert.equal(socket.over, 4401);
  socket.rest(true);
  socket.wake();
  FakeSocket.made[1].open();
  assert.equal(one.heard.opened, 2);
  socket.rest(true);
  assert.equal(FakeSocket.made[1].readyState, 3);
});
