/** What one camera's line shows: asked of the server as the view moves, kept for a while. */

import { read } from "./pieces.js";
import { missing } from "./request.js";

/**
 * @typedef {import("./pieces.js").Answer} Answer
 * @typedef {import("./scale.js").View} View
 * @typedef {{id: string, at: number, until: number | null, title: string, sort: "event" | "bookmark", own: boolean, note: string, by: string}} Flag
 */

const CALM = 120; // ms without movement before the server is asked
const RETRY = 5000;
const KEPT = 12; // answers

/** Event: `news` when there is more to draw. */
export class Source extends EventTarget {
  /**
   * @param {string} camera id
   * @param {{play: boolean, now: () => number, latest: () => number}} options bookmarks only where the person may `play`
   */
  constructor(camera, options) {
    super();
    this.camera = camera;
    /** @type {Answer[]} newest first */
    this.answers = [];
    /** @type {Flag[]} */
    this.flags = [];
    /** The server could not be asked. */
    this.failed = false;
    this._options = options;
    /** @type {View | null} */
    this._view = null;
    /** @type {View | null} */
    this._flagged = null;
    /** @type {AbortController | null} */
    this._asking = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this._timer = undefined;
  }

  /** What is shown now; asks when it is not known well enough. @param {View} view */
  want(view) {
    this._view = view;
    const first = this.answers.length === 0 && !this._asking && !this.failed;
    clearTimeout(this._timer);
    this._timer = setTimeout(() => void this._ask(), first ? 0 : CALM);
  }

  /** Whether events and bookmarks of what is shown are known, or cannot be. */
  get isTold() {
    return this._flagged !== null || this.failed;
  }

  /** Bookmarks were added or removed. */
  refresh() {
    this._flagged = null;
    if (this._view) this.want(this._view);
  }

  close() {
    clearTimeout(this._timer);
    this._asking?.abort();
  }

  async _ask() {
    const { now, latest } = this._options;
    const view = this._view;
    if (!view) return;
    const span = missing(view, this.answers, now(), latest());
    const flags = covers(this._flagged, view) ? null : (span ?? view);
    if (!span && !flags) return;
    this._asking?.abort();
    const asking = new AbortController();
    this._asking = asking;
    try {
      await Promise.all([span && this._pieces(span, asking.signal), flags && this._flags(flags, asking.signal)]);
      this.failed = false;
    } catch {
      if (asking.signal.aborted) return;
      this.failed = true;
      this._timer = setTimeout(() => void this._ask(), RETRY);
    }
    if (this._asking === asking) this._asking = null;
    this.dispatchEvent(new Event("news"));
  }

  /** @param {View} span @param {AbortSignal} signal */
  async _pieces(span, signal) {
    const body = await this._get("timeline", { from: iso(span.from), to: iso(span.to) }, signal);
    const answer = read(body);
    // What it makes superfluous goes: as fine or coarser, and within it.
    const left = this.answers.filter((old) => old.step < answer.step || old.from < answer.from || old.to > answer.to);
    this.answers = [answer, ...left].slice(0, KEPT);
  }

  /** @param {View} span @param {AbortSignal} signal */
  async _flags(span, signal) {
    const query = { start: iso(span.from), end: iso(span.to) };
    const [events, bookmarks] = await Promise.all([
      this._get("events", query, signal),
      this._options.play ? this._get("bookmarks", query, signal) : [],
    ]);
    this.flags = [
      ...events.map((/** @type {any} */ one) => flag(one, "event")),
      ...bookmarks.map((/** @type {any} */ one) => flag(one, "bookmark")),
    ].sort((a, b) => a.at - b.at);
    this._flagged = span;
  }

  /** @param {string} what @param {Record<string, string>} query @param {AbortSignal} signal */
  async _get(what, query, signal) {
    const answer = await fetch(`/api/cameras/${this.camera}/${what}?${new URLSearchParams(query)}`, { signal });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }
}

/** @param {View | null} span @param {View} view */
function covers(span, view) {
  return span !== null && span.from <= view.from && span.to >= view.to;
}

/** @param {any} one @param {"event" | "bookmark"} sort @returns {Flag} */
function flag(one, sort) {
  const { id, note = "", by = "", own = false } = one;
  return { id, sort, note, by, own, at: Date.parse(one.at), until: one.until ? Date.parse(one.until) : null, title: one.title ?? one.words };
}

/** @param {number} ms */
function iso(ms) {
  return new Date(ms).toISOString();
}
