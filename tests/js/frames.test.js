import assert from "node:assert/strict";
import { test } from "node:test";
import { INIT, MEDIA, parseFrame } from "../../src/thienly/web/static/player/frames.js";
import { pack } from "./pack.js";

test("a frame is read field by field", () => {
  const frame = parseFrame(
    pack({ flags: 3, channel: 65535, run: 513, seq: 2 ** 40, segment: 1_763_800_000_000_001, start: 1_763_800_000_100_000, duration: 100_000, data: [1, 2, 3] }),
  );
  assert.deepEqual([frame.kind, frame.key, frame.discontinuity], [MEDIA, true, true]);
  assert.deepEqual([frame.channel, frame.run, frame.seq], [65535, 513, 2 ** 40]);
  assert.equal(frame.segmentUs, 1_763_800_000_000_001);
  assert.equal(frame.startUs, 1_763_800_000_100_000);
  assert.equal(frame.durationUs, 100_000);
  assert.deepEqual([...frame.data], [1, 2, 3]);
});

test("an init segment is told from media", () => {
  assert.equal(parseFrame(pack({ kind: INIT })).kind, INIT);
});

test("what is no frame is refused", () => {
  assert.throws(() => parseFrame(new ArrayBuffer(39)), RangeError);
  assert.throws(() => parseFrame(pack({ kind: 3 })), RangeError);
  const other = pack({});
  new DataView(other).setUint8(0, 2);
  assert.throws(() => parseFrame(other), RangeError);
});
