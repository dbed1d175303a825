/** What became of a clip that is not what the proof says (evidence/diagnosis.py, step by step). */
import { hex, latin1, view } from "./bytes.js";
import { MAX_PIECE } from "./proof.js";
import { sha256 } from "./sha.js";

/** @typedef {import("./proof.js").Expected} Expected */
/** @typedef {import("./container.js").Member} Member */
/** @typedef {{kind: string, file: string, from_us: number | null, until_us: number | null, facts: Record<string, string>}} Fault */

const MAX_INIT = 1 << 20;
const STEP = 1 << 20;
const TINY = 16;

/** @param {string} kind @param {string} [file] @param {number | null} [from] @param {number | null} [until] @param {Record<string, string>} [facts] @returns {Fault} */
export const fault = (kind, file = "", from = null, until = null, facts = {}) => ({ kind, file, from_us: from, until_us: until, facts });

/** At least one: the caller knows that the file differs. @param {string} file @param {Member} member @param {Expected[]} expected @returns {Promise<Fault[]>} */
export async function differences(file, member, expected) {
  const rows = expected.filter(({ kind }) => kind === "fragment");
  const found = await scan(member, expected);
  if (found.numbers.every((number) => number === null)) return [fault("replaced", file, rows[0]?.start, rows.at(-1)?.end)];
  const faults = compare(file, found.numbers, rows);
  return faults.length ? faults : [fault(found.init ? "init_changed" : "container_changed", file)];
}

/** Which fragment a digest is: of equal ones the next in order, else the first that is not there yet, else one that is. */
class Places {
  /** @param {Expected[]} expected */
  constructor(expected) {
    /** @type {Map<string, number[]>} */
    this.numbers = new Map();
    this.used = new Set();
    this.last = -1;
    expected.filter(({ kind }) => kind === "fragment").forEach(({ digest }, number) => {
      this.numbers.set(digest, [...(this.numbers.get(digest) ?? []), number]);
    });
  }

  /** @param {string} digest */
  of(digest) {
    const numbers = this.numbers.get(digest);
    if (!numbers) return null;
    const free = numbers.filter((number) => !this.used.has(number));
    this.last = free.includes(this.last + 1) ? this.last + 1 : (free[0] ?? numbers[0] ?? 0);
    this.used.add(this.last);
    return this.last;
  }
}

/** @param {Member} member @param {Expected[]} expected */
async function scan(member, expected) {
  const inits = new Set(expected.filter(({ kind }) => kind === "init").map(({ digest }) => digest));
  const places = new Places(expected);
  const { size } = member;
  /** @type {{numbers: (number | null)[], init: boolean}} */
  const found = { numbers: [], init: false };
  const digest = async (/** @type {number} */ at, /** @type {number} */ length) => hex(await sha256(await member.read(at, length)));
  for (let at = 0; at < size; ) {
    const fragment = await fragmentLength(member, at, size);
    if (fragment !== null) {
      const number = places.of(await digest(at, fragment));
      if (number !== null || (await beginsWell(member, at + fragment, size))) {
        found.numbers.push(number);
        at += fragment;
        continue;
      }
    }
    let [kind, whole] = await box(member, at, size);
    const inner = kind === "mdat" ? latin1(await member.read(at + 12, 4)) : "";
    if (inner === "moof" || inner === "ftyp") {
      at += 8;
    } else if (kind === "ftyp" && whole) {
      const [behind, more] = await box(member, at + whole, size);
      if (behind === "moov" && more && whole + more <= MAX_INIT) {
        if (!inits.has(await digest(at, whole + more))) found.init = true;
        whole += more;
      }
      at += whole;
    } else if (kind === "moov" && whole === size - at) {
      at += whole;
    } else {
      const length = await resync(member, at, size);
      if (length > TINY) found.numbers.push(null);
      at += length;
    }
  }
  return found;
}

