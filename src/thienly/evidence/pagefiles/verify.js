/** Verifies a package (evidence/verify.py). Nothing that it holds makes it throw. */
import { fromUtf8, hex, unhex, utf8, concat, same } from "./bytes.js";
import { checkClip } from "./clip.js";
import { Malformed, safe } from "./container.js";
import { fault } from "./diagnosis.js";
import { verifySignature } from "./ed25519.js";
import { checkHistory } from "./history.js";
import { must } from "./proof.js";
import { Sha256 } from "./sha.js";

/** @typedef {import("./diagnosis.js").Fault} Fault */
/** @typedef {{genuine: boolean, trusted: boolean, key: string, case: string, rows: number, faults: Fault[],
 *   clips: {file: string, camera: string, start_us: number, end_us: number, genuine: boolean}[], manifest: any}} Report */

const MAX_SMALL = 256 * 2 ** 20;
const GAP_SLACK = 100_000;
const [MANIFEST, SIGNATURE, KEYS, HISTORY] = ["manifest.json", "manifest.sig", "keys.json", "history.jsonl"];

/**
 * @param {() => Promise<import("./container.js").Members>} open
 * @param {{keyId?: string, revoked?: Map<string, number>, progress?: (bytes: number) => Promise<void>}} [given]
 * @returns {Promise<Report>}
 */
export async function verifyPackage(open, { keyId = "", revoked = new Map(), progress = async () => {} } = {}) {
  /** @type {Report} */
  const report = { genuine: false, trusted: false, key: "", case: "", rows: 0, clips: [], faults: [], manifest: null };
  try {
    await new Check(report, await open(), keyId, revoked, progress).all();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    report.faults.push(fault(error.kind, "", null, null, error.file ? { name: error.file } : {}));
  }
  report.genuine = report.manifest !== null && report.faults.length === 0;
  const touched = new Set(report.faults.map(({ file }) => file));
  for (const camera of report.manifest?.cameras ?? []) {
    for (const { file, proof, start_us, end_us } of camera.clips) {
      report.clips.push({ file, camera: camera.code, start_us, end_us, genuine: !touched.has(file) && !touched.has(proof) });
    }
  }
  return report;
}

class Check {
  /** @param {Report} report @param {import("./container.js").Members} members @param {string} keyId @param {Map<string, number>} revoked @param {(bytes: number) => Promise<void>} progress */
  constructor(report, members, keyId, revoked, progress) {
    this.report = report;
    this.members = members;
    this.keyId = keyId;
    this.revoked = revoked;
    this.progress = progress;
    this.public = new Uint8Array(0);
  }

  /** @param {string} kind @param {string} [file] @param {Record<string, string>} [facts] */
  fault(kind, file = "", facts = {}) {
    this.report.faults.push(fault(kind, file, null, null, facts));
  }

  async all() {
    const manifest = await this.signedManifest();
    if (!manifest) return;
    this.report.manifest = manifest;
    this.report.case = manifest.case;
    const small = await this.files(manifest);
    const keys = this.keys(small);
    if (keys) for (const camera of manifest.cameras) await this.camera(camera, manifest, small, keys);
    const rows = small.get(HISTORY);
    if (!rows) return;
    try {
      this.report.rows = await checkHistory(rows, this.public);
    } catch (error) {
      this.fault("history", HISTORY, { detail: error instanceof Error ? error.message : "" });
    }
  }

  /** @returns {Promise<any>} null when nothing can be believed */
  async signedManifest() {
    const [data, box] = [await this.small(MANIFEST), await this.small(SIGNATURE)];
    if (!data || !box) return this.fault(data ? "signature_missing" : "manifest_missing", data ? SIGNATURE : MANIFEST), null;
    let told;
    try {
      told = JSON.parse(fromUtf8(box));
      const { key, public: raw, signature } = told;
      must(same(utf8(JSON.stringify({ key, public: raw, signature })), box));
      must(/^[0-9a-f]{64}$/.test(key) && /^[0-9a-f]{64}$/.test(raw) && /^[0-9a-f]{128}$/.test(signature));
    } catch {
      return this.fault("signature_malformed", SIGNATURE), null;
    }
    this.public = unhex(told.public);
    this.report.key = hex(new Sha256().update(this.public).digest());
    const message = concat(utf8("thienly/evidence-package/1\n"), data);
    if (this.report.key !== told.key || !(await verifySignature(this.public, unhex(told.signature), message))) {
      return this.fault("signature", MANIFEST), null;
    }
    let manifest;
    try {
      manifest = JSON.parse(fromUtf8(data));
      formed(manifest);
    } catch {
      return this.fault("manifest_malformed", MANIFEST), null;
    }
    if (manifest.key !== this.report.key) return this.fault("other_organisation", MANIFEST, { key: this.report.key }), null;
    if (this.keyId) {
      this.report.trusted = this.keyId === this.report.key;
      if (!this.report.trusted) this.fault("key_not_given", SIGNATURE, { key: this.report.key, given: this.keyId });
    }
    if (this.revoked.has(this.report.key)) {
      this.report.trusted = false;
      this.fault("organisation_key_revoked", SIGNATURE, { key: this.report.key });
    }
    return manifest;
  }

