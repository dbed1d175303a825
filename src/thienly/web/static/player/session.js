/** One channel as the page sees it: what was asked, which answers still count. Without a browser. */

import { INIT } from "./frames.js";
import { TimeBase } from "./clock.js";

/** @typedef {import("./frames.js").Frame} Frame */
/** @typedef {{ev: string, ch?: number, run?: number, [field: string]: any}} ServerEvent */
/** @typedef {{mode: "live"} | {mode: "play", atUs: number, keys?: boolean}} Wish */

/**
 * The first frame stands this long after the beginning of the media axis. Its time in the file is rounded to the
 * track's clock, and a browser throws away what falls before 0, by a microsecond too: with a key frame its whole GOP.
 */
const LEAD_US = 1000;

/**
 * @typedef {object} Screen what the session drives
 * @property {(mime: string) => void} begin              a new type of stream: make ready for its init segment
 * @property {() => void} restart                        forget what is buffered
 * @property {(data: Uint8Array<ArrayBuffer>, offset: number) => void} append `offset` in seconds
 * @property {(at: number) => void} showAt               start showing at this media time, seconds
 * @property {(event: ServerEvent) => void} tell         every event that still counts
 */

export class Session {
  /**
   * @param {number} channel
   * @param {string} camera
   * @param {Wish} wish
   * @param {Screen} screen
   * @param {(command: object) => void} send
   * @param {{stream?: "main" | "sub", plays?: string}} [fitting] what the tile is large enough for, what can be played
   */
  constructor(channel, camera, wish, screen, send, fitting = {}) {
    this.channel = channel;
    this.camera = camera;
    this.wish = wish;
    this.run = 0;
    /** @type {"asked" | "open" | "refused" | "ended"} */
    this.phase = "asked";
    /** @type {TimeBase | null} */
    this.base = null;
    this.asked = 0; // fragments of playback asked for and not yet here
    this.mime = "";
    this._screen = screen;
    this._send = send;
    this._fitting = fitting;
    this.listening = false;
    this._waitKey = true;
    this._shown = false;
    /** @type {Frame | null} */
    this._init = null;
  }

  /** Sends the wish, at first and after each reconnection. */
  open() {
    this.listening = false; // a new channel is silent; whoever wants to hear is asked again
    this._again();
    this._send(this._command("open"));
  }

  /** @param {Wish} wish changes what is shown in an open channel */
  ask(wish) {
    this.wish = wish;
    const reopen = this.phase === "refused" || this.phase === "ended";
    this._again();
    this._send(this._command(reopen ? "open" : wish.mode === "live" ? "live" : "seek"));
  }

  /** @param {number} fragments */
  credit(fragments) {
    if (fragments <= 0 || this.phase !== "open" || this.wish.mode !== "play") return;
    this.asked += fragments;
    this._send({ op: "credit", ch: this.channel, fragments });
  }

  /** @param {"main" | "sub"} stream which one the tile is large enough for now */
  fit(stream) {
    this._fitting = { ...this._fitting, stream };
    if (this.phase === "open" || this.phase === "asked") this._send({ op: "stream", ch: this.channel, stream });
  }

  /** Asks to hear the camera, or to hear it no more. @param {boolean} on */
  listen(on) {
    this._send({ op: "listen", ch: this.channel, sound: on ? "on" : "off" });
  }

  close() {
    this.phase = "ended";
    this._send({ op: "close", ch: this.channel });
  }

  /** @param {ServerEvent} event */
  event(event) {
    if (event.run !== undefined && event.run !== this.run) return;
    if (event.ev === "opened") this.phase = "open";
    else if (event.ev === "refused" || event.ev === "ended") this._over(event.ev);
    else if (event.ev === "media") this.mime = event.mime;
    else if (event.ev === "listening") this.listening = event.on;
    this._screen.tell(event);
  }

  /** @param {Frame} frame */
  frame(frame) {
    if (frame.run !== this.run || this.phase !== "open") return;
    if (frame.kind === INIT) {
      this._init = frame;
      return;
    }
    if (this.wish.mode === "play") this.asked = Math.max(0, this.asked - 1);
    if (frame.discontinuity) this._waitKey = true;
    if (this._waitKey && !frame.key) return;
    this._waitKey = false;
    this.base ??= new TimeBase(frame.startUs - LEAD_US);
    const offset = this.base.toMedia(frame.segmentUs);
    if (this._init) {
      this._screen.begin(this.mime);
      this._screen.append(this._init.data, offset);
      this._init = null;
    }
    this._screen.append(frame.data, offset);
    if (this._shown) return;
    this._shown = true;
    const from = this.wish.mode === "play" ? Math.max(frame.startUs, this.wish.atUs) : frame.startUs;
    this._screen.showAt(this.base.toMedia(from));
  }

  /** @param {"refused" | "ended"} phase */
  _over(phase) {
    this.phase = phase;
    this.listening = false;
    this._screen.restart();
  }

  _again() {
    this.run = (this.run + 1) % 65536;
    this.phase = "asked";
    this.base = null;
    this._waitKey = true;
    this._shown = false;
    this._init = null;
    this.asked = this.wish.mode === "play" ? 4 : 0;
    this._screen.restart();
  }

  /** @param {"open" | "seek" | "live"} op */
  _command(op) {
    const asked = { op, ch: this.channel, run: this.run };
    const opening = op === "open" ? { ...asked, camera: this.camera, mode: this.wish.mode, ...this._fitting } : asked;
    if (this.wish.mode === "live") return opening;
    return { ...opening, at_us: Math.round(this.wish.atUs), credit: this.asked, ...(this.wish.keys ? { keys: true } : {}) };
  }
}
