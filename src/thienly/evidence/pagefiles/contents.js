/** Whether a player shows what was signed (evidence/contents.py). */
import { runsOf, tracksOf } from "./boxes.js";
import { hex, latin1, same, view } from "./bytes.js";
import { isMoov, Table } from "./movie.js";

const FTYP = "0000001c6674797069736f6d0000020069736f6d69736f326d703431";
const OUTER = 8;

export class Contents {
  constructor() {
    this.at = 0;
    this.boxEnd = 0;
    /** @type {Uint8Array} */
    this.init = new Uint8Array(0);
    /** @type {Map<number, import("./boxes.js").Track>} */
    this.tracks = new Map();
    /** @type {Map<number, Table>} */
    this.tables = new Map();
    this.begin = -1;
    /** @type {Uint8Array} */
    this.last = new Uint8Array(0);
    this.right = true;
  }

  /** @param {import("./proof.js").Expected} piece @param {Uint8Array} data @param {number} mediaUs */
  take(piece, data, mediaUs) {
    try {
      if (piece.kind === "frame") this.frame(data);
      else if (piece.kind === "init") this.start(data);
      else this.fragment(data, mediaUs);
    } catch {
      this.right = false;
    }
    this.at += data.length;
  }

  /** @param {number} beginUs */
  isTrue(beginUs) {
    if (!this.right || !this.tables.has(1)) return false;
    const tables = [...this.tables].sort(([a], [b]) => a - b).map(([, table]) => table);
    return isMoov(this.init, tables, beginUs, this.last);
  }

  /** @param {Uint8Array} data */
  frame(data) {
    this.right &&= this.at === this.boxEnd;
    if (this.at === 0) {
      this.right &&= hex(data) === FTYP;
      this.boxEnd = data.length;
    } else if (data.length === OUTER) {
      const length = view(data).getUint32(0);
      this.right &&= latin1(data.subarray(4)) === "mdat" && length > OUTER;
      this.boxEnd = this.at + length;
    } else {
      this.right &&= this.last.length === 0;
      this.last = data;
    }
  }

  /** @param {Uint8Array} data */
  start(data) {
    if (!this.init.length) {
      this.init = data;
      this.tracks = new Map(tracksOf(data).map((track) => [track.id, track]));
    }
    this.right &&= same(data, this.init);
  }

  /** @param {Uint8Array} data @param {number} mediaUs */
  fragment(data, mediaUs) {
    if (this.begin < 0) this.begin = mediaUs;
    this.right &&= this.at + data.length <= this.boxEnd;
    for (const run of runsOf(data)) {
      const track = this.tracks.get(run.track);
      if (!track) continue;
      const table = this.tables.get(run.track) ?? new Table(track, this.begin);
      this.tables.set(run.track, table);
      table.add(mediaUs, run, this.at + run.offset);
    }
  }
}
