/** When a page that nobody touches is to be locked, and when the server is to be told that somebody is there. */

/** The server writes down what it is told at most this often (`FRESH_S` of core.accounts.sessions, and a little). */
const TELL_EVERY = 31_000; // ms

/** @typedef {"lock" | "tell" | ""} Due */

export class Idle {
  /** @param {number} limit ms without a touch; 0: never @param {number} now Unix milliseconds */
  constructor(limit, now) {
    this._limit = limit;
    this._touched = now;
    this._told = now;
  }

  /** Somebody touched the page. A touch that comes too late is none: a machine may have slept. @param {number} now @returns {Due} */
  touch(now) {
    if (this._over(now)) return "lock";
    this._touched = now;
    return this.due(now);
  }

  /** What is to be done without a touch. The last touch is told, too, though later. @param {number} now @returns {Due} */
  due(now) {
    if (this._over(now)) return "lock";
    if (!this._limit || this._touched <= this._told || now - this._told < TELL_EVERY) return "";
    this._told = now;
    return "tell";
  }

  /** Another page of this browser was touched, and tells the server itself. @param {number} at */
  elsewhere(at) {
    this._touched = Math.max(this._touched, at);
    this._told = Math.max(this._told, at);
  }

  /** @param {number} now */
  _over(now) {
    return this._limit > 0 && now - this._touched >= this._limit;
  }
}
