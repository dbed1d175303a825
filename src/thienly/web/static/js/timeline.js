/**
 * The line of time of one camera or of several on one clock: wheel, pinch and keys zoom, dragging moves, a click plays,
 * dragging with Shift (or after "select") marks a span. What is drawn lies in ../timeline/.
 */

import { clockTime, moment } from "./moments.js";
import { finest, playable, words } from "../timeline/pieces.js";
import { FLAGS, Painter, SCALE } from "../timeline/paint.js";
import { following, isMidnight, kept, marks, panned, preset, turned, zoomed } from "../timeline/scale.js";
import { Source } from "../timeline/source.js";
import { Span } from "../timeline/span.js";
import { Thumbs } from "../timeline/thumbs.js";

/**
 * @typedef {import("../timeline/scale.js").View} View
 * @typedef {import("../timeline/source.js").Flag} Flag
 * @typedef {object} Options
 * @property {{camera: string, name: string}[]} lanes
 * @property {string} zone
 * @property {boolean} play whether the person may play recordings (thumbnails, bookmarks)
 * @property {() => number} now the server's time, Unix milliseconds
 * @property {() => string} mark what is written over thumbnails
 * @property {View} view what is shown first
 */

const ONE = 44; // px, a single lane
const MANY = 18;
const CLICK = 4; // px: less is no dragging
const QUIET = 6000; // ms after a touch in which the view does not follow the picture
const AGAIN = 30_000;

/**
 * Events (CustomEvent, detail in brackets): `go` [ms], `view` [View], `select` [{from, to} | null], `flag` [Flag],
 * `news` when the server told something new. The selected span also stands in `data-selected-from` and
 * `data-selected-to` of the element, Unix microseconds.
 */
export class Timeline extends EventTarget {
  /** @param {HTMLElement} element @param {Options} options */
  constructor(element, options) {
    super();
    this.element = element;
    this.view = options.view;
    this._options = options;
    this._at = /** @type {number | null} */ (null);
    this._touched = 0;
    this._drawing = 0;
    /** @type {Map<number, {x: number, y: number}>} */
    this._pointers = new Map();
    this._drag = /** @type {{x: number, view: View, moved: boolean, select: boolean} | null} */ (null);
    this.selecting = false;
    const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (element.querySelector(`.timeline-${name}`));
    this._canvas = /** @type {HTMLCanvasElement} */ (part("canvas"));
    this._head = part("head");
    this._tip = part("tip");
    this._words = part("words");
    this._thumb = /** @type {HTMLCanvasElement} */ (part("thumb"));
    this._reasons = JSON.parse(document.getElementById("reason-words")?.textContent ?? "{}");
    const latest = () => this.latest;
    this.sources = options.lanes.map(({ camera }) => new Source(camera, { play: options.play, now: options.now, latest }));
    this._thumbs = options.lanes.map(({ camera }) => new Thumbs(camera, options.mark));
    for (const source of this.sources) source.addEventListener("news", () => this._news());
    const height = options.lanes.length > 1 ? options.lanes.length * MANY : ONE;
    this._canvas.style.height = `${FLAGS + height + SCALE}px`;
    this._head.style.height = `${height + 8}px`;
    this.span = new Span(part("span"), {
      x: (ms) => this._x(ms),
      time: (x) => this._time(x),
      changed: (span) => this._selected(span),
      height,
    });
    this._painter = new Painter(this._canvas);
    this._bind();
    this._resize = new ResizeObserver(() => this._draw());
    this._resize.observe(element);
    this._themes = matchMedia("(prefers-color-scheme: dark)");
    this._repaint = () => this._draw();
    this._themes.addEventListener("change", this._repaint);
    this._timer = setInterval(() => !document.hidden && this._want(), AGAIN);
    this.look(this.view);
  }

  destroy() {
    clearInterval(this._timer);
    this._resize.disconnect();
    this._themes.removeEventListener("change", this._repaint);
    for (const source of this.sources) source.close();
  }

  /** The moment of the head, or null. */
  get at() {
    return this._at;
  }

