/** One picture on a page: live or played back, with a watermark over it. */

import { Fit } from "./fit.js";
import { playable } from "./mse.js";
import { Stage } from "./picture.js";
import { Session } from "./session.js";
import { pageSocket } from "./socket.js";
import { livePace, LIVE_TARGET } from "./plan.js";
import { Tape } from "./tape.js";
import { drawn, Snapshots } from "./snapshot.js";
import { Watermark } from "./watermark.js";

/**
 * @typedef {object} Options
 * @property {string} camera camera id, 32 hexadecimal digits
 * @property {"live" | "play"} [mode]
 * @property {Date} [at] where playback starts
 * @property {boolean} [held] the page crosses holes and keeps the pace itself
 * @property {import("./fit.js").Choice} [stream] live: `auto` (by the size of the element), or always the same
 * @property {import("./socket.js").StreamSocket} [socket] default: the page's one socket
 * @property {(wallMs: number) => string} [formatTime] for the watermark; default: the installation's time
 */

const TICK = 200; // ms
const BEGIN_WITHIN = 2000; // ms
const KEEP_LIVE = 10; // seconds behind the picture
const KEEP_PLAYED = 40;

/**
 * Events (CustomEvent, detail in brackets):
 * `opened` [server event], `playing` (the first picture of a run stands), `time` [wall ms, 5 times a second],
 * `state` [no picture: problem, sentence, since_us], `gap`, `live-edge`, `skipped`, `refused`, `ended`,
 * `stream` [which stream is shown, and why: server event], `listening` [server event], `mode` ["live" | "play"], `paused` [boolean], `failed` [text], `link` [boolean: the socket is up].
 */
export class Player extends EventTarget {
  /** @param {HTMLElement} element an empty element with position other than static @param {Options} options */
  constructor(element, options) {
    super();
    this.element = element;
    this._format = options.formatTime ?? ((ms) => placeTime(ms, this._zone));
    this._zone = "Asia/Ho_Chi_Minh";
    this._socket = options.socket ?? pageSocket();
    this._stage = new Stage(
      element,
      (why) => this._failed(why),
      () => this._arrived(),
      () => this._emit("playing", this.mode),
    );
    this._watermark = new Watermark(element);
    this._owner = "";
    this._shows = "main";
    this._paused = false;
    this._started = false;
    this._beginsUntil = 0; // performance.now(): so long the key frame may take to be shown
    this._failures = 0;
    /** @type {string[]} */
    this.actions = [];
    const wish = options.mode === "play" && options.at ? wishAt(options.at) : /** @type {const} */ ({ mode: "live" });
    const channel = this._socket.number();
    /** @param {object} command */
    const send = (command) => this._socket.send(command);
    this.fit = new Fit(element, options.stream ?? "auto", (stream) => this._session.fit(stream));
    const fitting = { stream: this.fit.stream, plays: playable() };
    this._session = new Session(channel, options.camera, wish, this._screen(), send, fitting);
    this._snapshots = new Snapshots(channel, send);
    this._up = () => this._emit("link", true);
    this._down = () => {
      this._stage.forget();
      this._emit("link", false);
    };
    this._socket.addEventListener("up", this._up);
    this._socket.addEventListener("down", this._down);
    this._over = () => {
      this._down();
      this._emit("ended", { ev: "ended", why: "session_ended", reasons: [] });
    };
    this._socket.addEventListener("over", this._over);
    this._timer = setInterval(() => this._tick(), TICK);
    const stage = this._stage;
    this.tape = new Tape(
      {
        get video() {
          return stage.video;
        },
        ranges: () => this._buffer.ranges(),
        session: () => this._session,
        ask: (atUs, paused) => this._askAt(atUs, paused),
      },
      options.held ?? false,
    );
    this._socket.join(channel, this._session);
  }

  /** What is written over the picture beside the time: who watches. */
  get owner() {
    return this._owner;
  }

  /** Whether a recorded moment is buffered. @param {number} ms Unix milliseconds */
  holds(ms) {
    const base = this._session.base;
    if (!base || this.mode !== "play" || !this._started) return false;
    const target = base.toMedia(ms * 1000);
    return this._buffer.ranges().some((range) => target >= range.start && target < range.end - 0.05);
  }

  /** The element that shows the picture now; another one after a change of stream. */
  get video() {
    return this._stage.video;
  }

  get _buffer() {
    return this._stage.buffer;
  }

  get listening() {
    return this._session.listening;
  }

  /** @returns {"live" | "play"} */
  get mode() {
    return this._session.wish.mode;
  }

