/** To the next gap, event or bookmark, or to the one before. */

/**
 * @typedef {"gap" | "event" | "bookmark"} Sort
 * @typedef {"next" | "previous"} Way
 * @typedef {{sort: Sort, at: number}} Landed a landmark that was jumped to
 */

const BEFORE = 5000; // ms of pictures before a gap or an event: how it came to it
const STILL = 20_000; // ms after a jump in which the next one counts from the landmark

/**
 * From where to look: soon after a jump from its landmark, whatever the picture has crossed since; else from the picture.
 * @param {number} now the moment shown @param {Sort} sort @param {Landed | null} last @param {number} elapsed ms since it
 */
export function startOfSearch(now, sort, last, elapsed) {
  return last && last.sort === sort && elapsed < STILL ? last.at : now;
}

/** Where to begin playing. @param {Sort} sort @param {number} at of the landmark */
export function landing(sort, at) {
  return sort === "bookmark" ? at : at - BEFORE;
}

export class Jumps {
  /** @param {string} camera id */
  constructor(camera) {
    this._camera = camera;
    /** @type {Landed | null} */
    this._last = null;
    this._when = 0;
  }

  /** The person went elsewhere by himself. */
  forget() {
    this._last = null;
  }

  /**
   * @param {Sort} sort @param {Way} way @param {number} now the moment shown
   * @returns {Promise<{play: number, at: number, words: string} | null>} null: there is none
   * @throws {Error} the server does not answer
   */
  async find(sort, way, now) {
    const at = new Date(startOfSearch(now, sort, this._last, performance.now() - this._when)).toISOString();
    const answer = await fetch(`/api/cameras/${this._camera}/nearest?${new URLSearchParams({ sort, way, at })}`);
    if (!answer.ok) throw new Error(String(answer.status));
    const { found } = await answer.json();
    if (!found) return null;
    const place = Date.parse(found.at);
    this._last = { sort, at: place };
    this._when = performance.now();
    return { play: landing(sort, place), at: place, words: found.words };
  }
}