  /** Events and bookmarks of all lanes, oldest first. @returns {(Flag & {lane: number})[]} */
  get flags() {
    return this.sources.flatMap((source, lane) => source.flags.map((flag) => ({ ...flag, lane }))).sort((a, b) => a.at - b.at);
  }

  /** The end of the month and week that are now: further nothing can lead. */
  get latest() {
    const { zone, now } = this._options;
    return Math.max(preset("month", now(), zone).to, preset("week", now(), zone).to);
  }

  /** @param {View} view */
  look(view) {
    this.view = kept(view, this.latest);
    this._want();
    this._draw();
    this.dispatchEvent(new CustomEvent("view", { detail: this.view }));
  }

  /** The day, week or month around the picture, else around the middle of what is shown. @param {import("../timeline/scale.js").Preset} name */
  preset(name) {
    const middle = (this.view.from + this.view.to) / 2;
    const at = this._at !== null && this._at >= this.view.from && this._at <= this.view.to ? this._at : middle;
    this.look(preset(name, Math.min(at, this._options.now()), this._options.zone));
  }

  /** @param {1 | -1} way */
  turn(way) {
    this.look(turned(this.view, way, this._options.zone));
  }

  /** Shows a longer (> 1) or shorter stretch around this moment; without one around the head. @param {number} factor @param {number} [around] */
  stretch(factor, around) {
    const { from, to } = this.view;
    const inside = this._at !== null && this._at >= from && this._at <= to ? this._at : (from + to) / 2;
    this.look(zoomed(this.view, factor, around ?? inside, this.latest));
  }

  /** Puts the head at this moment; the view follows while nobody touches it. @param {number} ms */
  show(ms) {
    const was = this._at !== null && this._at >= this.view.from && this._at <= this.view.to;
    this._at = ms;
    if (was && performance.now() - this._touched > QUIET) {
      const view = following(this.view, ms, this.latest);
      if (view !== this.view) this.look(view);
    }
    this._placeHead();
  }

  /** Puts the head and the view there. @param {number} ms */
  reveal(ms) {
    this._at = ms;
    const { from, to } = this.view;
    const half = (to - from) / 2;
    this.look(ms >= from && ms < to ? this.view : { from: ms - half, to: ms + half });
  }

  // --- drawing ----------------------------------------------------------------------------------------------
  _want() {
    for (const source of this.sources) source.want(this.view);
  }

  _news() {
    this._draw();
    this.dispatchEvent(new Event("news"));
  }

  _draw() {
    if (this._drawing) return;
    this._drawing = requestAnimationFrame(() => {
      this._drawing = 0;
      const { lanes, zone } = this._options;
      const high = lanes.length > 1 ? MANY : ONE;
      const labels = marks(this.view, Math.max(this._canvas.clientWidth / 76, 2), zone).map(({ at, step }) => {
        const midnight = isMidnight(at, zone);
        return { at, strong: midnight, label: midnight ? moment(at).slice(11, 16) : clockTime(at).slice(0, step < 60_000 ? 8 : 5) };
      });
      this._painter.paint(
        this.view,
        this.sources.map((source, number) => ({
          top: FLAGS + number * high,
          height: lanes.length > 1 ? high - 2 : high,
          answers: source.answers,
          flags: number === 0 ? this.flags : [], // one row for all lanes
          name: lanes.length > 1 ? lanes[number]?.name ?? "" : "",
        })),
        labels,
      );
      this._placeHead();
      this.span.place();
    });
  }

  _placeHead() {
    const at = this._at;
    const inside = at !== null && at >= this.view.from && at <= this.view.to;
    this._head.hidden = !inside;
    if (at === null) return;
    if (inside) this._head.style.left = `${this._x(at)}px`;
    this.element.setAttribute("aria-valuemin", String(Math.round(this.view.from / 1000)));
    this.element.setAttribute("aria-valuemax", String(Math.round(this.view.to / 1000)));
    this.element.setAttribute("aria-valuenow", String(Math.round(at / 1000)));
    this.element.setAttribute("aria-valuetext", `${moment(at)} · ${this.wordsAt(at)}`);
  }

