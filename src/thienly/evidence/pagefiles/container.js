/** The zip around a package, read as evidence/container.py writes it; a folder into which it was unpacked. */
import { concat, latin1, same, utf8, view } from "./bytes.js";

/** @typedef {{size: number, read: (offset: number, length: number) => Promise<Uint8Array>, blob?: () => Blob}} Member */
/** @typedef {Map<string, Member>} Members */

const SAFE = /^(?:(?:clips|proofs)\/)?[A-Za-z0-9][A-Za-z0-9._-]{0,119}$/;
const MAX_FILES = 100_000;
const LARGE = "clips/";
const FULL = 0xffffffff;
const DATE = 0x0021;
const MODE = 0o100644 * 65536;
const OF_THE_SYSTEM = new Set(["thumbs.db", "desktop.ini", ".ds_store"]);

/** A package that is none. `kind` is a code of words.json. */
export class Malformed extends Error {
  /** @param {string} kind @param {string} [name] */
  constructor(kind, name = "") {
    super(`${kind} ${name}`);
    this.kind = kind;
    this.file = name;
  }
}

/** @param {string} name */
export const safe = (name) => SAFE.test(name) && !name.includes("..");

/** @param {string} name */
const printable = (name) => Array.from(name, (c) => (c >= " " && c <= "~" ? c : "?")).join("").slice(0, 80);

/** Little-endian numbers after one another. @param {string} letters H 2, I 4, Q 8 bytes @param {number[]} values */
function pack(letters, values) {
  const sizes = Array.from(letters, (letter) => ({ H: 2, I: 4, Q: 8 })[letter] ?? 0);
  const out = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
  const into = view(out);
  let at = 0;
  sizes.forEach((size, index) => {
    const value = values[index] ?? 0;
    if (size === 2) into.setUint16(at, value, true);
    else if (size === 4) into.setUint32(at, value, true);
    else into.setBigUint64(at, BigInt(value), true);
    at += size;
  });
  return out;
}

/** @typedef {{name: string, size: number, crc: number, offset: number}} Entry */
/** @param {Entry} entry */
function localHeader({ name, size, crc }) {
  const large = name.startsWith(LARGE);
  const extra = large ? pack("HHQQ", [1, 16, size, size]) : new Uint8Array(0);
  const told = large ? FULL : size;
  const head = pack("IHHHHHIIIHH", [0x04034b50, large ? 45 : 20, 0, 0, 0, DATE, crc, told, told, name.length, extra.length]);
  return concat(head, utf8(name), extra);
}

/** @param {Entry} entry */
function centralHeader({ name, size, crc, offset }) {
  let extra = new Uint8Array(0);
  if (size >= FULL) extra = pack("QQ", [size, size]);
  if (offset >= FULL) extra = concat(extra, pack("Q", [offset]));
  if (extra.length) extra = concat(pack("HH", [1, extra.length]), extra);
  const needed = name.startsWith(LARGE) || extra.length ? 45 : 20;
  const told = Math.min(size, FULL);
  const head = pack("IHHHHHHIIIHHHHHII", [
    0x02014b50, (3 << 8) | 45, needed, 0, 0, 0, DATE, crc, told, told, name.length, extra.length, 0, 0, 0, MODE, Math.min(offset, FULL),
  ]);
  return concat(head, utf8(name), extra);
}

/** @param {number} count @param {number} size @param {number} offset */
function endRecords(count, size, offset) {
  const told = Math.min(count, 0xffff);
  const end = pack("IHHHHIIH", [0x06054b50, 0, 0, told, told, Math.min(size, FULL), Math.min(offset, FULL), 0]);
  if (count < 0xffff && size < FULL && offset < FULL) return end;
  const wide = pack("IQHHIIQQQQ", [0x06064b50, 44, (3 << 8) | 45, 45, 0, 0, count, count, size, offset]);
  return concat(wide, pack("IIQI", [0x07064b50, 0, offset + size, 1]), end);
}

/** @param {Blob} file @param {number} offset @param {number} length */
async function at(file, offset, length) {
  return new Uint8Array(await file.slice(offset, offset + length).arrayBuffer());
}

