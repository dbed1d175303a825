/** Playback's half of a player: how fast, frame by frame, over holes or up to them, and what to ask for. */

import { creditWanted, jumpOverHole, keysOnly, ready, stepTime } from "./plan.js";

/**
 * @typedef {object} Deck what the tape drives
 * @property {HTMLVideoElement} video
 * @property {() => import("./plan.js").Range[]} ranges what is buffered
 * @property {() => import("./session.js").Session} session
 * @property {(atUs: number, paused: boolean) => void} ask plays from there, with a new request
 */

export class Tape {
  /** @param {Deck} deck @param {boolean} held somebody else decides when a hole is crossed, and how fast it runs */
  constructor(deck, held) {
    this._deck = deck;
    this._held = held;
    this._shown = 0;
    this.fps = 25;
    this.speed = 1;
  }

  /** Whether only key frames are wanted at this speed. */
  get keys() {
    return keysOnly(this.speed);
  }

  /** @param {number} factor 0.25…16 @param {number | null} atUs the moment shown */
  run(factor, atUs) {
    const keys = this.keys;
    this.speed = Math.min(16, Math.max(0.25, factor));
    this._deck.video.playbackRate = this.speed;
    // What is buffered is of the other kind: too much for this speed, or too little.
    if (keys !== this.keys && atUs !== null) this._deck.ask(atUs, this._deck.video.paused);
  }

  /** Asks for more where it is needed, and crosses a hole. @param {boolean} paused */
  feed(paused) {
    const { video } = this._deck;
    const ranges = this._deck.ranges();
    const session = this._deck.session();
    session.credit(creditWanted(ready(ranges, video.currentTime), this.speed, session.asked));
    const jump = paused || this._held ? null : jumpOverHole(ranges, video.currentTime);
    if (jump !== null) video.currentTime = jump;
  }

  /** What is buffered, on the wall clock. @returns {{start: number, end: number}[]} Unix milliseconds */
  moments() {
    const base = this._deck.session().base;
    return base ? this._deck.ranges().map(({ start, end }) => ({ start: base.toWall(start) / 1000, end: base.toWall(end) / 1000 })) : [];
  }

  /** For who keeps the pace himself. @param {number} rate 0 stands still @param {number | null} seek Unix milliseconds */
  pace(rate, seek) {
    const { video } = this._deck;
    const base = this._deck.session().base;
    if (seek !== null && base && !video.seeking) video.currentTime = base.toMedia(seek * 1000);
    if (rate > 0 && video.playbackRate !== rate) video.playbackRate = rate;
    if (rate > 0 && video.paused) void video.play().catch(() => {});
    else if (rate === 0 && !video.paused) video.pause();
  }

  /** One frame forward or back, paused. @param {1 | -1} direction */
  step(direction) {
    const { video } = this._deck;
    // While a step is under way, the next one counts from its target, which is the middle of a frame.
    const shown = video.seeking ? video.currentTime - 0.5 / this.fps : this._shown;
    const target = stepTime(shown, direction, this.fps);
    const first = this._deck.ranges()[0];
    const base = this._deck.session().base;
    // Asked for anew, and it stands there as after any other step. (The range may begin later than its first
    // frame, where sound begins later: so the frame counts, not the range.)
    if (first && base && target < first.start) this._deck.ask(base.toWall(target), true);
    else video.currentTime = Math.max(0, target);
  }

  /** Keeps the begin of the frame that is shown, for single steps. @param {number} run */
  follow(run) {
    const { video } = this._deck;
    this._shown = video.currentTime;
    /** @param {number} _now @param {VideoFrameCallbackMetadata} frame */
    const note = (_now, frame) => {
      if (run !== this._deck.session().run) return;
      this._shown = frame.mediaTime;
      video.requestVideoFrameCallback(note);
    };
    video.requestVideoFrameCallback(note);
  }
}