  get paused() {
    return this._paused;
  }

  /** Wall time of the picture shown, Unix milliseconds, or null while there is none. */
  get wallTime() {
    const base = this._session.base;
    return base && this._started ? base.toWall(this.video.currentTime) / 1000 : null;
  }

  /** The server's time now, Unix milliseconds. */
  get serverTime() {
    return this._socket.clock.nowUs() / 1000;
  }

  /** Seconds between now and the picture shown (meaningful in live). */
  get latency() {
    return this.wallTime === null ? null : (this.serverTime - this.wallTime) / 1000;
  }

  live() {
    this._ask({ mode: "live" });
  }

  /** @param {Date} at */
  playAt(at) {
    this._ask(wishAt(at));
  }

  /** Like `playAt`, but without a new request when the moment is already here. @param {Date} at */
  seek(at) {
    const base = this._session.base;
    if (base && this.holds(at.getTime())) this.video.currentTime = base.toMedia(at.getTime() * 1000);
    else this.playAt(at);
  }

  /** Asks to hear the camera, or to hear it no more; `listening` tells the answer. @param {boolean} on */
  listen(on) {
    this._session.listen(on);
  }

  pause() {
    this._setPaused(true);
    this.video.pause();
  }

  resume() {
    this._setPaused(false);
    if (this.mode === "live") this._chase(true);
    void this.video.play().catch(() => {});
  }

  /** From 8 on only key frames are shown; a live picture always runs at 1. @param {number} factor 0.25…16 */
  speed(factor) {
    if (this.mode === "play") this.tape.run(factor, this._started ? Math.round((this.wallTime ?? 0) * 1000) : null);
    else this.tape.speed = factor;
  }

  /** One frame forward or back; pauses. @param {1 | -1} direction */
  step(direction) {
    this.pause();
    this.tape.step(direction);
  }

  /**
   * The picture shown, with the watermark burnt in; recorded in history before it is made.
   * @returns {Promise<Blob>} a PNG
   * @throws {Error} `no picture`, `refused`
   */
  async snapshot() {
    const wall = this.wallTime;
    if (wall === null || !this.video.videoWidth) throw new Error("no picture");
    // Drawn before the question, so that the picture kept is the one that was seen; handed out only after the answer.
    const canvas = drawn(this.video, this._watermarkText(wall));
    await this._snapshots.ask(wall);
    return new Promise((resolve, reject) =>
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/png"),
    );
  }

  /** Ends the channel and empties the element. */
  destroy() {
    clearInterval(this._timer);
    this._session.close();
    this._socket.leave(this._session.channel);
    this._socket.removeEventListener("up", this._up);
    this._socket.removeEventListener("down", this._down);
    this._socket.removeEventListener("over", this._over);
    this.fit.stop();
    this._stage.remove();
    this._watermark.remove();
  }

  /** @param {number} atUs @param {boolean} paused it stands there */
  _askAt(atUs, paused) {
    this.playAt(new Date(atUs / 1000));
    if (paused) this._setPaused(true);
  }

  /** @param {import("./session.js").Wish} wish */
  _ask(wish) {
    if (wish.mode === "play") wish.keys = this.tape.keys;
    const changed = wish.mode !== this.mode;
    this._setPaused(false);
    this._session.ask(wish);
    if (changed) this._emit("mode", wish.mode);
  }

  /** @returns {import("./session.js").Screen} */
  _screen() {
    return {
      begin: (mime) => {
        if (this.mode === "live" && this._started) this._stage.change();
        this._stage.receiving.begin(mime);
      },
      append: (data, offset) => this._stage.receiving.append(data, offset),
      restart: () => {
        this._started = false;
        this._beginsUntil = 0;
        this._showAt = null;
        this._stage.forget();
      },
      showAt: (at) => {
        this._showAt = at;
      },
      tell: (event) => this._heard(event),
    };
  }

  /** @type {number | null} */
  _showAt = null;

  /** @param {import("./session.js").ServerEvent} event */
  _heard(event) {
    if (event.ev === "opened") {
      this._owner = event.watermark;
      this.tape.fps = event.camera.fps || 25;
      this._zone = event.time_zone;
      this.actions = event.actions;
    } else if (event.ev === "snapshot") {
      this._snapshots.answered(event);
      return;
    } else if (event.ev === "state") {
      this._stage.forget();
      this._started = false;
    } else if (event.ev === "listening") {
      this.video.muted = !event.on;
      // What is buffered of a recording has no sound in it.
      if (event.on && this.mode === "play" && this.wallTime !== null) this.playAt(new Date(this.wallTime));
    } else if (event.ev === "stream") this._shows = event.stream;
    this._emit(event.ev.replace("_", "-"), event);
  }

