/** Which of a camera's streams is large enough for the place it is shown in. */

import { streamFor } from "./plan.js";

/** @typedef {"main" | "sub"} Stream */
/** @typedef {"auto" | Stream} Choice */

const SETTLE = 250; // ms: not at every step of a window that is being dragged

export class Fit {
  /**
   * @param {HTMLElement} element
   * @param {Choice} choice of the viewer; `auto`: by the size of the element
   * @param {(stream: Stream) => void} changed
   */
  constructor(element, choice, changed) {
    this._element = element;
    this._choice = choice;
    this._changed = changed;
    this._subWidth = 0;
    /** @type {Stream} */
    this.stream = this._wanted("sub");
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this._timer = undefined;
    this._resized = new ResizeObserver(() => {
      clearTimeout(this._timer);
      this._timer = setTimeout(() => this._look(), SETTLE);
    });
    this._resized.observe(element);
  }

  /** @param {Choice} choice */
  choose(choice) {
    this._choice = choice;
    this._look();
  }

  get choice() {
    return this._choice;
  }

  /** How wide the second stream was found to be. @param {number} width pixels */
  learn(width) {
    this._subWidth = width;
  }

  stop() {
    clearTimeout(this._timer);
    this._resized.disconnect();
  }

  /** @param {Stream} now @returns {Stream} */
  _wanted(now) {
    if (this._choice !== "auto") return this._choice;
    const width = this._element.clientWidth * (globalThis.devicePixelRatio || 1);
    return streamFor(width, this._subWidth, now);
  }

  _look() {
    if (this._choice === "auto" && !this._element.clientWidth) return; // not shown now: nothing to fit
    const wanted = this._wanted(this.stream);
    if (wanted === this.stream) return;
    this.stream = wanted;
    this._changed(wanted);
  }
}
