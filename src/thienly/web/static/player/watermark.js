/** Who is watching, and when, over every picture: on the screen and burnt into what is saved. */

/**
 * Tiles the text diagonally. Subtle, but legible on light and on dark pictures.
 * @param {CanvasRenderingContext2D} context
 * @param {number} width  pixels
 * @param {number} height pixels
 * @param {string} text
 * @param {number} alpha
 */
export function paintWatermark(context, width, height, text, alpha) {
  const size = Math.max(10, Math.min(22, Math.round(width / 46)));
  context.save();
  context.font = `500 ${size}px Inter, sans-serif`;
  context.textBaseline = "middle";
  const step = context.measureText(text).width + size * 5;
  const line = size * 7;
  context.translate(width / 2, height / 2);
  context.rotate(-Math.PI / 9);
  const reach = Math.hypot(width, height) / 2;
  for (let row = Math.floor(-reach / line), y = row * line; y <= reach; row += 1, y = row * line) {
    for (let x = -reach - (row % 2 === 0 ? 0 : step / 2); x <= reach; x += step) {
      context.fillStyle = `rgb(0 0 0 / ${alpha})`;
      context.fillText(text, x + 1, y + 1);
      context.fillStyle = `rgb(255 255 255 / ${alpha})`;
      context.fillText(text, x, y);
    }
  }
  context.restore();
}

/** A canvas over the picture that comes back when it is taken away or hidden. */
export class Watermark {
  /** @param {HTMLElement} frame the element that holds the picture; its position must not be static */
  constructor(frame) {
    this._frame = frame;
    this._text = "";
    this._canvas = this._make();
    this._resized = new ResizeObserver(() => this._paint());
    this._resized.observe(frame);
    this._guard = new MutationObserver(() => this._restore());
    this._watch();
  }

  /** @param {string} text */
  show(text) {
    if (text === this._text) return;
    this._text = text;
    this._paint();
  }

  remove() {
    this._guard.disconnect();
    this._resized.disconnect();
    this._canvas.remove();
  }

  _make() {
    const canvas = document.createElement("canvas");
    canvas.className = "player-watermark";
    canvas.setAttribute("aria-hidden", "true");
    this._dress(canvas);
    this._frame.append(canvas);
    return canvas;
  }

  /** @param {HTMLCanvasElement} canvas */
  _dress(canvas) {
    canvas.hidden = false;
    canvas.style.cssText =
      "position:absolute;inset:0;width:100%;height:100%;pointer-events:none;z-index:2;display:block;opacity:1";
  }

  _watch() {
    this._guard.observe(this._frame, { childList: true });
    this._guard.observe(this._canvas, { attributes: true, attributeFilter: ["style", "class", "hidden"] });
  }

  _restore() {
    this._guard.disconnect(); // what follows would call us again
    this._canvas.className = "player-watermark";
    this._dress(this._canvas);
    if (this._canvas.parentElement !== this._frame) this._frame.append(this._canvas);
    this._watch();
  }

  _paint() {
    const ratio = Math.min(2, globalThis.devicePixelRatio || 1);
    const width = this._frame.clientWidth;
    const height = this._frame.clientHeight;
    const canvas = this._canvas;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const context = canvas.getContext("2d");
    if (!context || !this._text || !width) return;
    context.scale(ratio, ratio);
    paintWatermark(context, width, height, this._text, 0.16);
  }
}
