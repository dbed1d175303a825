/** The proof that goes with a clip (evidence/proof.py says what it holds). */
import { concat, fromUtf8, hex, unbase64, utf8 } from "./bytes.js";
import { sha256 } from "./sha.js";

export const MAX_PIECE = 64 << 20;
const FIELDS = {
  camera: "string", recorder: "string", stream: "string", segment: "number", media_us: "number", start_us: "number",
  end_us: "number", size: "number", fragments: "number", root: "string", end_reason: "string", repaired: "boolean",
};

/** @typedef {{camera: string, recorder: string, stream: string, segment: number, media_us: number, start_us: number, end_us: number,
 *   size: number, fragments: number, root: string, end_reason: string, repaired: boolean}} Statement */
/** @typedef {{statement: Statement, signature: string, key: string, leaves: Uint8Array[]}} Segment */
/** @typedef {{kind: string, size: number, digest: string, segment: number, ordinal: number, start: number, end: number, duration: number}} Expected */

/** @param {unknown} condition @returns {asserts condition} */
export function must(condition) {
  if (!condition) throw new RangeError("malformed");
}

/** @param {Uint8Array} data @param {string} file @returns {{segments: Segment[], expected: Expected[]}} throws when it is none */
export function parseProof(data, file) {
  const told = JSON.parse(fromUtf8(data));
  must(keysOf(told) === "file,format,pieces,segments" && told.format === "thienly-clip/1" && told.file === file);
  must(Array.isArray(told.segments) && Array.isArray(told.pieces));
  const segments = /** @type {any[]} */ (told.segments).map(segmentOf);
  return { segments, expected: expectedOf(told.pieces, segments) };
}

/** @param {any} value */
const keysOf = (value) => Object.keys(value ?? {}).sort().join(",");

/** @param {any} one @returns {Segment} */
function segmentOf(one) {
  must(keysOf(one) === "key,leaves,signature,statement");
  const statement = one.statement;
  must(keysOf(statement) === Object.keys(FIELDS).sort().join(","));
  for (const [name, type] of Object.entries(FIELDS)) must(typeof statement[name] === type && (type !== "number" || Number.isSafeInteger(statement[name])));
  must(/^[0-9a-f]{64}$/.test(statement.root) && /^[0-9a-f]{128}$/.test(one.signature) && /^[0-9a-f]{16}$/.test(one.key));
  must(typeof one.leaves === "string" && statement.fragments >= 1);
  const raw = unbase64(one.leaves);
  must(raw.length === 32 * (statement.fragments + 1));
  const leaves = Array.from({ length: raw.length / 32 }, (_, at) => raw.subarray(at * 32, at * 32 + 32));
  return { statement, signature: one.signature, key: one.key, leaves };
}

/** @param {any[]} pieces @param {Segment[]} segments */
function expectedOf(pieces, segments) {
  /** @type {Expected[]} */
  const found = [];
  let segment = -1;
  let last = -1;
  for (const piece of pieces) {
    must(Array.isArray(piece));
    const [kind, first, second, size, start, duration] = piece;
    const piece_ = { kind, size: first, digest: "", segment: -1, ordinal: -1, start: 0, end: 0, duration: 0 };
    if (kind === "frame" && piece.length === 3) {
      must(/^[0-9a-f]{64}$/.test(second));
      piece_.digest = second;
    } else if (kind === "init" && piece.length === 3 && first === segment + 1) {
      segment = first;
      last = -1;
      Object.assign(piece_, { size: second, segment, digest: digestOf(segments[segment]?.leaves[0]) });
    } else {
      must(kind === "fragment" && piece.length === 6 && first === segment && segment >= 0 && Number.isSafeInteger(second) && second >= 0);
      must((last < 0 || second === last + 1) && Number.isSafeInteger(start) && Number.isSafeInteger(duration));
      last = second;
      Object.assign(piece_, { size, segment, ordinal: second, start, duration, end: start + duration, digest: digestOf(segments[segment]?.leaves[second + 1]) });
    }
    must(Number.isSafeInteger(piece_.size) && piece_.size > 0 && piece_.size <= MAX_PIECE);
    found.push(piece_);
  }
  must(segment === segments.length - 1 && found.some(({ kind }) => kind === "fragment"));
  return found;
}

/** @param {Uint8Array | undefined} leaf */
function digestOf(leaf) {
  must(leaf);
  return hex(leaf);
}

/** What a recorder signs of a segment (rules/statement.py). @param {Statement} statement */
export function statementBytes(statement) {
  const entries = Object.entries(statement).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = `{${entries.map(([key, value]) => `"${key}":${JSON.stringify(value)}`).join(",")}}`;
  const ascii = text.replace(/[\u007f-\uffff]/g, (c) => (c === "\u007f" ? c : `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`));
  return utf8(`thienly segment 1\n${ascii}`);
}

/** The root of the tree over these leaves (RFC 9162 section 2.1). @param {Uint8Array[]} leaves */
export async function treeRoot(leaves) {
  let level = await Promise.all(leaves.map((leaf) => sha256(concat(Uint8Array.of(0), leaf))));
  while (level.length > 1) {
    const next = [];
    for (let at = 0; at + 1 < level.length; at += 2) next.push(await node(/** @type {Uint8Array} */ (level[at]), /** @type {Uint8Array} */ (level[at + 1])));
    if (level.length % 2) next.push(/** @type {Uint8Array} */ (level.at(-1)));
    level = next;
  }
  return hex(/** @type {Uint8Array} */ (level[0]));
}

/** @param {Uint8Array} left @param {Uint8Array} right */
const node = (left, right) => sha256(concat(Uint8Array.of(1), left, right));

/** The root that a leaf has by its path (section 2.1.3.2). @param {Uint8Array} leaf @param {number} position @param {number} count @param {Uint8Array[]} path @returns {Promise<Uint8Array>} */
export async function rootByPath(leaf, position, count, path) {
  must(position >= 0 && position < count);
  if (count === 1) {
    must(path.length === 0);
    return sha256(concat(Uint8Array.of(0), leaf));
  }
  must(path.length > 0);
  let split = 1;
  while (split * 2 < count) split *= 2;
  const beside = /** @type {Uint8Array} */ (path.at(-1));
  const rest = path.slice(0, -1);
  if (position < split) return node(await rootByPath(leaf, position, split, rest), beside);
  return node(beside, await rootByPath(leaf, position - split, count - split, rest));
}