  _tick() {
    const wall = this.wallTime;
    if (this._owner) this._watermark.show(this._watermarkText(wall ?? this.serverTime));
    if (!this._started) return;
    if (this._shows === "sub" && !this._stage.isChanging && this.video.videoWidth) this.fit.learn(this.video.videoWidth);
    if (this.mode === "live") {
      if (!this._paused && performance.now() > this._beginsUntil) this._chase(false);
      this._buffer.trim(KEEP_LIVE);
    } else {
      this.tape.feed(this._paused);
      this._buffer.trim(KEEP_PLAYED);
    }
    if (wall !== null) this._emit("time", wall);
  }

  _arrived() {
    if (this._showAt === null || this._buffer.isEmpty) return;
    // The open GOP comes in one burst: starting before its end would show old frames and then jump.
    if (this.mode === "play" || this._buffer.isIdle) this._start(this._showAt);
  }

  /** @param {number} at */
  _start(at) {
    const ranges = this._buffer.ranges();
    const last = ranges[ranges.length - 1];
    if (!last) return;
    this._showAt = null;
    if (this.mode === "live") this._beginAtKeyFrame(last.start);
    else this.video.currentTime = at;
    this.video.playbackRate = this.mode === "live" ? 1 : this.tape.speed;
    if (!this._paused) void this.video.play().catch(() => {});
    this._started = true;
    this._failures = 0;
    this._emit("playing", this.mode);
    if (this.mode === "play") this.tape.follow(this._session.run);
  }

  /**
   * The key frame can be shown at once; the frames from there to the edge take the decoder a while, longest on
   * a full wall. So it stands until it is seen, and only then the picture jumps to the edge.
   * @param {number} start
   */
  _beginAtKeyFrame(start) {
    const run = this._session.run;
    this._beginsUntil = performance.now() + BEGIN_WITHIN;
    this.video.currentTime = start;
    this.video.addEventListener(
      "playing",
      () => {
        if (run !== this._session.run) return;
        this._beginsUntil = 0;
        const ranges = this._buffer.ranges();
        const last = ranges[ranges.length - 1];
        if (last && last.end - this.video.currentTime > 2 * LIVE_TARGET) this._chase(true);
      },
      { once: true },
    );
  }

  /** @param {boolean} now jump at once */
  _chase(now) {
    // A jump during a jump would begin the decoding of the GOP anew, again and again on a slow machine.
    if (this.video.seeking) return;
    const ranges = this._buffer.ranges();
    const last = ranges[ranges.length - 1];
    if (!last) return;
    const pace = livePace(last.end, this.video.currentTime);
    const seek = now ? last.end - LIVE_TARGET : pace.seek;
    if (seek !== null) this.video.currentTime = Math.max(last.start, seek);
    if (this.video.playbackRate !== pace.rate) this.video.playbackRate = pace.rate;
    if (this.video.paused) void this.video.play().catch(() => {});
  }

  /** @param {string} why */
  _failed(why) {
    const wall = this.wallTime;
    this._emit("failed", why);
    this._stage.keep();
    this._started = false;
    this._failures += 1;
    if (this._failures > 5 || why.startsWith("unsupported")) return;
    const wish = this._session.wish;
    setTimeout(() => this._session.ask(wish.mode === "play" && wall ? wishAt(new Date(wall)) : wish), 300);
  }

  /** @param {number} wallMs */
  _watermarkText(wallMs) {
    return `${this._owner} · ${this._format(wallMs)}`;
  }

  /** @param {boolean} paused */
  _setPaused(paused) {
    if (paused === this._paused) return;
    this._paused = paused;
    this._emit("paused", paused);
  }

  /** @param {string} name @param {unknown} detail */
  _emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** @param {Date} at @returns {import("./session.js").Wish} */
function wishAt(at) {
  return { mode: "play", atUs: at.getTime() * 1000 };
}

/** As `14:20:05 · 17/11/2026`. @param {number} ms @param {string} zone */
export function placeTime(ms, zone) {
  const at = new Date(ms);
  /** @param {Intl.DateTimeFormatOptions} options */
  const text = (options) => at.toLocaleString("en-GB", { timeZone: zone, ...options });
  const time = text({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return `${time} · ${text({ day: "2-digit", month: "2-digit", year: "numeric" })}`;
}