  /** @param {string} name */
  async small(name) {
    const member = this.members.get(name);
    return member && member.size <= MAX_SMALL ? member.read(0, member.size) : null;
  }

  /** @param {any} manifest */
  async files(manifest) {
    /** @type {Map<string, {size: number, sha256: string}>} */
    const named = new Map(manifest.files.map((/** @type {any} */ file) => [file.name, file]));
    for (const name of this.members.keys()) if (!named.has(name) && name !== MANIFEST && name !== SIGNATURE) this.fault("file_extra", name);
    if (named.size !== manifest.files.length) this.fault("manifest_malformed", MANIFEST);
    const clips = new Set(manifest.cameras.flatMap((/** @type {any} */ camera) => camera.clips.map((/** @type {any} */ clip) => clip.file)));
    /** @type {Map<string, Uint8Array>} */
    const small = new Map();
    for (const [name, file] of named) {
      const member = this.members.get(name);
      if (!member) this.fault("file_missing", name);
      if (!member || clips.has(name)) continue;
      const data = await this.small(name);
      if (!data || data.length !== file.size || hex(new Sha256().update(data).digest()) !== file.sha256) this.fault("file_changed", name);
      else small.set(name, data);
    }
    return small;
  }

  /** @param {Map<string, Uint8Array>} small @returns {Map<string, import("./clip.js").RecorderKey> | null} */
  keys(small) {
    const data = small.get(KEYS);
    if (!data) {
      if (!this.members.has(KEYS)) this.fault("keys_missing", KEYS);
      return null;
    }
    try {
      const told = JSON.parse(fromUtf8(data));
      return new Map(told.recorders.map((/** @type {any} */ key) => {
        must(/^[0-9a-f]{16}$/.test(key.id) && /^[0-9a-f]{64}$/.test(key.public));
        for (const at of [key.until_us, key.revoked_us]) must(at === null || Number.isSafeInteger(at));
        return [key.id, key];
      }));
    } catch {
      this.fault("manifest_malformed", KEYS);
      return null;
    }
  }

  /** @param {any} camera @param {any} manifest @param {Map<string, Uint8Array>} small @param {Map<string, import("./clip.js").RecorderKey>} keys */
  async camera(camera, manifest, small, keys) {
    const digests = new Map(manifest.files.map((/** @type {any} */ file) => [file.name, file.sha256]));
    for (const clip of camera.clips) {
      const member = this.members.get(clip.file);
      const proof = small.get(clip.proof);
      if (!digests.has(clip.file) || !digests.has(clip.proof)) this.fault("manifest_malformed", clip.file);
      else if (proof && member) {
        const asked = { clip, camera: camera.id, member, digest: digests.get(clip.file), proof, keys, revoked: this.revoked, progress: this.progress };
        this.report.faults.push(...(await checkClip(asked)));
      }
    }
    for (const [start, end] of unstated(camera)) this.report.faults.push(fault("unstated_gap", "", start, end, { camera: camera.code }));
  }
}

/** Times asked for that are in no clip and not said to be missing. @param {any} camera @returns {[number, number][]} */
function unstated(camera) {
  const spans = [...camera.clips.map((/** @type {any} */ c) => [c.start_us, c.end_us]), ...camera.gaps.map((/** @type {any} */ g) => [g.from_us, g.until_us])];
  spans.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  /** @type {[number, number][]} */
  const found = [];
  let reached = camera.from_us;
  for (const [start, end] of [...spans, [camera.until_us, camera.until_us]]) {
    const from = Math.min(start, camera.until_us);
    if (from - reached >= GAP_SLACK) found.push([reached, from]);
    reached = Math.max(reached, end);
  }
  return found;
}

/** The fields that are used here are of the format. @param {any} manifest */
function formed(manifest) {
  const time = (/** @type {unknown} */ us) => must(Number.isSafeInteger(us) && Number(us) >= 0);
  const texts = (/** @type {any} */ of, /** @type {string[]} */ names) => names.forEach((name) => must(typeof of[name] === "string"));
  must(manifest.format === "thienly-evidence/1");
  texts(manifest, ["case", "organisation", "time_zone", "purpose", "key", "ownership", "title", "remarks", "made_by"]);
  time(manifest.made_us);
  for (const list of [manifest.people, manifest.documents, manifest.articles, manifest.cameras, manifest.files]) must(Array.isArray(list));
  for (const file of manifest.files) must(typeof file.name === "string" && safe(file.name) && /^[0-9a-f]{64}$/.test(file.sha256) && Number.isSafeInteger(file.size));
  must(manifest.cameras.length > 0);
  for (const camera of manifest.cameras) {
    texts(camera, ["id", "code", "name", "site", "owner"]);
    for (const us of [camera.from_us, camera.until_us]) time(us);
    for (const list of [camera.clips, camera.gaps, camera.clock]) must(Array.isArray(list));
    for (const clip of camera.clips) {
      texts(clip, ["file", "proof"]);
      for (const us of [clip.start_us, clip.end_us]) time(us);
    }
    for (const gap of camera.gaps) {
      texts(gap, ["reason", "words"]);
      for (const us of [gap.from_us, gap.until_us]) time(us);
    }
  }
}