/** @param {string} file @param {(number | null)[]} there @param {Expected[]} rows @returns {Fault[]} */
function compare(file, there, rows) {
  const row = (/** @type {number} */ number) => /** @type {Expected} */ (rows[number]);
  /** @type {Fault[]} */
  const faults = [];
  /** @type {(number | null)[]} */
  const numbers = [];
  const present = new Set();
  for (const number of there) {
    if (number !== null && present.has(number)) {
      faults.push(fault("inserted", file, row(number).start, row(number).start));
      continue;
    }
    numbers.push(number);
    if (number !== null) present.add(number);
  }
  const lost = new Set(rows.keys());
  for (const number of present) lost.delete(number);
  for (const number of moved(/** @type {number[]} */ (numbers.filter((n) => n !== null)))) faults.push(fault("moved", file, row(number).start, row(number).end));
  let before = -1;
  for (const number of numbers) {
    if (number !== null) before = Math.max(before, number);
    else if (lost.has(before + 1)) {
      before += 1;
      lost.delete(before);
      faults.push(fault("changed", file, row(before).start, row(before).end));
    } else {
      const at = before >= 0 ? row(before).end : row(0).start;
      faults.push(fault("inserted", file, at, at));
    }
  }
  for (const [first, last] of spans([...lost])) faults.push(fault("missing", file, row(first).start, row(last).end));
  return faults;
}

/** @param {number[]} numbers ascending @returns {[number, number][]} */
function spans(numbers) {
  /** @type {[number, number][]} */
  const found = [];
  for (const number of numbers) {
    const last = found.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else found.push([number, number]);
  }
  return found;
}

/** The fewest that must be taken away so that the rest is in order. @param {number[]} numbers */
function moved(numbers) {
  /** @type {number[]} */
  const tails = [];
  /** @type {number[]} */
  const before = [];
  const at = (/** @type {number | undefined} */ index) => /** @type {number} */ (numbers[index ?? 0]);
  numbers.forEach((number, index) => {
    let length = 0;
    let high = tails.length;
    while (length < high) {
      const middle = (length + high) >> 1;
      if (at(tails[middle]) < number) length = middle + 1;
      else high = middle;
    }
    before.push(length ? /** @type {number} */ (tails[length - 1]) : -1);
    tails.splice(length, 1, index);
  });
  const kept = new Set();
  for (let index = tails.at(-1) ?? -1; index >= 0; index = /** @type {number} */ (before[index])) kept.add(at(index));
  return numbers.filter((number) => !kept.has(number)).sort((a, b) => a - b);
}

/** Kind and length of the box; 0 when it does not stand there whole. @param {Member} member @param {number} at @param {number} end @returns {Promise<[string, number]>} */
async function box(member, at, end) {
  const head = await member.read(at, 8);
  if (head.length < 8) return [latin1(head.subarray(4)), 0];
  const length = view(head).getUint32(0);
  return [latin1(head.subarray(4)), length >= 8 && length <= end - at ? length : 0];
}

/** @param {Member} member @param {number} at @param {number} end */
async function fragmentLength(member, at, end) {
  const [kind, moof] = await box(member, at, end);
  if (kind !== "moof" || !moof) return null;
  const [behind, mdat] = await box(member, at + moof, end);
  return behind === "mdat" && mdat && moof + mdat <= MAX_PIECE ? moof + mdat : null;
}

/** @param {Member} member @param {number} at @param {number} end */
async function beginsWell(member, at, end) {
  const [kind, whole] = await box(member, at, end);
  return at === end || (["moof", "mdat", "moov", "ftyp"].includes(kind) && whole > 0);
}

/** Bytes to where something known may begin. @param {Member} member @param {number} at @param {number} end */
async function resync(member, at, end) {
  for (let position = at + 1; position < end; position += STEP) {
    const data = await member.read(position, Math.min(STEP + 8, end - position));
    const text = latin1(data);
    const starts = [];
    for (const kind of ["moof", "ftyp"]) {
      for (let found = text.indexOf(kind); found >= 0; found = text.indexOf(kind, found + 1)) {
        const start = position + found - 4;
        if (start > at && (kind === "ftyp" || (await fragmentLength(member, start, end)) !== null)) {
          starts.push(start);
          break;
        }
      }
    }
    if (starts.length) return Math.min(...starts) - at;
  }
  return end - at;
}
