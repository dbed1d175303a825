/** What the server says of a camera's line of time, ready to be drawn and looked up. Without a browser. */

/**
 * @typedef {"recorded" | "deleted" | "gap" | "planned" | "off" | "unknown"} Kind
 * @typedef {object} Piece
 * @property {number} start Unix milliseconds
 * @property {number} end
 * @property {Partial<Record<Kind, number>>} parts seconds of each kind
 * @property {Partial<Record<string, number>>} reasons seconds by code of the problem
 * @typedef {object} Answer
 * @property {number} from what was asked for
 * @property {number} to
 * @property {number} now
 * @property {boolean} exact stretches, not buckets
 * @property {number} step length of a bucket in milliseconds; 0 when exact
 * @property {number | null} share
 * @property {Piece[]} pieces in order, without overlaps
 */

/** @type {Kind[]} */
export const KINDS = ["recorded", "deleted", "gap", "planned", "off", "unknown"];
const OFF = "not_scheduled";

/** @param {any} body the answer of /api/cameras/…/timeline @returns {Answer} */
export function read(body) {
  const exact = body.resolution === "exact";
  /** @type {Piece[]} */
  const pieces = exact
    ? body.stretches.map(ofStretch)
    : body.buckets.map((/** @type {any} */ one) => ({ start: Date.parse(one.start), end: Date.parse(one.end), parts: partsOf(one), reasons: one.reasons ?? {} }));
  return { from: Date.parse(body.start), to: Date.parse(body.end), now: Date.parse(body.now), exact, step: exact ? 0 : body.bucket_s * 1000, share: body.share, pieces };
}

/** @param {any} one @returns {Piece} */
function ofStretch(one) {
  const [start, end] = [Date.parse(one.start), Date.parse(one.end)];
  const seconds = (end - start) / 1000;
  /** @type {Kind} */
  let kind = one.kind === "recording" ? "recorded" : one.kind;
  if (kind === "gap" && one.reason === OFF) kind = "off";
  return { start, end, parts: { [kind]: seconds }, reasons: one.reason ? { [one.reason]: seconds } : {} };
}

/** @param {any} bucket */
function partsOf(bucket) {
  /** @type {Partial<Record<Kind, number>>} */
  const parts = {};
  for (const kind of KINDS) if (bucket[kind] > 0) parts[kind] = bucket[kind];
  return parts;
}

/** The piece that holds the moment. @param {readonly Piece[]} pieces @param {number} ms @returns {Piece | null} */
export function pieceAt(pieces, ms) {
  let low = 0;
  let high = pieces.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const piece = /** @type {Piece} */ (pieces[middle]);
    if (ms < piece.start) high = middle - 1;
    else if (ms >= piece.end) low = middle + 1;
    else return piece;
  }
  return null;
}

/** Of several answers the finest that knows the moment. @param {readonly Answer[]} answers @param {number} ms @returns {Piece | null} */
export function finest(answers, ms) {
  for (const answer of [...answers].sort((a, b) => a.step - b.step || b.now - a.now)) {
    const piece = ms >= answer.from && ms < answer.to ? pieceAt(answer.pieces, ms) : null;
    if (piece) return piece;
  }
  return null;
}

/** Those pieces that touch [from, to). @param {readonly Piece[]} pieces @param {number} from @param {number} to */
export function touching(pieces, from, to) {
  let low = 0;
  let high = pieces.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (/** @type {Piece} */ (pieces[middle]).end <= from) low = middle + 1;
    else high = middle;
  }
  const found = [];
  for (let at = low; at < pieces.length; at += 1) {
    const piece = /** @type {Piece} */ (pieces[at]);
    if (piece.start >= to) break;
    found.push(piece);
  }
  return found;
}

/** Whether there may be a picture of it. @param {Piece | null} piece */
export function playable(piece) {
  return (piece?.parts.recorded ?? 0) > 0;
}

/**
 * In words: the kind, for a mixture each with its share or length, and why something is missing.
 * @param {Piece} piece
 * @param {(kind: Kind) => string} kindWords
 * @param {(code: string) => string} reasonWords
 */
export function words(piece, kindWords, reasonWords) {
  const whole = (piece.end - piece.start) / 1000;
  const kinds = KINDS.filter((kind) => (piece.parts[kind] ?? 0) > 0);
  const reasons = Object.entries(piece.reasons).sort(([, a], [, b]) => (b ?? 0) - (a ?? 0)).map(([code]) => reasonWords(code));
  const said = kinds.map((kind) => {
    const seconds = piece.parts[kind] ?? 0;
    const much = kinds.length === 1 ? "" : kind === "recorded" ? ` ${percent(seconds / whole)}` : ` ${lasting(seconds)}`;
    return `${kindWords(kind)}${much}`;
  });
  return said.join(" · ") + (reasons.length ? `: ${reasons.join(", ")}` : "");
}

/** Never "100 %" of what is not whole. @param {number} share */
function percent(share) {
  return `${Math.floor(share * 1000) / 10} %`;
}

/** `45 s`, `3 min`, `2 h 05 min`: units are written alike in both languages. @param {number} seconds */
export function lasting(seconds) {
  if (seconds < 99.5) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
