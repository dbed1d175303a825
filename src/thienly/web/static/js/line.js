/** The tools around a line of time: presets, turning, zoom, day, typed moments, the selected span. */

import { clockTime, moment, siteDay } from "./moments.js";
import { preset, presetOf } from "../timeline/scale.js";
import { typedMoment } from "../timeline/typed.js";

/** @typedef {import("./timeline.js").Timeline} Timeline */

/** @param {string} id */
const byId = (id) => document.getElementById(id);
/** @param {string} id @param {string} event @param {(event: any) => void} act */
const on = (id, event, act) => byId(id)?.addEventListener(event, act);

/** @param {Timeline} line @param {string} zone @param {() => number} now */
export function bindLine(line, zone, now) {
  on("turn-back", "click", () => line.turn(-1));
  on("turn-on", "click", () => line.turn(1));
  on("zoom-in", "click", () => line.stretch(0.5));
  on("zoom-out", "click", () => line.stretch(2));
  const presets = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-preset]")]);
  const choose = (/** @type {HTMLElement} */ button) => line.preset(/** @type {import("../timeline/scale.js").Preset} */ (button.dataset.preset));
  for (const button of presets) button.addEventListener("click", () => choose(button));
  const day = /** @type {HTMLInputElement | null} */ (byId("day"));
  day?.addEventListener("change", () => {
    const at = typedMoment(`${day.value.split("-").reverse().join("/")} 12:00`, now(), zone);
    if (at !== null) line.look(preset("day", Math.min(at, line.latest - 1), zone));
  });
  const tell = () => {
    const name = presetOf(line.view, zone);
    for (const button of presets) button.setAttribute("aria-pressed", String(button.dataset.preset === name));
    const said = byId("view-name");
    if (said) said.textContent = viewName(line.view, name);
    if (day) day.value = siteDay(line.view.from);
  };
  line.addEventListener("view", tell);
  tell();
  bindGoing(line, zone, now);
  bindSpan(line);
}

/** @param {Timeline} line @param {string} zone @param {() => number} now */
function bindGoing(line, zone, now) {
  on("go", "submit", (event) => {
    event.preventDefault();
    const ms = typedMoment(/** @type {HTMLInputElement} */ (byId("go-time")).value, meant(line, now), zone);
    const wrong = byId("go-wrong");
    if (wrong) wrong.hidden = ms !== null;
    if (ms === null) return;
    line.go(ms);
    line.reveal(Math.min(ms, now()));
  });
}

/** The day that a typed time means: of the picture where it is in view, else of today, else of the view. @param {Timeline} line @param {() => number} now */
function meant(line, now) {
  const { from, to } = line.view;
  const inside = (/** @type {number | null} */ at) => at !== null && at >= from && at < to;
  return /** @type {number} */ ([line.at, now()].find(inside) ?? from);
}

/** @param {Timeline} line */
function bindSpan(line) {
  const button = byId("select-span");
  button?.addEventListener("click", () => line.setSelecting(!line.selecting));
  line.element.addEventListener("selecting", () => button?.setAttribute("aria-pressed", String(line.selecting)));
  on("span-clear", "click", () => line.span.clear());
  const links = /** @type {(HTMLAnchorElement | null)[]} */ ([byId("span-hold"), byId("span-ask")]);
  line.addEventListener("select", (event) => {
    const span = /** @type {CustomEvent<{from: number, to: number} | null>} */ (event).detail;
    const [says, said] = [byId("span-says"), byId("span-words")];
    if (says) says.hidden = span === null;
    for (const link of links) {
      if (link && span) link.search = `?${new URLSearchParams({ from_us: String(span.from * 1000), to_us: String(span.to * 1000) })}`;
    }
    if (said && span) said.textContent = `${moment(span.from)} – ${siteDay(span.from) === siteDay(span.to) ? clockTime(span.to) : moment(span.to)}`;
  });
}

/** @param {import("../timeline/scale.js").View} view @param {import("../timeline/scale.js").Preset | null} name */
function viewName(view, name) {
  const date = (/** @type {number} */ ms) => siteDay(ms).split("-").reverse().join("/");
  if (name === "day") return date(view.from);
  if (name === "month") return date(view.from).slice(3);
  const last = view.to - 1000;
  if (name === "week" || view.to - view.from > 48 * 3_600_000) return `${date(view.from).slice(0, 5)} – ${date(last)}`;
  const short = view.to - view.from > 600_000 ? 5 : 8;
  const begin = clockTime(view.from).slice(0, short);
  const end = clockTime(last).slice(0, short);
  return date(view.from) === date(last) ? `${date(view.from)} · ${begin} – ${end}` : `${date(view.from).slice(0, 5)} ${begin} – ${date(last)} ${end}`;
}
