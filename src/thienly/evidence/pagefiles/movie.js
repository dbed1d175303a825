/** The table of contents of a clip (evidence/movie.py): the same bytes for the same fragments. */
import { child, children } from "./boxes.js";
import { concat, roundDiv, same, utf8, view } from "./bytes.js";

const MOVIE = 1000;
const FROM_1904 = 2_082_844_800;
const HUGE = 2 ** 32;
const US = 1_000_000n;

/** Big-endian numbers. @param {string} letters H 2, I 4, i 4 signed, Q 8, q 8 signed @param {...number} values */
function numbers(letters, ...values) {
  const out = new Uint8Array(Array.from(letters).reduce((sum, letter) => sum + (letter === "H" ? 2 : letter.toLowerCase() === "q" ? 8 : 4), 0));
  const into = view(out);
  let at = 0;
  Array.from(letters).forEach((letter, index) => {
    const value = values[index] ?? 0;
    if (letter === "H") into.setUint16(at, value);
    else if (letter === "I") into.setUint32(at, value);
    else if (letter === "i") into.setInt32(at, value);
    else into.setBigInt64(at, BigInt(value));
    at += letter === "H" ? 2 : letter.toLowerCase() === "q" ? 8 : 4;
  });
  return out;
}

/** @param {string} letter @param {number[]} values */
function list(letter, values) {
  const out = new Uint8Array(values.length * (letter === "Q" ? 8 : 4));
  const into = view(out);
  values.forEach((value, at) => {
    if (letter === "Q") into.setBigUint64(at * 8, BigInt(value));
    else if (letter === "i") into.setInt32(at * 4, value);
    else into.setUint32(at * 4, value);
  });
  return out;
}

/** @param {string} kind @param {...Uint8Array} parts */
function wrap(kind, ...parts) {
  const body = concat(...parts);
  return concat(numbers("I", body.length + 8), utf8(kind), body);
}

/** The samples of one track, run after run. */
export class Table {
  /** @param {import("./boxes.js").Track} track @param {number} beginUs */
  constructor(track, beginUs) {
    this.track = track;
    this.base = beginUs;
    /** @type {number[]} */
    this.durations = [];
    /** @type {number[]} */
    this.sizes = [];
    /** @type {number[]} */
    this.shifts = [];
    /** @type {number[]} */
    this.keys = [];
    /** @type {number[]} */
    this.chunks = [];
    /** @type {number[]} */
    this.counts = [];
    this.first = -1;
    this.end = 0;
  }

  /** @param {number} mediaUs @param {import("./boxes.js").Run} run @param {number} at where its first sample stands */
  add(mediaUs, run, at) {
    if (!run.sizes.length) return;
    const start = roundDiv(BigInt(Math.max(0, mediaUs - this.base)) * BigInt(this.track.scale), US) + Number(run.start);
    if (this.first < 0) this.first = this.end = start;
    else {
      const last = this.durations.length - 1;
      const before = this.durations[last] ?? 0;
      const shown = Math.min(Math.max(1, before + start - this.end), HUGE - 1);
      this.end += shown - before;
      this.durations[last] = shown;
    }
    run.keys.forEach((key, index) => key && this.keys.push(this.sizes.length + index + 1));
    for (let index = 0; index < run.sizes.length; index += 1) {
      this.durations.push(run.durations[index] ?? 0);
      this.sizes.push(run.sizes[index] ?? 0);
      this.shifts.push(run.shifts[index] ?? 0);
    }
    this.chunks.push(at);
    this.counts.push(run.sizes.length);
    this.end += Number(run.duration);
  }

  get beginUs() {
    return roundDiv(BigInt(Math.max(0, this.first)) * US, BigInt(this.track.scale));
  }

