/** Video elements with the buffers that feed them, and how one takes the place of another. */

import { MediaBuffer } from "./mse.js";
import { LIVE_TARGET } from "./plan.js";

/** Without painting (a hidden tab) no frame is ever announced: then the sound of playing has to do. */
const UNSEEN_AFTER = 1500; // ms

class Picture {
  /**
   * @param {HTMLElement} frame
   * @param {(why: string) => void} failed
   * @param {() => void} arrived more is buffered
   */
  constructor(frame, failed, arrived) {
    this.video = document.createElement("video");
    this.video.muted = true;
    this.video.playsInline = true;
    this.video.tabIndex = -1;
    this.video.className = "player-video";
    // A video shown by itself in a small window would leave its watermark behind; see pip.js.
    this.video.disablePictureInPicture = true;
    frame.prepend(this.video); // the newest lies undermost until it has something to show
    this.buffer = new MediaBuffer(this.video, failed, arrived);
  }

  /** The newest range, or null. */
  get newest() {
    const ranges = this.buffer.ranges();
    return ranges[ranges.length - 1] ?? null;
  }

  remove() {
    this.buffer.restart();
    this.video.remove();
  }
}

/** The picture that is seen, and one that is about to replace it: another size, another codec, with sound or not. */
export class Stage {
  /**
   * @param {HTMLElement} frame
   * @param {(why: string) => void} failed
   * @param {() => void} arrived more of the picture that is seen is buffered
   * @param {() => void} changed the next picture has taken its place
   */
  constructor(frame, failed, arrived, changed) {
    this._frame = frame;
    this._failed = failed;
    this._arrived = arrived;
    this._changed = changed;
    /** @type {Picture | null} */
    this._next = null;
    this._seen = this._make();
  }

  get video() {
    return this._seen.video;
  }

  get buffer() {
    return this._seen.buffer;
  }

  get isChanging() {
    return this._next !== null;
  }

  /** Where bytes go that come now. */
  get receiving() {
    return (this._next ?? this._seen).buffer;
  }

  /** What comes now belongs to the next picture; the one that is seen stands until that one's first frame. */
  change() {
    this.keep();
    this._next = this._make();
    this._next.video.muted = this.video.muted;
    this._began = false;
  }

  /** No next one after all. */
  keep() {
    this._next?.remove();
    this._next = null;
  }

  /** Black. */
  forget() {
    this.keep();
    this.buffer.restart();
  }

  remove() {
    this.keep();
    this._seen.remove();
  }

  _make() {
    const picture = new Picture(this._frame, this._failed, () => {
      if (picture === this._next) this._begin(picture);
      else this._arrived();
    });
    return picture;
  }

  /** @param {Picture} picture */
  _begin(picture) {
    const last = picture.newest;
    // The open GOP comes in one burst; before its end there is only the past to show.
    if (this._began || !last || !picture.buffer.isIdle) return;
    this._began = true;
    const { video } = picture;
    video.currentTime = Math.max(last.start, last.end - LIVE_TARGET);
    const done = () => {
      if (picture !== this._next) return;
      const old = this._seen;
      this._seen = picture;
      this._next = null;
      old.remove();
      this._changed();
    };
    video.addEventListener("seeked", () => video.requestVideoFrameCallback(done), { once: true });
    video.addEventListener("playing", () => setTimeout(done, UNSEEN_AFTER), { once: true });
    void video.play().catch(() => {});
  }
}
