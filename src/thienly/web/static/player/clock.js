/** Media time ↔ wall time, and the server's clock as seen from here. */

/** Maps seconds on a media element's axis to wall time. The base is fixed for one run of a channel. */
export class TimeBase {
  /** @param {number} baseUs wall time of media time 0, Unix microseconds */
  constructor(baseUs) {
    this.baseUs = baseUs;
  }

  /** @param {number} us @returns {number} seconds */
  toMedia(us) {
    return (us - this.baseUs) / 1e6;
  }

  /** @param {number} seconds @returns {number} Unix microseconds */
  toWall(seconds) {
    return this.baseUs + Math.round(seconds * 1e6);
  }
}

/** The server's clock: the offset measured at the exchange with the shortest way there and back. */
export class ServerClock {
  /** @param {() => number} nowMs local clock, milliseconds */
  constructor(nowMs = () => Date.now()) {
    this._nowMs = nowMs;
    this._bestMs = Infinity;
    this.offsetUs = 0;
  }

  /**
   * @param {number} sentMs   local time of the question
   * @param {number} serverUs the server's time in the answer
   */
  heard(sentMs, serverUs) {
    const way = this._nowMs() - sentMs;
    if (way > this._bestMs) {
      this._bestMs *= 1.1; // an old measurement slowly loses its authority: clocks drift
      return;
    }
    this._bestMs = way;
    this.offsetUs = serverUs - (sentMs + way / 2) * 1000;
  }

  /** @returns {number} Unix microseconds of the server, now */
  nowUs() {
    return Math.round(this._nowMs() * 1000 + this.offsetUs);
  }
}
