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
  /** @param {readonly string[]} cameras ids */
  constructor(cameras) {
    this._cameras = cameras;
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
   * @returns {Promise<{play: number, at: number, words: string, camera: string} | null>} of all cameras the nearest; null: there is none
   * @throws {Error} the server does not answer
   */
  async find(sort, way, now) {
    const at = new Date(startOfSearch(now, sort, this._last, performance.now() - this._when)).toISOString();
    const answers = await Promise.all(this._cameras.map((camera) => ask(camera, { sort, way, at })));
    const known = answers.filter((one) => one !== null).sort((a, b) => (way === "next" ? a.at - b.at : b.at - a.at));
    const found = known[0];
    if (!found) return null;
    this._last = { sort, at: found.at };
    this._when = performance.now();
    return { ...found, play: landing(sort, found.at) };
  }
}

/** @param {string} camera @param {Record<string, string>} query */
async function ask(camera, query) {
  const answer = await fetch(`/api/cameras/${camera}/nearest?${new URLSearchParams(query)}`);
  if (!answer.ok) throw new Error(String(answer.status));
  const { found } = await answer.json();
  return found ? { camera, at: Date.parse(found.at), words: /** @type {string} */ (found.words) } : null;
}
