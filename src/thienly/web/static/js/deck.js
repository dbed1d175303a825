/** Buttons and keys of what is playing: one camera, or several on one clock. */

/**
 * @typedef {object} Playing what a Player and a Together have in common
 * @property {boolean} paused
 * @property {"live" | "play"} mode
 * @property {number | null} wallTime Unix milliseconds
 * @property {number} serverTime
 * @property {() => void} pause
 * @property {() => void} resume
 * @property {(factor: number) => void} speed
 * @property {(direction: 1 | -1) => void} step
 * @property {(at: Date) => void} seek
 *
 * @typedef {object} Desk
 * @property {() => Playing | null} playing
 * @property {import("./timeline.js").Timeline | null} line
 * @property {(ms: number) => void} go
 * @property {(sort: "gap" | "event" | "bookmark", way: "next" | "previous") => void} jump
 * @property {() => void} mark
 * @property {HTMLElement} full what the full screen shows
 */

/** @param {string} id */
const byId = (id) => document.getElementById(id);

export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16];

/** The next speed up or down of those offered. @param {number} now @param {1 | -1} way */
export function nextSpeed(now, way) {
  const at = SPEEDS.findIndex((one) => one >= now);
  return SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, (at < 0 ? SPEEDS.length - 1 : at) + way))] ?? 1;
}

/** @param {Desk} desk */
export function bindDeck(desk) {
  const { line } = desk;
  const speeds = /** @type {HTMLSelectElement | null} */ (byId("speed"));
  const speed = () => Number(speeds?.value ?? 1);
  const setSpeed = (/** @type {number} */ factor) => {
    if (!speeds || speeds.disabled) return;
    speeds.value = String(factor);
    desk.playing()?.speed(factor);
  };
  const toggle = () => {
    const playing = desk.playing();
    if (playing) playing.paused ? playing.resume() : playing.pause();
  };
  const by = (/** @type {number} */ seconds) => {
    const playing = desk.playing();
    const at = playing?.wallTime ?? null;
    if (!playing || at === null) return;
    const to = at + seconds * 1000;
    if (playing.mode === "play" && to < playing.serverTime - 3000) playing.seek(new Date(to));
    else desk.go(to);
  };
  const help = () => /** @type {HTMLDialogElement | null} */ (byId("keys"))?.showModal();
  const full = () => void (document.fullscreenElement ? document.exitFullscreen() : desk.full.requestFullscreen?.());
  const end = (/** @type {"from" | "to"} */ which) => {
    const at = desk.playing()?.wallTime ?? null;
    if (at !== null) line?.span.set(which, at);
  };
  const click = (/** @type {string} */ id, /** @type {() => void} */ act) => byId(id)?.addEventListener("click", act);
  click("pause", toggle);
  click("step-back", () => desk.playing()?.step(-1));
  click("step-on", () => desk.playing()?.step(1));
  click("full", full);
  click("help", help);
  click("mark", desk.mark);
  speeds?.addEventListener("change", () => desk.playing()?.speed(speed()));
  const sort = () => /** @type {"gap" | "event" | "bookmark"} */ (/** @type {HTMLSelectElement} */ (byId("jump-sort")).value);
  click("jump-back", () => desk.jump(sort(), "previous"));
  click("jump-on", () => desk.jump(sort(), "next"));

  // The selected span, without one the day in view.
  const chosen = (/** @type {string} */ what) => document.querySelector(byId("span-says")?.hidden === false ? `#span-${what}` : `#${what}-link`);
  /** @type {Record<string, (shift: boolean) => void>} */
  const keys = {
    " ": toggle,
    k: toggle,
    j: () => (speed() > 1 ? setSpeed(nextSpeed(speed(), -1)) : by(-10)),
    l: () => setSpeed(nextSpeed(speed(), 1)),
    ",": () => desk.playing()?.step(-1),
    ".": () => desk.playing()?.step(1),
    arrowleft: (shift) => by(shift ? -60 : -5),
    arrowright: (shift) => by(shift ? 60 : 5),
    g: (shift) => desk.jump("gap", shift ? "previous" : "next"),
    e: (shift) => desk.jump("event", shift ? "previous" : "next"),
    b: (shift) => desk.jump("bookmark", shift ? "previous" : "next"),
    m: desk.mark,
    "[": () => end("from"),
    "]": () => end("to"),
    h: () => /** @type {HTMLElement | null} */ (chosen("hold"))?.click(),
    x: () => /** @type {HTMLElement | null} */ (chosen("ask"))?.click(),
    1: () => line?.preset("day"),
    2: () => line?.preset("week"),
    3: () => line?.preset("month"),
    f: full,
    "?": help,
  };
  document.addEventListener("keydown", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog[open]")) return;
    if (target.matches("input, textarea, select")) return;
    if (event.key === " " && target.matches("button, a, summary")) return; // its own key
    const act = keys[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act(event.shiftKey);
  });
}
