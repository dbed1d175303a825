/** Small pictures under the pointer: asked for when it rests, kept for a while, marked with who looks. */

import { paintWatermark } from "../player/watermark.js";

const REST = 90; // ms
const KEPT = 80;

export class Thumbs {
  /** @param {string} camera id @param {() => string} mark what is written over each picture */
  constructor(camera, mark) {
    this._camera = camera;
    this._mark = mark;
    /** @type {Map<number, ImageBitmap | null>} the longest unused first */
    this._kept = new Map();
    this._wanted = NaN;
    /** @type {AbortController | null} */
    this._asking = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this._timer = undefined;
  }

  /**
   * Shows the picture of this moment on the canvas, now or when it is here; hides the canvas when there is none.
   * @param {HTMLCanvasElement} canvas @param {number} ms @param {number} grain moments nearer than this share a picture
   */
  show(canvas, ms, grain) {
    const step = Math.max(2000, grain);
    const at = Math.floor(ms / step) * step + step / 2;
    if (at === this._wanted) return;
    this.stop();
    this._wanted = at;
    const known = this._kept.get(at);
    if (known !== undefined) return this._draw(canvas, at, known);
    this._timer = setTimeout(() => void this._ask(canvas, at), REST);
  }

  /** The pointer is gone. */
  stop() {
    clearTimeout(this._timer);
    this._asking?.abort();
    this._asking = null;
    this._wanted = NaN;
  }

  /** @param {HTMLCanvasElement} canvas @param {number} at */
  async _ask(canvas, at) {
    const asking = new AbortController();
    this._asking = asking;
    try {
      const answer = await fetch(`/cameras/${this._camera}/thumbnail/?at_us=${Math.round(at * 1000)}`, { signal: asking.signal });
      if (answer.status === 503) return this._draw(canvas, at, null); // perhaps later
      const picture = answer.status === 200 ? await createImageBitmap(await answer.blob()) : null;
      this._kept.set(at, picture);
      if (this._kept.size > KEPT) this._kept.delete(/** @type {number} */ (this._kept.keys().next().value));
      this._draw(canvas, at, picture);
    } catch {
      // Given up for another moment, or the server is away: the words stand alone.
    }
  }

  /** @param {HTMLCanvasElement} canvas @param {number} at @param {ImageBitmap | null} picture */
  _draw(canvas, at, picture) {
    if (at !== this._wanted) return;
    canvas.hidden = picture === null;
    if (!picture) return;
    this._kept.delete(at);
    this._kept.set(at, picture);
    canvas.width = picture.width;
    canvas.height = picture.height;
    const context = canvas.getContext("2d");
    context?.drawImage(picture, 0, 0);
    if (context) paintWatermark(context, canvas.width, canvas.height, this._mark(), 0.2);
  }
}
