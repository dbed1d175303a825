/** The line of one day: hover tells, click goes there, the wheel zooms, arrows move. */

import { clockTime } from "./moments.js";

const SVG = "http://www.w3.org/2000/svg";
const STEPS = [10, 30, 60, 300, 600, 1800, 3600, 7200, 10_800, 21_600]; // seconds between marks
const NARROWEST = 120; // seconds

export class Timeline {
  /**
   * @param {HTMLElement} element @param {(atMs: number) => void} go
   * @param {Timeline | null} [before] the line that this one replaces: stretch and head stay
   */
  constructor(element, go, before = null) {
    this.element = element;
    this._go = go;
    this.start = Number(element.dataset.start) / 1000;
    this.end = Number(element.dataset.end) / 1000;
    this.now = Number(element.dataset.now) / 1000;
    /** @type {{_from: number, _to: number, _at: number | null}} */
    const kept = before?.start === this.start ? before : { _from: this.start, _to: this.end, _at: null };
    this._from = kept._from;
    this._to = kept._to;
    this._at = kept._at;
    this._bars = [.../** @type {NodeListOf<SVGRectElement>} */ (element.querySelectorAll("rect[data-start]"))];
    this._scale = /** @type {SVGElement} */ (element.querySelector(".timeline-scale"));
    this._head = /** @type {HTMLElement} */ (element.querySelector(".timeline-head"));
    this._tip = /** @type {HTMLElement} */ (element.querySelector(".timeline-tip"));
    element.addEventListener("pointermove", (event) => this._tell(event));
    element.addEventListener("pointerleave", () => (this._tip.hidden = true));
    element.addEventListener("click", (event) => this._goTo(this._timeAt(event.clientX)));
    element.addEventListener("wheel", (event) => this._zoom(event), { passive: false });
    element.addEventListener("keydown", (event) => this._key(event));
    this._resize = new ResizeObserver(() => this._draw());
    this._resize.observe(element);
    this._draw();
  }

  destroy() {
    this._resize.disconnect();
  }

  /** Puts the head at this moment, or hides it outside the day. @param {number} ms */
  show(ms) {
    this._at = ms;
    const inside = ms >= this._from && ms <= this._to;
    this._head.hidden = !inside;
    if (inside) this._head.style.left = `${this._percent(ms)}%`;
    const seconds = Math.round((Math.min(Math.max(ms, this.start), this.end) - this.start) / 1000);
    this.element.setAttribute("aria-valuenow", String(seconds));
    this.element.setAttribute("aria-valuetext", clockTime(ms));
  }

  /** @param {number} ms */
  _percent(ms) {
    return (100 * (ms - this._from)) / (this._to - this._from);
  }

  /** @param {number} x */
  _timeAt(x) {
    const box = this.element.getBoundingClientRect();
    return this._from + (Math.min(Math.max(x - box.left, 0), box.width) / box.width) * (this._to - this._from);
  }

  /** @param {number} ms */
  _goTo(ms) {
    const at = Math.min(Math.max(ms, this.start), this.end);
    this.show(at);
    this._go(at);
  }

  /** @param {PointerEvent} event */
  _tell(event) {
    const ms = this._timeAt(event.clientX);
    const bar = this._bars.find((rect) => ms >= Number(rect.dataset.start) / 1000 && ms < Number(rect.dataset.end) / 1000);
    const box = this.element.getBoundingClientRect();
    this._tip.textContent = bar ? `${clockTime(ms)} · ${bar.dataset.title?.split(" · ").slice(1).join(" · ") ?? ""}` : clockTime(ms);
    this._tip.hidden = false;
    const half = this._tip.offsetWidth / 2;
    this._tip.style.left = `${Math.min(Math.max(event.clientX - box.left - half, 0), Math.max(0, box.width - 2 * half))}px`;
  }

  /** @param {WheelEvent} event */
  _zoom(event) {
    event.preventDefault();
    this.stretch(event.deltaY > 0 ? 1.25 : 0.8, this._timeAt(event.clientX));
  }

  /** Shows a longer (> 1) or shorter stretch around this moment; without one around the head. @param {number} factor @param {number} [around] */
  stretch(factor, around) {
    const width = this._to - this._from;
    const at = around ?? Math.min(Math.max(this._at ?? this.now, this._from), this._to);
    const wanted = Math.min(Math.max(width * factor, NARROWEST * 1000), this.end - this.start);
    const part = (at - this._from) / width;
    this._from = Math.min(Math.max(at - part * wanted, this.start), this.end - wanted);
    this._to = this._from + wanted;
    this._draw();
  }

  /** @param {KeyboardEvent} event */
  _key(event) {
    const by = { ArrowLeft: -10, ArrowRight: 10, PageDown: -600, PageUp: 600 }[event.key];
    if (event.key === "Home") this._goTo(this.start);
    else if (event.key === "End") this._goTo(Math.min(this.now, this.end));
    else if (event.key === "+") this.stretch(0.5);
    else if (event.key === "-") this.stretch(2);
    else if (by === undefined) return;
    else this._goTo((this._at ?? this._from) + by * (event.shiftKey ? 6 : 1) * 1000);
    event.preventDefault();
  }

  _draw() {
    for (const rect of this._bars) {
      const left = this._percent(Number(rect.dataset.start) / 1000);
      const right = this._percent(Number(rect.dataset.end) / 1000);
      rect.setAttribute("x", `${left}%`);
      rect.setAttribute("width", `${Math.max(right - left, 0)}%`);
    }
    const room = Math.max(this.element.clientWidth / 64, 2);
    const seconds = (this._to - this._from) / 1000;
    const step = (STEPS.find((s) => seconds / s <= room) ?? 21_600) * 1000;
    const marks = [];
    for (let ms = Math.ceil((this._from - this.start) / step) * step + this.start; ms <= this._to; ms += step) {
      const x = this._percent(ms);
      const line = document.createElementNS(SVG, "line");
      line.setAttribute("x1", `${x}%`);
      line.setAttribute("x2", `${x}%`);
      line.setAttribute("y1", "0");
      line.setAttribute("y2", "5");
      const text = document.createElementNS(SVG, "text");
      text.setAttribute("x", `${x}%`);
      text.setAttribute("y", "18");
      text.setAttribute("text-anchor", x < 2 ? "start" : x > 98 ? "end" : "middle");
      text.textContent = ms === this.end ? "24:00" : clockTime(ms).slice(0, step < 60_000 ? 8 : 5);
      marks.push(line, text);
    }
    this._scale.replaceChildren(...marks);
    if (this._at !== null) this.show(this._at);
  }
}
