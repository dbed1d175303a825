/** Checks one clip: every byte, every recorder's signature, every time (evidence/clip_check.py). */
import { runsOf, times, tracksOf } from "./boxes.js";
import { hex, unhex } from "./bytes.js";
import { Contents } from "./contents.js";
import { differences, fault } from "./diagnosis.js";
import { verifySignature } from "./ed25519.js";
import { parseProof, statementBytes, treeRoot } from "./proof.js";
import { Sha256, sha256 } from "./sha.js";

/** @typedef {import("./diagnosis.js").Fault} Fault */
/** @typedef {{id: string, public: string, until_us: number | null, revoked_us: number | null}} RecorderKey */
/** @typedef {{file: string, proof: string, start_us: number, end_us: number}} Clip */

const PART = 4 << 20;
const SLACK = 100_000;
const LONGEST_HOLE = 1_000_000;
const KEY_SLACK = 300 * 1_000_000;

/**
 * @param {{clip: Clip, camera: string, member: import("./container.js").Member, digest: string, proof: Uint8Array,
 *   keys: Map<string, RecorderKey>, revoked: Map<string, number>, progress: (bytes: number) => Promise<void>}} asked
 * @returns {Promise<Fault[]>}
 */
export async function checkClip({ clip, camera, member, digest, proof, keys, revoked, progress }) {
  let told;
  try {
    told = parseProof(proof, clip.file);
  } catch {
    return [fault("proof_malformed", clip.proof)];
  }
  /** @type {Fault[]} */
  const faults = [];
  for (const segment of told.segments) {
    const { statement } = segment;
    let kind = await signatureFault(segment, keys.get(segment.key), revoked);
    if (!kind && (await treeRoot(segment.leaves)) !== statement.root) kind = "segment_tree";
    if (!kind && statement.camera !== camera) kind = "other_camera";
    if (kind) faults.push(fault(kind, clip.file, statement.start_us, statement.end_us, { key: segment.key, recorder: statement.recorder }));
  }
  faults.push(...leftOut(clip.file, told));
  const whole = new Sha256();
  const line = new Times(clip, told.segments);
  const contents = new Contents();
  let good = member.size === told.expected.reduce((sum, piece) => sum + piece.size, 0);
  let at = 0;
  for (const piece of told.expected) {
    if (!good) break;
    const data = await member.read(at, piece.size);
    whole.update(data);
    at += piece.size;
    if (data.length !== piece.size || hex(await sha256(data)) !== piece.digest) good = false;
    else if (piece.kind === "init") line.init(data);
    else if (piece.kind === "fragment") line.take(piece, data);
    if (good) contents.take(piece, data, told.segments[piece.segment]?.statement.media_us ?? 0);
    await progress(piece.size);
  }
  if (!good && (await wholeDigest(member)) === digest) return [...faults, fault("proof_other", clip.proof)];
  if (!good) return [...faults, ...(await differences(clip.file, member, told.expected))];
  if (hex(whole.digest()) !== digest) faults.push(fault("file_changed", clip.file));
  faults.push(...line.faults());
  if (!faults.length && !contents.isTrue(clip.start_us)) faults.push(fault("contents_false", clip.file));
  return faults;
}

/** Inside a clip a segment goes on from its first fragment to its last. @param {string} file @param {{segments: import("./proof.js").Segment[], expected: import("./proof.js").Expected[]}} told */
function leftOut(file, { segments, expected }) {
  const fragments = expected.filter(({ kind }) => kind === "fragment");
  return fragments.slice(1).flatMap((after, at) => {
    const before = /** @type {import("./proof.js").Expected} */ (fragments[at]);
    const last = (segments[before.segment]?.statement.fragments ?? 0) - 1;
    const whole = before.segment === after.segment || (before.ordinal === last && after.ordinal === 0);
    return whole ? [] : [fault("left_out", file, before.end, after.start)];
  });
}

/** @param {import("./container.js").Member} member */
async function wholeDigest(member) {
  const whole = new Sha256();
  for (let at = 0; at < member.size; at += PART) whole.update(await member.read(at, PART));
  return hex(whole.digest());
}

/** @param {import("./proof.js").Segment} segment @param {RecorderKey | undefined} key @param {Map<string, number>} revoked */
async function signatureFault({ statement, signature }, key, revoked) {
  if (!key) return "segment_key_unknown";
  const raw = unhex(key.public);
  if (hex(await sha256(raw)).slice(0, 16) !== key.id) return "segment_signature";
  if (!(await verifySignature(raw, unhex(signature), statementBytes(statement)))) return "segment_signature";
  if (key.until_us !== null && statement.end_us > key.until_us + KEY_SLACK) return "segment_key_replaced";
  const gone = [key.revoked_us, revoked.get(key.id) ?? null].filter((at) => at !== null);
  return gone.length && statement.end_us > Math.min(...gone) ? "segment_key_revoked" : "";
}

/** The time of each fragment, by its own bytes and what was signed of its segment. */
class Times {
  /** @param {Clip} clip @param {import("./proof.js").Segment[]} segments */
  constructor(clip, segments) {
    this.clip = clip;
    this.segments = segments;
    this.scale = 0;
    this.first = -1;
    this.reached = 0;
    /** @type {[number, number][]} */
    this.wrong = [];
    this.bad = false;
  }

  /** @param {Uint8Array} data */
  init(data) {
    try {
      this.scale = tracksOf(data).find(({ id }) => id === 1)?.scale ?? 0;
    } catch {
      this.bad = true;
    }
  }

  /** @param {import("./proof.js").Expected} piece @param {Uint8Array} data */
  take(piece, data) {
    const statement = this.segments[piece.segment]?.statement;
    let run = null;
    try {
      run = runsOf(data).find(({ track }) => track === 1) ?? null;
    } catch {
      run = null;
    }
    if (!run || !this.scale || !statement) {
      this.bad = true;
      return;
    }
    const { start, length } = times(statement.media_us, run, this.scale);
    let good = start === piece.start && length === piece.duration;
    good &&= statement.start_us - SLACK <= start && start + length <= statement.end_us + SLACK;
    if (this.first < 0) this.first = start;
    else good &&= start - this.reached >= -SLACK && start - this.reached <= LONGEST_HOLE;
    this.reached = Math.max(this.reached, start + length);
    if (!good) this.wrong.push([start, start + length]);
  }

  /** @returns {Fault[]} */
  faults() {
    const { file, start_us: from, end_us: until } = this.clip;
    if (this.bad) return [fault("unreadable_footage", file)];
    if (this.wrong.length) return this.wrong.map(([start, end]) => fault("clock", file, start, end));
    return from === this.first && until === this.reached ? [] : [fault("clock", file, from, until)];
  }
}