/** @param {Blob} file @returns {Promise<Members>} raises Malformed */
export async function openZip(file) {
  const { count, length, offset } = await end(file);
  if (count > MAX_FILES || length > MAX_FILES * 256 || offset + length > file.size) throw new Malformed("zip_lies");
  const directory = await at(file, offset, length);
  const found = entries(directory, count);
  namedWell(found.map((entry) => entry.name));
  /** @type {Members} */
  const members = new Map();
  let place = 0;
  for (const entry of found) {
    const header = localHeader(entry);
    if (entry.offset !== place || !same(await at(file, place, header.length), header)) throw new Malformed("zip_lies", entry.name);
    const begin = place + header.length;
    place = begin + entry.size;
    members.set(entry.name, member(file, begin, entry.size));
  }
  const tail = await at(file, offset + length, file.size);
  if (place !== offset || !same(concat(...found.map(centralHeader)), directory) || !same(tail, endRecords(count, length, offset))) {
    throw new Malformed("zip_lies");
  }
  return members;
}

/** @param {Blob} file @param {number} begin @param {number} size @returns {Member} */
function member(file, begin, size) {
  return {
    size,
    read: (offset, length) => at(file, begin + offset, Math.max(0, Math.min(length, size - offset))),
    blob: () => file.slice(begin, begin + size, "video/mp4"),
  };
}

/** Files of a folder, with their paths in it. @param {{path: string, file: Blob}[]} files @returns {Members} raises Malformed */
export function openFolder(files) {
  /** @type {Members} */
  const members = new Map();
  for (const { path, file } of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const last = path.split("/").at(-1) ?? "";
    if (OF_THE_SYSTEM.has(last.toLowerCase()) || last.startsWith("._")) continue;
    if (!safe(path)) throw new Malformed("bad_name", printable(path));
    members.set(path, member(file, 0, file.size));
  }
  return members;
}

/** @param {Blob} file */
async function end(file) {
  const record = await at(file, Math.max(0, file.size - 22), 22);
  const read = view(record);
  if (record.length < 22 || read.getUint32(0, true) !== 0x06054b50) {
    if (latin1(await at(file, 0, 4)) !== "PK\x03\x04") throw new Malformed("not_a_package");
    const tail = latin1(await at(file, Math.max(0, file.size - 70_000), 70_000));
    throw new Malformed(tail.includes("PK\x05\x06") ? "zip_lies" : "truncated");
  }
  const [count, length, offset] = [read.getUint16(10, true), read.getUint32(12, true), read.getUint32(16, true)];
  if (count !== 0xffff && length !== FULL && offset !== FULL) return { count, length, offset };
  const wide = await at(file, Math.max(0, file.size - 22 - 20 - 56), 56);
  if (wide.length < 56 || view(wide).getUint32(0, true) !== 0x06064b50) throw new Malformed("zip_lies");
  const big = (/** @type {number} */ where) => Number(view(wide).getBigUint64(where, true));
  return { count: big(32), length: big(40), offset: big(48) };
}

/** @param {Uint8Array} directory @param {number} count @returns {Entry[]} */
function entries(directory, count) {
  const read = view(directory);
  const found = [];
  let place = 0;
  try {
    for (let n = 0; n < count; n += 1) {
      const nameLength = read.getUint16(place + 28, true);
      const extraLength = read.getUint16(place + 30, true);
      const name = latin1(directory.subarray(place + 46, place + 46 + nameLength));
      if (read.getUint32(place, true) !== 0x02014b50) throw new Malformed("zip_lies");
      let size = read.getUint32(place + 24, true);
      if (read.getUint16(place + 10, true) || read.getUint32(place + 20, true) !== size) throw new Malformed("compressed", printable(name));
      let offset = read.getUint32(place + 42, true);
      let extra = place + 46 + nameLength + 4;
      if (size === FULL) {
        size = Number(read.getBigUint64(extra, true));
        extra += 16;
      }
      if (offset === FULL) offset = Number(read.getBigUint64(extra, true));
      found.push({ name, size, crc: read.getUint32(place + 16, true), offset });
      place += 46 + nameLength + extraLength;
    }
  } catch (error) {
    if (error instanceof Malformed) throw error;
    throw new Malformed("zip_lies");
  }
  return found;
}

/** @param {string[]} names */
function namedWell(names) {
  const seen = new Set();
  for (const name of names) {
    if (!safe(name)) throw new Malformed("bad_name", printable(name));
    if (seen.has(name.toLowerCase())) throw new Malformed("same_name", name);
    seen.add(name.toLowerCase());
  }
}
