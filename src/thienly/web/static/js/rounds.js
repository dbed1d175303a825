/** A wall that turns by itself: when it turns, what holds it up, and to what. Without a browser. */

/**
 * @typedef {"layouts" | "pages"} Kind
 * @typedef {{name: string, size: number, tiles: (string | null)[], streams: {[camera: string]: any}}} Step
 */

export const INTERVALS = [10, 20, 30, 60, 120, 300]; // s
/** So long after the last touch of pointer or keys the wall stands still. */
export const TOUCHED = 15_000; // ms

/** All cameras, a wall full at a time. @param {readonly string[]} cameras @param {number} size @returns {Step[]} */
export function pages(cameras, size) {
  const count = Math.ceil(cameras.length / size);
  return Array.from({ length: count }, (_, number) => ({ name: "", size, tiles: cameras.slice(number * size, (number + 1) * size), streams: {} }));
}

/** Counts down to the next turn while nothing holds it up. */
export class Rounds {
  /** @param {number} every seconds */
  constructor(every) {
    this._every = every * 1000;
    this._left = this._every;
    /** @type {Set<string>} */
    this._held = new Set();
    this._calm = 0;
  }

  /** Seconds to the next turn. */
  get left() {
    return Math.ceil(this._left / 1000);
  }

  /** Somebody is at work on the wall: it stands still for a while. @param {number} now ms of any clock that only runs forward */
  touch(now) {
    this._calm = now + TOUCHED;
  }

  /** @param {string} why @param {boolean} on */
  hold(why, on) {
    if (on) this._held.add(why);
    else this._held.delete(why);
  }

  /** What holds it up, or null; an alarm before all else. @param {number} now */
  why(now) {
    for (const one of ["alarm", "person", "filled", "dialog", "unseen"]) if (this._held.has(one)) return one;
    return now < this._calm ? "touched" : null;
  }

  /** The countdown begins anew. */
  again() {
    this._left = this._every;
  }

  /** Whether to turn now. @param {number} now @param {number} passed ms since the last call */
  tick(now, passed) {
    if (this.why(now) !== null) return false;
    this._left -= passed;
    if (this._left > 0) return false;
    this.again();
    return true;
  }
}
