/** What recorders write, read back: the time of a fragment (evidence/boxes.py). Throws RangeError on anything else. */
import { latin1, roundDiv, view } from "./bytes.js";

const MAX_MOOF = 8 << 20;

/** @param {Uint8Array} data @returns {[string, Uint8Array][]} */
export function children(data) {
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
export function child(data, ...path) {
  for (const kind of path) {
    const found = children(data).find(([name]) => name === kind);
    if (!found) throw new RangeError(`no ${kind}`);
    data = found[1];
  }
  return data;
}

/** @typedef {{id: number, scale: number, trak: Uint8Array}} Track */
/** @typedef {{track: number, start: bigint, duration: bigint, offset: number, durations: number[], sizes: number[], keys: boolean[], shifts: number[]}} Run */

/** @param {Uint8Array} init @returns {Track[]} */
export function tracksOf(init) {
  const found = children(child(init, "moov")).flatMap(([kind, trak]) => {
    if (kind !== "trak") return [];
    const scale = view(child(trak, "mdia", "mdhd")).getUint32(12);
    if (!scale) throw new RangeError("no timescale");
    return [{ id: view(child(trak, "tkhd")).getUint32(12), scale, trak }];
  });
  if (!found.some(({ id }) => id === 1)) throw new RangeError("no picture");
  return found;
}

/** Of each track in a fragment. @param {Uint8Array} fragment @returns {Run[]} */
export function runsOf(fragment) {
  const length = view(fragment).getUint32(0);
  if (latin1(fragment.subarray(4, 8)) !== "moof" || length < 8 || length > Math.min(fragment.length, MAX_MOOF)) throw new RangeError("no fragment");
  return children(fragment.subarray(8, length)).flatMap(([kind, traf]) => (kind === "traf" ? [samples(traf)] : []));
}

/** @param {Uint8Array} traf @returns {Run} */
function samples(traf) {
  const track = view(child(traf, "tfhd")).getUint32(4);
  const start = view(child(traf, "tfdt")).getBigUint64(4);
  const trun = view(child(traf, "trun"));
  const flags = trun.getUint32(0) & 0xffffff;
  const count = trun.getUint32(4);
  const offset = trun.getInt32(8);
  const columns = Array.from(((flags >> 8) & 15).toString(2)).filter((bit) => bit === "1").length;
  if ((flags & 0x305) !== 0x301 || trun.byteLength !== 12 + 4 * columns * count) throw new RangeError("a table of samples that recorders do not write");
  /** @type {Run} */
  const run = { track, start, duration: 0n, offset, durations: [], sizes: [], keys: [], shifts: [] };
  for (let at = 12; at < trun.byteLength; at += 4 * columns) {
    run.durations.push(trun.getUint32(at));
    run.sizes.push(trun.getUint32(at + 4));
    run.keys.push(!(flags & 0x400) || !(trun.getUint32(at + 8) & 0x10000));
    if (flags & 0x800) run.shifts.push(trun.getInt32(at + 4 * columns - 4));
    run.duration += BigInt(trun.getUint32(at));
  }
  return run;
}

/** Start and length in microseconds. @param {number} mediaUs @param {Run} run @param {number} scale */
export function times(mediaUs, run, scale) {
  return { start: mediaUs + roundDiv(run.start * 1_000_000n, BigInt(scale)), length: roundDiv(run.duration * 1_000_000n, BigInt(scale)) };
}