  /** @param {number} offsetUs @returns {{box: Uint8Array, length: number}} */
  trak(offsetUs) {
    const { scale, trak } = this.track;
    const ticks = this.durations.reduce((sum, duration) => sum + duration, 0);
    const length = roundDiv(BigInt(ticks) * BigInt(MOVIE), BigInt(scale));
    const later = Math.floor(Math.max(0, offsetUs) / 1000);
    const old = child(trak, "tkhd");
    const tkhd = concat(Uint8Array.of(0, 0, 0, 3), old.subarray(4, 20), numbers("I", Math.min(length + later, HUGE - 1)), old.subarray(24));
    const mdia = child(trak, "mdia");
    const minf = child(mdia, "minf");
    const mdhd = wrap("mdhd", numbers("IQQIQHH", 1 << 24, 0, 0, scale, ticks, 0x55c4, 0));
    const kept = children(minf).flatMap(([kind, body]) => (kind === "stbl" ? [] : [wrap(kind, body)]));
    const stbl = wrap("stbl", wrap("stsd", child(minf, "stbl", "stsd")), ...this.tables());
    const inner = wrap("mdia", mdhd, wrap("hdlr", child(mdia, "hdlr")), wrap("minf", ...kept, stbl));
    return { box: wrap("trak", wrap("tkhd", tkhd), ...this.edits(offsetUs, length), inner), length: length + later };
  }

  /** @param {number} offsetUs @param {number} length */
  edits(offsetUs, length) {
    if (Math.abs(offsetUs) < 1000) return [];
    const skipped = roundDiv(BigInt(Math.max(0, -offsetUs)) * BigInt(this.track.scale), US);
    const parts = [numbers("QqI", length, skipped, 0x10000)];
    if (offsetUs > 0) parts.unshift(numbers("QqI", Math.floor(offsetUs / 1000), -1, 0x10000));
    return [wrap("edts", wrap("elst", numbers("II", 1 << 24, parts.length), ...parts))];
  }

  tables() {
    const found = [runLengths("stts", 0, "I", this.durations)];
    if (this.shifts.some((shift) => shift !== 0)) found.push(runLengths("ctts", 1, "i", this.shifts));
    if (this.track.id === 1) found.push(plain("stss", "I", this.keys));
    const groups = this.counts.flatMap((count, index) => (index === 0 || count !== this.counts[index - 1] ? [index + 1, count, 1] : []));
    found.push(wrap("stsc", numbers("II", 0, groups.length / 3), list("I", groups)));
    found.push(wrap("stsz", numbers("III", 0, 0, this.sizes.length), list("I", this.sizes)));
    const wide = (this.chunks.at(-1) ?? 0) >= HUGE;
    found.push(wide ? plain("co64", "Q", this.chunks) : plain("stco", "I", this.chunks));
    return found;
  }
}

/** @param {string} kind @param {number} version @param {string} letter @param {number[]} values */
function runLengths(kind, version, letter, values) {
  /** @type {number[]} */
  const pairs = [];
  for (const value of values) {
    if (pairs.length && pairs.at(-1) === value) pairs[pairs.length - 2] = (pairs.at(-2) ?? 0) + 1;
    else pairs.push(1, value);
  }
  return wrap(kind, numbers("II", version << 24, pairs.length / 2), list(letter, pairs));
}

/** @param {string} kind @param {string} letter @param {number[]} values */
const plain = (kind, letter, values) => wrap(kind, numbers("II", 0, values.length), list(letter, values));

/** @param {Uint8Array} init @param {Table[]} tables the picture's first @param {number} beginUs @param {Uint8Array} given whether it is this one */
export function isMoov(init, tables, beginUs, given) {
  const first = tables[0]?.beginUs ?? 0;
  const traks = tables.map((table) => table.trak(table.beginUs - first));
  const made = Math.floor(beginUs / 1_000_000) + FROM_1904;
  const mvhd = concat(numbers("IQQIQ", 1 << 24, made, made, MOVIE, Math.max(...traks.map(({ length }) => length))), child(init, "moov", "mvhd").subarray(20));
  return same(wrap("moov", wrap("mvhd", mvhd), ...traks.map(({ box }) => box)), given);
}
