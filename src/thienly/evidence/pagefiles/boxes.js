/** What recorders write, read back: the time of a fragment (evidence/boxes.py). Throws RangeError on anything else. */
import { latin1, roundDiv, view } from "./bytes.js";

const MAX_MOOF = 8 << 20;

/** @param {Uint8Array} data @returns {[string, Uint8Array][]} */
function children(data) {
  /** @type {[string, Uint8Array][]} */
  const found = [];
  for (let at = 0; at < data.length; ) {
    const length = view(data).getUint32(at);
    if (length < 8 || length > data.length - at) throw new RangeError("longer than what it stands in");
    found.push([latin1(data.subarray(at + 4, at + 8)), data.subarray(at + 8, at + length)]);
    at += length;
  }
  return found;
}

/** @param {Uint8Array} data @param {...string} path */
function child(data, ...path) {
  for (const kind of path) {
    const found = children(data).find(([name]) => name === kind);
    if (!found) throw new RangeError(`no ${kind}`);
    data = found[1];
  }
  return data;
}

/** Ticks a second of the picture. @param {Uint8Array} init */
export function pictureScale(init) {
  let scale = 0;
  for (const [kind, trak] of children(child(init, "moov"))) {
    if (kind !== "trak") continue;
    const id = view(child(trak, "tkhd")).getUint32(12);
    const ticks = view(child(trak, "mdia", "mdhd")).getUint32(12);
    if (!ticks) throw new RangeError("no timescale");
    if (id === 1 && !scale) scale = ticks;
  }
  if (!scale) throw new RangeError("no picture");
  return scale;
}

/** The picture's start and length in ticks; null when there is none. @param {Uint8Array} fragment */
export function pictureRun(fragment) {
  const length = view(fragment).getUint32(0);
  if (latin1(fragment.subarray(4, 8)) !== "moof" || length < 8 || length > Math.min(fragment.length, MAX_MOOF)) throw new RangeError("no fragment");
  const runs = children(fragment.subarray(8, length)).flatMap(([kind, traf]) => (kind === "traf" ? [samples(traf)] : []));
  return runs.find(({ track }) => track === 1) ?? null;
}

/** @param {Uint8Array} traf */
function samples(traf) {
  const track = view(child(traf, "tfhd")).getUint32(4);
  const start = view(child(traf, "tfdt")).getBigUint64(4);
  const trun = view(child(traf, "trun"));
  const flags = trun.getUint32(0) & 0xffffff;
  const count = trun.getUint32(4);
  trun.getInt32(8);
  const columns = Array.from(((flags >> 8) & 15).toString(2)).filter((bit) => bit === "1").length;
  if ((flags & 0x305) !== 0x301 || trun.byteLength !== 12 + 4 * columns * count) throw new RangeError("a table of samples that recorders do not write");
  let duration = 0n;
  for (let n = 0; n < count; n += 1) duration += BigInt(trun.getUint32(12 + 4 * columns * n));
  return { track, start, duration };
}

/** Start and length in microseconds. @param {number} mediaUs @param {{start: bigint, duration: bigint}} run @param {number} scale */
export function times(mediaUs, run, scale) {
  return { start: mediaUs + roundDiv(run.start * 1_000_000n, BigInt(scale)), length: roundDiv(run.duration * 1_000_000n, BigInt(scale)) };
}