  /** Kind and reason at a moment, in words. @param {number} ms @param {number} [lane] */
  wordsAt(ms, lane = 0) {
    const source = this.sources[lane];
    const piece = source ? finest(source.answers, ms) : null;
    const said = this.element.dataset;
    if (!piece) return (source?.failed ? said.away : ms > this._options.now() ? said.future : said.loading) ?? "";
    return words(piece, (kind) => said[kind] ?? kind, (code) => this._reasons[code] ?? code);
  }

  // --- pointer ----------------------------------------------------------------------------------------------
  /** @param {number} ms px from the left */
  _x(ms) {
    return ((ms - this.view.from) / (this.view.to - this.view.from)) * this._canvas.clientWidth;
  }

  /** @param {number} clientX */
  _time(clientX) {
    const box = this._canvas.getBoundingClientRect();
    return this.view.from + (Math.min(Math.max(clientX - box.left, 0), box.width) / box.width) * (this.view.to - this.view.from);
  }

  _bind() {
    const { element } = this;
    element.addEventListener("pointerdown", (event) => this._down(event));
    element.addEventListener("pointermove", (event) => this._move(event));
    element.addEventListener("pointerup", (event) => this._up(event));
    element.addEventListener("pointercancel", (event) => this._up(event));
    element.addEventListener("pointerleave", () => this._pointers.size === 0 && this._hush());
    element.addEventListener("wheel", (event) => this._wheel(event), { passive: false });
    element.addEventListener("keydown", (event) => this._key(event));
    element.addEventListener("focus", () => element.matches(":focus-visible") && this._at !== null && this._tell(this._at, 0));
    element.addEventListener("blur", () => this._hush());
  }

  /** @param {PointerEvent} event */
  _down(event) {
    if (event.button !== 0 || /** @type {Element} */ (event.target).closest(".timeline-grip")) return;
    this.element.setPointerCapture(event.pointerId);
    this._touched = performance.now();
    this._pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const select = event.shiftKey || this.selecting;
    this._drag = { x: event.clientX, view: this.view, moved: this._pointers.size > 1, select };
    if (select) this._hush();
  }

  /** @param {PointerEvent} event */
  _move(event) {
    const before = this._pointers.get(event.pointerId);
    if (!before || !this._drag) return this._tell(this._time(event.clientX), this._laneAt(event.clientY));
    const other = [...this._pointers].find(([id]) => id !== event.pointerId)?.[1];
    this._pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this._touched = performance.now();
    if (other) {
      const [was, is] = [Math.abs(before.x - other.x), Math.abs(event.clientX - other.x)];
      if (was > 8 && is > 8) this.stretch(was / is, this._time((event.clientX + other.x) / 2));
      return;
    }
    const drag = this._drag;
    if (!drag.moved && Math.abs(event.clientX - drag.x) < CLICK) return;
    drag.moved = true;
    this._hush();
    if (drag.select) this.span.between(this._time(drag.x), this._time(event.clientX));
    else {
      const width = drag.view.to - drag.view.from;
      this.look(panned(drag.view, ((drag.x - event.clientX) / this._canvas.clientWidth) * width, this.latest));
    }
  }

  /** @param {PointerEvent} event */
  _up(event) {
    const drag = this._drag;
    this._pointers.delete(event.pointerId);
    if (this._pointers.size > 0) return;
    this._drag = null;
    if (!drag || event.type === "pointercancel") return;
    if (drag.select && drag.moved) {
      this.setSelecting(false);
      this.span.settled();
    } else if (!drag.moved) this._click(event);
  }

  /** @param {PointerEvent} event */
  _click(event) {
    const ms = this._time(event.clientX);
    const near = this._flagAt(event);
    if (near) this.dispatchEvent(new CustomEvent("flag", { detail: near }));
    this.go(near?.at ?? ms);
  }

  /** @param {PointerEvent} event @returns {Flag | null} */
  _flagAt(event) {
    const box = this._canvas.getBoundingClientRect();
    if (event.clientY - box.top > FLAGS) return null;
    const x = event.clientX - box.left;
    const near = this.flags.filter((flag) => Math.abs(this._x(flag.at) - x) < 9);
    return near.sort((a, b) => Math.abs(this._x(a.at) - x) - Math.abs(this._x(b.at) - x))[0] ?? null;
  }

