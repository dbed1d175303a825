/** Several players locked to one wall clock. Speaks as a single player does. */

import { clockMay, pace } from "./lockstep.js";
import { Player } from "./player.js";

const TICK = 100; // ms
const PATIENCE = 2500; // ms in which all may begin together

/**
 * @typedef {{player: Player, state: string, hole: {from: number, to: number | null, sentence: string} | null, over: boolean}} Part
 */

/**
 * Events (CustomEvent, detail in brackets): `time` [ms], `paused` [boolean], `tile` [{index, state, sentence}] where the
 * state is `showing`, `hole`, `waiting`, `refused` or `ended`, `leap` [ms]: nobody had a picture until then.
 */
export class Together extends EventTarget {
  /** @param {{element: HTMLElement, camera: string}[]} tiles @param {Date} at @param {(ms: number) => string} formatTime */
  constructor(tiles, at, formatTime) {
    super();
    this.paused = false;
    this._speed = 1;
    this._clock = at.getTime();
    this._ticked = performance.now();
    this._startUntil = performance.now() + PATIENCE;
    /** @type {Part[]} */
    this.parts = tiles.map(({ element, camera }, index) => {
      const player = new Player(element, { camera, mode: "play", at, formatTime, held: true });
      /** @type {Part} */
      const part = { player, state: "", hole: null, over: false };
      /** @param {string} name @param {(detail: any) => void} act */
      const on = (name, act) => player.addEventListener(name, (event) => act(/** @type {CustomEvent} */ (event).detail));
      on("gap", (gap) => (part.hole = { from: gap.from_us / 1000, to: gap.to_us === null ? null : gap.to_us / 1000, sentence: gap.sentence }));
      on("opened", () => (part.over = false));
      for (const name of ["refused", "ended"]) on(name, () => this._over(index, name));
      return part;
    });
    this._timer = setInterval(() => this._tick(), TICK);
  }

  /** @type {"play"} */
  get mode() {
    return "play";
  }

  get wallTime() {
    return this._clock;
  }

  get serverTime() {
    return this.parts[0]?.player.serverTime ?? Date.now();
  }

  get owner() {
    return this.parts.find(({ player }) => player.owner)?.player.owner ?? "";
  }

  /** @param {Date} at */
  seek(at) {
    this._clock = Math.min(at.getTime(), this.serverTime - 2000);
    this._startUntil = performance.now() + PATIENCE;
    for (const part of this.parts) {
      if (part.hole && (this._clock < part.hole.from || this._clock >= (part.hole.to ?? Infinity))) part.hole = null;
      if (!part.over) part.player.seek(new Date(this._clock));
    }
    this.dispatchEvent(new CustomEvent("time", { detail: this._clock }));
  }

  pause() {
    this._setPaused(true);
  }

  resume() {
    this._setPaused(false);
  }

  /** @param {number} factor */
  speed(factor) {
    this._speed = factor;
    for (const { player } of this.parts) player.speed(factor);
  }

  /** @param {1 | -1} direction */
  step(direction) {
    this._setPaused(true);
    const to = this._clock + direction * 40;
    if (direction < 0 && !this.parts.some(({ player }) => player.holds(to))) this.seek(new Date(to));
    else this._clock = to;
  }

  destroy() {
    clearInterval(this._timer);
    for (const { player } of this.parts) player.destroy();
  }

  _tick() {
    const now = performance.now();
    const passed = now - this._ticked;
    this._ticked = now;
    const parts = this.parts.filter((part) => !part.over);
    const pictures = parts.map(({ player, hole }) => ({ shown: player.wallTime, ranges: player.tape.moments(), hole }));
    const states = pictures.map((picture) => pace(picture, this._clock, this._speed, true).state);
    if (!this.paused) {
      const may = clockMay(states, pictures, this._clock, now < this._startUntil);
      if (may === "run") {
        this._startUntil = 0;
        this._clock += passed * this._speed;
      } else if (may !== "stand") {
        this._clock = may;
        this.dispatchEvent(new CustomEvent("leap", { detail: may }));
      }
      this._pace(parts, pictures, may !== "run");
    } else this._pace(parts, pictures, true);
    this.dispatchEvent(new CustomEvent("time", { detail: this._clock }));
  }

  /** @param {Part[]} parts @param {import("./lockstep.js").Picture[]} pictures @param {boolean} still */
  _pace(parts, pictures, still) {
    parts.forEach((part, number) => {
      const picture = /** @type {import("./lockstep.js").Picture} */ (pictures[number]);
      const { state, rate, seek } = pace(picture, this._clock, this._speed, still);
      part.player.tape.pace(rate, seek);
      this._say(this.parts.indexOf(part), state);
    });
  }

  /** @param {number} index @param {string} state */
  _over(index, state) {
    const part = this.parts[index];
    if (part) part.over = true;
    this._say(index, state);
  }

  /** @param {number} index @param {string} state */
  _say(index, state) {
    const part = this.parts[index];
    if (!part || part.state === state) return;
    part.state = state;
    this.dispatchEvent(new CustomEvent("tile", { detail: { index, state, sentence: part.hole?.sentence ?? "" } }));
  }

  /** @param {boolean} paused */
  _setPaused(paused) {
    if (paused === this.paused) return;
    this.paused = paused;
    this.dispatchEvent(new CustomEvent("paused", { detail: paused }));
  }
}
