/** A span that the person selected on the line: two grips that move by pointer and by keys. */

/**
 * @typedef {{from: number, to: number}} Selected Unix milliseconds
 * @typedef {object} Line
 * @property {(ms: number) => number} x px on the line
 * @property {(clientX: number) => number} time
 * @property {(span: Selected | null) => void} changed
 * @property {number} height px
 */

const LEAST = 1000; // ms
const LEFT = { ArrowLeft: -1000, ArrowRight: 1000, PageDown: -60_000, PageUp: 60_000 };

export class Span {
  /** @param {HTMLElement} element holds two `.timeline-grip`s @param {Line} line */
  constructor(element, line) {
    this._element = element;
    this._line = line;
    this.span = /** @type {Selected | null} */ (null);
    element.style.height = `${line.height}px`;
    const grips = /** @type {HTMLElement[]} */ ([...element.querySelectorAll(".timeline-grip")]);
    grips.forEach((grip, number) => this._bind(grip, number === 0 ? "from" : "to"));
  }

  /** Whole seconds, outwards: what is written beside it is what is selected, and what is held. @param {number} a @param {number} b */
  between(a, b) {
    const from = Math.floor(Math.min(a, b) / LEAST) * LEAST;
    this.span = { from, to: Math.max(Math.ceil(Math.max(a, b) / LEAST) * LEAST, from + LEAST) };
    this.place();
  }

  /** The person let go: others may hear of it. */
  settled() {
    this._line.changed(this.span);
  }

  clear() {
    this.span = null;
    this.place();
    this.settled();
  }

  /** Sets one end; without a span it begins there. @param {"from" | "to"} end @param {number} ms */
  set(end, ms) {
    const span = this.span ?? { from: ms, to: ms + 60_000 };
    const other = end === "from" ? Math.max(span.to, ms + LEAST) : Math.min(span.from, ms - LEAST);
    this.between(ms, other);
    this.settled();
  }

  place() {
    const { span, _element: element } = this;
    element.hidden = span === null;
    if (!span) return;
    const left = this._line.x(span.from);
    element.style.left = `${left}px`;
    element.style.width = `${Math.max(2, this._line.x(span.to) - left)}px`;
  }

  /** @param {HTMLElement} grip @param {"from" | "to"} end */
  _bind(grip, end) {
    grip.addEventListener("pointerdown", (event) => {
      event.stopPropagation();
      grip.setPointerCapture(event.pointerId);
    });
    grip.addEventListener("pointermove", (event) => {
      if (!grip.hasPointerCapture(event.pointerId) || !this.span) return;
      event.stopPropagation();
      const ms = this._line.time(event.clientX);
      const { from, to } = this.span;
      this.between(end === "from" ? Math.min(ms, to - LEAST) : Math.max(ms, from + LEAST), end === "from" ? to : from);
    });
    grip.addEventListener("pointerup", (event) => {
      event.stopPropagation();
      this.settled();
    });
    grip.addEventListener("keydown", (event) => {
      const by = LEFT[/** @type {keyof typeof LEFT} */ (event.key)];
      if (by === undefined || !this.span) return;
      event.preventDefault();
      event.stopPropagation();
      this.set(end, this.span[end] + by);
    });
  }
}
