/** The tour of the wall: its buttons, its keys, what it remembers in this browser. */

import { INTERVALS, pages, Rounds } from "./rounds.js";

/**
 * @typedef {import("./rounds.js").Kind} Kind
 * @typedef {import("./rounds.js").Step} Step
 * @typedef {object} Wall what the tour may do to it
 * @property {(step: Step) => void} turn shows other cameras; those that stay run on
 * @property {() => number} size
 * @property {() => boolean} busy a dialog is open, or a tile is to be swapped
 * @property {() => boolean} filled
 * @property {(text?: string) => void} say
 */

const TICK = 250; // ms

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

export class Tour {
  /** @param {readonly string[]} cameras ids in their order @param {readonly Step[]} layouts @param {Wall} wall */
  constructor(cameras, layouts, wall) {
    this._cameras = cameras;
    this._layouts = layouts;
    this._wall = wall;
    this._bar = byId("tour");
    this._words = this._bar.dataset;
    this._dialog = /** @type {HTMLDialogElement} */ (byId("tour-dialog"));
    this._place = `wall-tour-${this._words.owner}`; // several people share this browser
    /** @type {Step[]} */
    this._steps = [];
    this._at = 0;
    /** @type {Rounds | null} */
    this._rounds = null;
    this._lost = new Set();
    this._ticked = performance.now();
    this._remembered = this._recall();
    this._bind();
    // Whoever does not want to see things move by themselves starts it by hand.
    if (this._remembered.on && !matchMedia("(prefers-reduced-motion: reduce)").matches) this.start();
  }

  get runs() {
    return this._rounds !== null;
  }

  /** From where it was left the last time. */
  start() {
    const { kind, every, at } = this._remembered;
    this._steps = kind === "layouts" ? [...this._layouts] : pages(this._cameras, this._wall.size());
    if (this._steps.length < 2) return this._wall.say(this._words.toofew);
    this._rounds = new Rounds(every);
    this._ticked = performance.now();
    this._bar.hidden = false;
    this._remember({ on: true });
    this._go(at);
    this._tick();
  }

  /** All cameras, but in another number at a time. */
  resized() {
    if (!this._rounds || this._remembered.kind !== "pages") return;
    this._steps = pages(this._cameras, this._wall.size());
    if (this._steps.length < 2) return this.stop();
    this._go(0);
  }

  stop() {
    this._rounds = null;
    this._lost.clear();
    this._bar.hidden = true;
    this._remember({ on: false });
  }

  /** @param {1 | -1} way */
  turn(way) {
    this._rounds?.again();
    this._go(this._at + way);
  }

  /** A camera that was seen goes dark, or comes back: so long the wall stays where it is. @param {string} camera @param {boolean} lost */
  alarm(camera, lost) {
    if (lost && this._rounds) {
      this._lost.add(camera);
      this._wall.say(this._words.alarm);
    } else this._lost.delete(camera);
    this._tick();
  }

  pause() {
    const rounds = this._rounds;
    if (!rounds) return;
    const standing = rounds.why(performance.now());
    const goOn = standing !== null && standing !== "dialog" && standing !== "filled";
    if (goOn) {
      // "On" answers whatever holds it up: the alarm was seen, the hand is gone.
      this._lost.clear();
      rounds.touch(-Infinity);
    }
    rounds.hold("person", !goOn);
    this._tick();
  }

  /** @param {number} at */
  _go(at) {
    this._at = ((at % this._steps.length) + this._steps.length) % this._steps.length;
    this._lost.clear();
    this._remember({ at: this._at });
    const step = this._steps[this._at];
    if (step) this._wall.turn(step);
    this._tell();
  }

  _tick() {
    const now = performance.now();
    const passed = now - this._ticked;
    this._ticked = now;
    const rounds = this._rounds;
    if (!rounds) return;
    rounds.hold("alarm", this._lost.size > 0);
    rounds.hold("filled", this._wall.filled());
    rounds.hold("dialog", this._wall.busy() || this._dialog.open);
    rounds.hold("unseen", document.hidden);
    if (rounds.tick(now, passed)) this._go(this._at + 1);
    this._tell();
  }

  _tell() {
    const rounds = this._rounds;
    if (!rounds) return;
    const why = rounds.why(performance.now());
    const name = this._steps[this._at]?.name;
    const where = `${this._at + 1}/${this._steps.length}${name ? ` · ${name}` : ""}`;
    byId("tour-says").textContent = `${where} · ${why === null ? (this._words.left ?? "").replace("{n}", String(rounds.left)) : this._words[why] ?? ""}`;
    this._bar.dataset.state = why ?? "runs";
    const pause = byId("tour-pause");
    pause.classList.toggle("paused", why !== null);
    pause.setAttribute("aria-label", (why === null ? this._words.pause : this._words.on) ?? "");
    pause.title = pause.getAttribute("aria-label") ?? "";
  }

  _bind() {
    setInterval(() => this._tick(), TICK);
    byId("tour-open").addEventListener("click", () => this.ask());
    byId("tour-back").addEventListener("click", () => this.turn(-1));
    byId("tour-on").addEventListener("click", () => this.turn(1));
    byId("tour-pause").addEventListener("click", () => this.pause());
    byId("tour-stop").addEventListener("click", () => this.stop());
    const wall = byId("wall");
    const touched = () => this._rounds?.touch(performance.now());
    for (const event of ["pointermove", "pointerdown", "keydown", "wheel"]) wall.addEventListener(event, touched, { passive: true });
    this._dialog.addEventListener("close", () => {
      if (this._dialog.returnValue !== "start") return;
      const kind = /** @type {HTMLInputElement | null} */ (this._dialog.querySelector("[name=tour-kind]:checked"))?.value === "layouts" ? "layouts" : "pages";
      this._remember({ kind, every: Number(/** @type {HTMLSelectElement} */ (byId("tour-every")).value), at: 0 });
      this.start();
    });
  }

  /** Asks what to go through, and how fast. */
  ask() {
    const { kind, every } = this._remembered;
    const wanted = kind === "layouts" && this._layouts.length > 1 ? "layouts" : "pages";
    for (const choice of /** @type {NodeListOf<HTMLInputElement>} */ (this._dialog.querySelectorAll("[name=tour-kind]"))) {
      choice.checked = choice.value === wanted;
      if (choice.value === "layouts") choice.disabled = this._layouts.length < 2;
    }
    /** @type {HTMLSelectElement} */ (byId("tour-every")).value = String(every);
    this._dialog.returnValue = "cancel";
    this._dialog.showModal();
  }

  /** @returns {{kind: Kind, every: number, at: number, on: boolean}} */
  _recall() {
    const usual = { kind: /** @type {Kind} */ ("pages"), every: 20, at: 0, on: false };
    try {
      const kept = JSON.parse(localStorage.getItem(this._place) ?? "{}");
      return {
        kind: kept.kind === "layouts" ? "layouts" : "pages",
        every: INTERVALS.includes(kept.every) ? kept.every : usual.every,
        at: Number.isInteger(kept.at) ? kept.at : 0,
        on: kept.on === true,
      };
    } catch {
      return usual; // nothing kept, or the browser keeps nothing
    }
  }

  /** @param {Partial<ReturnType<Tour["_recall"]>>} more */
  _remember(more) {
    this._remembered = { ...this._remembered, ...more };
    try {
      localStorage.setItem(this._place, JSON.stringify(this._remembered));
    } catch {
      // The browser keeps nothing: then it begins anew the next time.
    }
  }
}
