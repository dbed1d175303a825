import assert from "node:assert/strict";
import { test } from "node:test";
import { Session } from "../../src/thienly/web/static/player/session.js";

const CAMERA = "0".repeat(32);
const SECOND = 1_000_000;
const NOW = 1_763_800_000 * SECOND;

function stage(wish) {
  const done = [];
  const sent = [];
  const screen = {
    begin: (mime) => done.push(["begin", mime]),
    restart: () => done.push(["restart"]),
    append: (data, offset) => done.push(["append", data[0], offset]),
    showAt: (at) => done.push(["showAt", at]),
    tell: (event) => done.push(["tell", event.ev]),
  };
  const session = new Session(3, CAMERA, wish, screen, (command) => sent.push(command));
  session.open();
  return { session, sent, done };
}

function frame(session, fields) {
  return {
    kind: 2, key: false, discontinuity: false, channel: 3, run: session.run, seq: 1,
    segmentUs: NOW, startUs: NOW, durationUs: 100_000, data: new Uint8Array([0]), ...fields,
  };
}

const LEAD = 0.001; // seconds between the beginning of the axis and the first frame

function opened(session) {
  session.event({ ev: "opened", ch: 3, run: session.run });
  session.event({ ev: "media", ch: 3, run: session.run, mime: "video/mp4" });
  session.frame(frame(session, { kind: 1, data: new Uint8Array([9]) }));
}

test("a live channel is opened, and shows from its first key frame", () => {
  const { session, sent, done } = stage({ mode: "live" });
  assert.deepEqual(sent, [{ op: "open", ch: 3, run: 1, camera: CAMERA, mode: "live" }]);
  opened(session);
  session.frame(frame(session, { data: new Uint8Array([1]) })); // before any key frame
  session.frame(frame(session, { key: true, startUs: NOW + SECOND, data: new Uint8Array([2]) }));
  session.frame(frame(session, { startUs: NOW + SECOND + 100_000, data: new Uint8Array([3]) }));
  const media = done.filter(([what]) => what !== "tell" && what !== "restart");
  assert.deepEqual(media, [["begin", "video/mp4"], ["append", 9, -0.999], ["append", 2, -0.999], ["showAt", LEAD], ["append", 3, -0.999]]);
});

test("a new segment keeps the axis: only its offset differs", () => {
  const { session, done } = stage({ mode: "live" });
  opened(session);
  session.frame(frame(session, { key: true }));
  session.frame(frame(session, { key: true, segmentUs: NOW + 60 * SECOND, startUs: NOW + 60 * SECOND }));
  assert.deepEqual(done.filter(([what]) => what === "append").map(([, , offset]) => offset), [LEAD, LEAD, 60 + LEAD]);
});

test("playback shows the moment asked for, though the fragment begins earlier", () => {
  const { session, sent, done } = stage({ mode: "play", atUs: NOW + 1.5 * SECOND });
  assert.deepEqual(sent[0], { op: "open", ch: 3, run: 1, camera: CAMERA, mode: "play", at_us: NOW + 1.5 * SECOND, credit: 4 });
  opened(session);
  session.frame(frame(session, { key: true, startUs: NOW }));
  assert.deepEqual(done.at(-1), ["showAt", 1.5 + LEAD]);
});

test("playback into a gap shows the first picture behind it", () => {
  const { session, done } = stage({ mode: "play", atUs: NOW });
  opened(session);
  session.frame(frame(session, { key: true, startUs: NOW + 60 * SECOND }));
  assert.deepEqual(done.at(-1), ["showAt", LEAD]);
});

test("no frame comes to lie before the beginning of the axis, however its time was rounded", () => {
  const { session, done } = stage({ mode: "live" });
  opened(session);
  session.frame(frame(session, { key: true, segmentUs: NOW - 4 * SECOND, startUs: NOW + 7 }));
  const [, , offset] = done.find(([what]) => what === "append");
  assert.ok(offset + Math.floor(4.000007 * 90000) / 90000 > 0); // in the track's clock
});

test("answers to an earlier question are thrown away", () => {
  const { session, sent, done } = stage({ mode: "play", atUs: NOW });
  opened(session);
  const old = session.run;
  session.ask({ mode: "play", atUs: NOW + 100 * SECOND });
  assert.equal(sent.at(-1).op, "seek");
  const before = done.length;
  session.frame({ ...frame(session, { key: true }), run: old });
  session.event({ ev: "gap", ch: 3, run: old });
  assert.equal(done.length, before);
});

test("after a jump nothing is shown before a key frame", () => {
  const { session, done } = stage({ mode: "live" });
  opened(session);
  session.frame(frame(session, { key: true }));
  const before = done.length;
  session.frame(frame(session, { discontinuity: true }));
  session.frame(frame(session, {}));
  assert.equal(done.length, before);
  session.frame(frame(session, { key: true }));
  assert.equal(done.length, before + 1);
});

test("credit is counted until its fragments are here", () => {
  const { session, sent } = stage({ mode: "play", atUs: NOW });
  assert.equal(session.asked, 4);
  session.credit(2); // not open yet: nothing is asked
  assert.equal(session.asked, 4);
  opened(session);
  session.frame(frame(session, { key: true }));
  session.credit(2);
  assert.equal(session.asked, 5);
  assert.deepEqual(sent.at(-1), { op: "credit", ch: 3, fragments: 2 });
});

test("after a refusal a new wish opens the channel anew, and no picture stays", () => {
  const { session, sent, done } = stage({ mode: "live" });
  opened(session);
  session.event({ ev: "ended", ch: 3, run: session.run, why: "right_withdrawn" });
  assert.ok(done.some(([what]) => what === "restart"));
  session.frame(frame(session, { key: true }));
  assert.ok(!done.some(([what, value]) => what === "append" && value === 0));
  session.ask({ mode: "live" });
  assert.equal(sent.at(-1).op, "open");
});

test("a reconnected socket asks for the same again, under a new run", () => {
  const { session, sent } = stage({ mode: "live" });
  opened(session);
  session.open();
  assert.deepEqual(sent.map((command) => [command.op, command.run]), [["open", 1], ["open", 2]]);
});

test("opening says which stream fits and what can be played; a larger place asks for the other one", () => {
  const sent = [];
  const screen = { begin() {}, restart() {}, append() {}, showAt() {}, tell() {} };
  const fitting = { stream: "sub", plays: "avc1,mp4a" };
  const session = new Session(3, CAMERA, { mode: "live" }, screen, (command) => sent.push(command), fitting);
  session.open();
  assert.deepEqual(sent[0], { op: "open", ch: 3, run: 1, camera: CAMERA, mode: "live", ...fitting });
  session.event({ ev: "opened", ch: 3, run: 1 });
  session.fit("main");
  assert.deepEqual(sent[1], { op: "stream", ch: 3, stream: "main" });
  session.open(); // after a reconnection
  assert.equal(sent[2].stream, "main");
});

test("a picture that is opened anew is silent, whatever was heard before", () => {
  const { session, sent } = stage({ mode: "live" });
  opened(session);
  session.listen(true);
  assert.deepEqual(sent.at(-1), { op: "listen", ch: 3, sound: "on" });
  session.event({ ev: "listening", ch: 3, run: session.run, on: true });
  assert.ok(session.listening);
  session.open();
  assert.ok(!session.listening);
});