  /** @param {number} clientY */
  _laneAt(clientY) {
    const count = this._options.lanes.length;
    const y = clientY - this._canvas.getBoundingClientRect().top - FLAGS;
    return count > 1 ? Math.min(count - 1, Math.max(0, Math.floor(y / MANY))) : 0;
  }

  /** @param {WheelEvent} event */
  _wheel(event) {
    event.preventDefault();
    this._touched = performance.now();
    const width = this.view.to - this.view.from;
    const sideways = event.shiftKey ? event.deltaY : Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : 0;
    if (sideways) return this.look(panned(this.view, (sideways / this._canvas.clientWidth) * width, this.latest));
    // A pinch of a touchpad comes as a wheel with Ctrl, in small steps.
    const factor = Math.exp(Math.max(-50, Math.min(50, event.deltaY)) * (event.ctrlKey ? 0.02 : 0.0045));
    this.stretch(factor, this._time(event.clientX));
  }

  // --- words ------------------------------------------------------------------------------------------------
  /** What lies under the pointer, or under the head. @param {number} ms @param {number} lane */
  _tell(ms, lane) {
    const x = this._x(ms);
    const grain = (this.view.to - this.view.from) / Math.max(1, this._canvas.clientWidth);
    const flag = (this.sources[lane]?.flags ?? []).find((one) => Math.abs(one.at - ms) <= 5 * grain);
    const name = this._options.lanes.length > 1 ? `${this._options.lanes[lane]?.name} · ` : "";
    this._words.textContent = [`${name}${moment(ms)}`, this.wordsAt(ms, lane), flag?.title, flag?.note].filter(Boolean).join("\n");
    const piece = finest(this.sources[lane]?.answers ?? [], ms);
    if (this._options.play && playable(piece)) this._thumbs[lane]?.show(this._thumb, ms, grain * 2);
    else {
      this._thumbs[lane]?.stop();
      this._thumb.hidden = true;
    }
    this._tip.hidden = false;
    const half = this._tip.offsetWidth / 2;
    this._tip.style.left = `${Math.min(Math.max(x - half, 0), Math.max(0, this._canvas.clientWidth - 2 * half))}px`;
  }

  _hush() {
    this._tip.hidden = true;
    this._thumb.hidden = true;
    for (const thumbs of this._thumbs) thumbs.stop();
  }

  // --- deeds ------------------------------------------------------------------------------------------------
  /** Asks whoever listens to play there. @param {number} ms */
  go(ms) {
    this._at = Math.min(ms, this._options.now());
    this._placeHead();
    this.dispatchEvent(new CustomEvent("go", { detail: this._at }));
  }

  /** @param {boolean} on the next dragging selects */
  setSelecting(on) {
    this.selecting = on;
    this.element.toggleAttribute("data-selecting", on);
    this.element.dispatchEvent(new CustomEvent("selecting", { detail: on }));
  }

  /** @param {{from: number, to: number} | null} span */
  _selected(span) {
    const { dataset } = this.element;
    if (span) {
      dataset.selectedFrom = String(Math.round(span.from * 1000));
      dataset.selectedTo = String(Math.round(span.to * 1000));
    } else {
      delete dataset.selectedFrom;
      delete dataset.selectedTo;
    }
    this.dispatchEvent(new CustomEvent("select", { detail: span }));
  }

  /** @param {KeyboardEvent} event */
  _key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const by = { ArrowLeft: -10, ArrowRight: 10, PageDown: -600, PageUp: 600 }[event.key];
    const at = this._at ?? (this.view.from + this.view.to) / 2;
    if (event.key === "Home") this.go(this.view.from);
    else if (event.key === "End") this.go(Math.min(this.view.to, this._options.now()));
    else if (event.key === "+" || event.key === "=") this.stretch(0.5);
    else if (event.key === "-") this.stretch(2);
    else if (event.key === "Escape" && this.span.span) this.span.clear();
    else if (by === undefined) return;
    else this.go(at + by * (event.shiftKey ? 6 : 1) * 1000);
    event.preventDefault();
    if (this._at !== null) {
      this.look(following(this.view, this._at, this.latest));
      this._tell(this._at, 0);
    }
  }
}
