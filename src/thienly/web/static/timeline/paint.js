/** Draws the visible part of a line of time. Kinds differ by shape as well as by colour. */

import { KINDS, touching } from "./pieces.js";

/**
 * @typedef {import("./pieces.js").Kind} Kind
 * @typedef {import("./scale.js").View} View
 * @typedef {{top: number, height: number, answers: readonly import("./pieces.js").Answer[], flags: readonly import("./source.js").Flag[], name: string}} Lane
 * @typedef {{at: number, label: string, strong: boolean}} Label
 */

export const FLAGS = 14; // px above the lanes
export const SCALE = 22; // px below them
const LEAST_GAP = 5; // px: however short, a gap is seen

export class Painter {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this._canvas = canvas;
    this._context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this._ratio = 1;
    this._theme = "";
    /** @type {Record<string, string>} */
    this._colours = {};
    /** @type {Partial<Record<Kind, CanvasPattern | string>>} */
    this._fills = {};
  }

  /** @param {View} view @param {readonly Lane[]} lanes @param {readonly Label[]} labels */
  paint(view, lanes, labels) {
    const { clientWidth: width, clientHeight: height } = this._canvas;
    const ratio = Math.min(2, devicePixelRatio || 1);
    if (!width) return;
    if (this._canvas.width !== Math.round(width * ratio) || this._canvas.height !== Math.round(height * ratio)) {
      this._canvas.width = Math.round(width * ratio);
      this._canvas.height = Math.round(height * ratio);
    }
    this._look(ratio);
    const context = this._context;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const scale = width / (view.to - view.from);
    const x = (/** @type {number} */ ms) => (ms - view.from) * scale;
    for (const lane of lanes) {
      this._lane(lane, view, x, width);
      this._flags(lane, view, x);
    }
    this._labels(labels, x, width, height);
  }

  /** @param {Lane} lane @param {View} view @param {(ms: number) => number} x @param {number} width */
  _lane(lane, view, x, width) {
    const context = this._context;
    const { top, height } = lane;
    context.fillStyle = this._colours.sunken ?? "";
    context.fillRect(0, top, width, height);
    const whole = lane.answers.find((answer) => answer.from <= view.from && answer.to >= Math.min(view.to, answer.now) && fits(answer, view));
    // Coarse ones first: until the fine one is here they show what is known.
    const drawn = whole ? [whole] : [...lane.answers].sort((a, b) => b.step - a.step);
    for (const answer of drawn) {
      for (const piece of touching(answer.pieces, view.from, view.to)) {
        const left = Math.max(0, x(piece.start));
        const wide = Math.min(width, x(piece.end)) - left;
        context.clearRect(left, top, wide, height);
        context.fillStyle = this._colours.sunken ?? "";
        context.fillRect(left, top, wide, height);
        this._piece(piece, left, wide, top, height);
      }
    }
    if (lane.name) this._name(lane);
  }

  /** From below: what is recorded; then, from above, what is not and why. @param {import("./pieces.js").Piece} piece @param {number} left @param {number} wide @param {number} top @param {number} height */
  _piece(piece, left, wide, top, height) {
    const context = this._context;
    const seconds = (piece.end - piece.start) / 1000;
    const gap = piece.parts.gap ?? 0;
    // A gap of a second in an exact line would be thinner than a hair.
    const broad = gap > 0 ? Math.max(wide, 2) : wide;
    const gapHigh = gap > 0 ? Math.max(LEAST_GAP, (height * gap) / seconds) : 0;
    let y = top + gapHigh;
    for (const kind of /** @type {Kind[]} */ (["unknown", "planned", "off", "deleted", "recorded"])) {
      const part = piece.parts[kind] ?? 0;
      if (part <= 0) continue;
      const high = Math.min(((height - gapHigh) * part) / Math.max(seconds - gap, 0.001), top + height - y);
      context.fillStyle = this._fills[kind] ?? "";
      context.fillRect(left, y, wide, high);
      y += high;
    }
    if (gapHigh) {
      context.fillStyle = this._fills.gap ?? "";
      context.fillRect(left, top, broad, gapHigh);
    }
  }

  /** @param {Lane} lane */
  _name(lane) {
    const context = this._context;
    context.font = "600 12px Inter, sans-serif";
    context.textBaseline = "middle";
    context.textAlign = "left";
    const wide = context.measureText(lane.name).width + 12;
    context.fillStyle = this._colours.surface ?? "";
    context.globalAlpha = 0.72; // what lies below is still seen
    context.fillRect(0, lane.top, wide, lane.height);
    context.globalAlpha = 1;
    context.fillStyle = this._colours.text ?? "";
    context.fillText(lane.name, 4, lane.top + lane.height / 2 + 1);
  }

  /** An event is a triangle, a bookmark a flag; a marked span a line below it. @param {Lane} lane @param {View} view @param {(ms: number) => number} x */
  _flags(lane, view, x) {
    const context = this._context;
    const bottom = lane.top - 1;
    for (const one of lane.flags) {
      if ((one.until ?? one.at) < view.from || one.at > view.to) continue;
      const at = Math.round(x(one.at)) + 0.5;
      context.fillStyle = context.strokeStyle = (one.sort === "event" ? this._colours.warn : this._colours.accent) ?? "";
      context.beginPath();
      if (one.sort === "event") {
        context.moveTo(at - 5, bottom - 10);
        context.lineTo(at + 5, bottom - 10);
        context.lineTo(at, bottom);
      } else {
        if (one.until) context.fillRect(at, bottom - 2, Math.max(1, x(one.until) - x(one.at)), 2);
        context.rect(at - 1, bottom - 11, 2, 11);
        context.rect(at - 1, bottom - 11, 8, 6);
      }
      context.fill();
    }
  }

  /** @param {readonly Label[]} labels @param {(ms: number) => number} x @param {number} width @param {number} height */
  _labels(labels, x, width, height) {
    const context = this._context;
    const top = height - SCALE;
    context.textBaseline = "middle";
    for (const { at, label, strong } of labels) {
      const place = Math.round(x(at)) + 0.5;
      context.fillStyle = this._colours.edge ?? "";
      context.fillRect(place - 0.5, top, 1, strong ? 8 : 5);
      context.font = `${strong ? 650 : 400} 12px Inter, sans-serif`;
      const half = context.measureText(label).width / 2;
      context.fillStyle = (strong ? this._colours.text : this._colours["text-2"]) ?? "";
      context.textAlign = "center";
      context.fillText(label, Math.min(Math.max(place, half), width - half), top + 15);
    }
  }

  /** Colours are the tokens of the theme that is on now. @param {number} ratio */
  _look(ratio) {
    const style = getComputedStyle(this._canvas);
    const names = ["surface", "sunken", "text", "text-2", "edge", "accent", "accent-soft", "gap", "gap-soft", "unknown", "unknown-soft", "warn"];
    const theme = `${ratio} ${names.map((name) => style.getPropertyValue(`--${name}`)).join()}`;
    if (theme === this._theme) return;
    this._theme = theme;
    for (const name of names) this._colours[name] = style.getPropertyValue(`--${name}`).trim();
    for (const kind of KINDS) this._fills[kind] = this._fill(kind, ratio);
  }

  /** @param {Kind} kind @param {number} ratio @returns {CanvasPattern | string} */
  _fill(kind, ratio) {
    const { accent = "", gap = "", unknown = "" } = this._colours;
    if (kind === "recorded") return accent;
    const tile = document.createElement("canvas");
    const side = 8;
    tile.width = tile.height = side * ratio;
    const context = /** @type {CanvasRenderingContext2D} */ (tile.getContext("2d"));
    context.scale(ratio, ratio);
    context.fillStyle = (kind === "gap" ? this._colours["gap-soft"] : this._colours["unknown-soft"]) ?? "";
    context.fillRect(0, 0, side, side);
    context.fillStyle = context.strokeStyle = kind === "gap" ? gap : kind === "deleted" ? accent : unknown;
    context.lineWidth = 2.6;
    context.beginPath();
    if (kind === "gap") {
      for (const shift of [-side, 0, side]) {
        context.moveTo(shift - 1, side + 1);
        context.lineTo(shift + side + 1, -1);
      }
      context.stroke();
    } else if (kind === "unknown") {
      context.arc(4, 4, 1.2, 0, 2 * Math.PI);
      context.fill();
    } else if (kind === "planned") context.fillRect(3, 0, 1.6, side);
    else context.fillRect(0, 3, side, kind === "off" ? 1.6 : 1); // off, deleted
    const pattern = this._context.createPattern(tile, "repeat");
    pattern?.setTransform(new DOMMatrix().scale(1 / ratio));
    return pattern ?? unknown;
  }
}

/** Whether the answer is drawn alone: as fine as its width on the screen wants. @param {import("./pieces.js").Answer} answer @param {View} view */
function fits(answer, view) {
  return answer.exact || answer.step <= Math.max((view.to - view.from) / 100, 60_000);
}
