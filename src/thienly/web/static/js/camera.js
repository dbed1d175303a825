/** The page of one camera: the player, its controls, and the line of the day. */

import { Player } from "../player/player.js";
import { moment, siteDay, sinceWords } from "./moments.js";
import { Timeline } from "./timeline.js";
import { bindWatching } from "./watching.js";

/** @param {string} id */
const byId = (id) => document.getElementById(id);

const picture = /** @type {HTMLElement} */ (byId("picture"));
const words = picture.dataset;
/** @type {HTMLElement | null} */
let says = null;
/** @type {Timeline | null} */
let timeline = null;
/** @type {Player | null} */
let player = null;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let silence;

/** @param {string | undefined} text */
function tell(text) {
  const line = byId("says");
  clearTimeout(silence);
  if (line) line.textContent = text ?? "";
  if (text) silence = setTimeout(() => tell(""), 8000);
}

/** @param {boolean} trouble @param {string | undefined} head @param {string} [text] */
function cover(trouble, head, text = "") {
  uncover();
  says = document.createElement("div");
  says.className = trouble ? "picture-says trouble" : "picture-says";
  const drawing = /** @type {HTMLTemplateElement | null} */ (byId("trouble"))?.content.cloneNode(true);
  says.append(trouble && drawing ? drawing : Object.assign(document.createElement("span"), { className: "opening" }));
  says.append(Object.assign(document.createElement(trouble ? "strong" : "span"), { textContent: head ?? "" }));
  if (text) says.append(Object.assign(document.createElement("p"), { textContent: text }));
  picture.append(says);
}

function uncover() {
  says?.remove();
  says = null;
}

/** @param {number} ms */
function goTo(ms) {
  if (!player || !words.play) return;
  tell("");
  cover(false, words.opening);
  if (ms >= player.serverTime - 3000 && words.live) player.live();
  else player.playAt(new Date(ms));
}

/** Milliseconds of `14:20` or `14:20:05` on the day of the line, or null. @param {string} text */
function typed(text) {
  const parts = /^\s*(\d{1,2})[:hg.]?(\d{2})(?:[:mp.]?(\d{2}))?\s*$/i.exec(text);
  if (!parts || !timeline) return null;
  const [hours, minutes, seconds] = [Number(parts[1]), Number(parts[2]), Number(parts[3] ?? 0)];
  if (hours > 23 || minutes > 59 || seconds > 59) return null;
  return timeline.start + ((hours * 60 + minutes) * 60 + seconds) * 1000;
}

function bindDay() {
  const element = byId("timeline");
  timeline?.destroy();
  timeline = element ? new Timeline(element, goTo, timeline) : null;
  const go = /** @type {HTMLFormElement | null} */ (byId("go"));
  go?.addEventListener("submit", (event) => {
    event.preventDefault();
    const ms = typed(/** @type {HTMLInputElement} */ (byId("go-time")).value);
    const wrong = byId("go-wrong");
    if (wrong) wrong.hidden = ms !== null;
    if (ms !== null) {
      timeline?.show(ms);
      goTo(ms);
    }
  });
  if (go && !words.play) go.hidden = true;
  byId("zoom-in")?.addEventListener("click", () => timeline?.stretch(0.5));
  byId("zoom-out")?.addEventListener("click", () => timeline?.stretch(2));
}

/** @param {Player} shown */
function bindPlayer(shown) {
  const pause = byId("pause");
  const mode = byId("mode");
  const time = byId("shown");
  const live = byId("live");
  /** @param {string} name @param {(detail: any) => void} act */
  const on = (name, act) => shown.addEventListener(name, (event) => act(/** @type {CustomEvent} */ (event).detail));
  on("playing", () => {
    uncover();
    name();
  });
  on("time", (ms) => {
    if (time) time.textContent = moment(ms);
    if (timeline && siteDay(ms) === timeline.element.dataset.day) timeline.show(ms);
  });
  on("mode", () => name());
  on("paused", (paused) => {
    pause?.classList.toggle("paused", paused);
    pause?.setAttribute("aria-label", (paused ? pause.dataset.play : pause.dataset.pause) ?? "");
  });
  on("state", () => byId("now")?.dispatchEvent(new Event("renew")));
  on("playing", () => byId("now")?.dispatchEvent(new Event("renew")));
  on("state", (state) => cover(true, words.nopicture, [sinceWords(words.since ?? "", state.since_us), state.sentence].filter(Boolean).join(" · ")));
  on("gap", (gap) => tell(`${words.nothing}: ${gap.sentence}`));
  on("live-edge", () => tell(words.edge));
  on("refused", () => cover(true, words.refused));
  on("ended", () => cover(true, words.ended));
  on("link", (up) => cover(false, up ? words.opening : words.link));
  on("failed", (why) => {
    if (String(why).startsWith("unsupported")) cover(true, words.unplayable);
  });
  const name = () => {
    if (mode) {
      mode.textContent = (shown.mode === "live" ? words.livenow : words.playback) ?? "";
      mode.classList.toggle("live", shown.mode === "live");
    }
    live?.setAttribute("aria-pressed", String(shown.mode === "live"));
    const speed = /** @type {HTMLSelectElement | null} */ (byId("speed"));
    if (speed) {
      speed.disabled = shown.mode === "live";
      speed.title = speed.disabled ? words.faster ?? "" : "";
    }
  };
  pause?.addEventListener("click", () => (shown.paused ? shown.resume() : shown.pause()));
  live?.addEventListener("click", () => {
    tell("");
    shown.live();
    name();
  });
  byId("step-back")?.addEventListener("click", () => shown.step(-1));
  byId("step-on")?.addEventListener("click", () => shown.step(1));
  byId("speed")?.addEventListener("change", (event) => shown.speed(Number(/** @type {HTMLSelectElement} */ (event.target).value)));
  byId("full")?.addEventListener("click", () => void picture.requestFullscreen?.());
  byId("snapshot")?.addEventListener("click", () => void keep(shown));
  document.addEventListener("keydown", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (target.matches("input, textarea, select, button, a, [role=slider]") || event.ctrlKey || event.altKey) return;
    if (event.key === " ") shown.paused ? shown.resume() : shown.pause();
    else if (event.key === ",") shown.step(-1);
    else if (event.key === ".") shown.step(1);
    else return;
    event.preventDefault();
  });
}

/** Offers the picture as a file. @param {Player} shown */
async function keep(shown) {
  try {
    const wall = shown.wallTime;
    const blob = await shown.snapshot();
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${words.code}-${moment(wall ?? Date.now()).replace(/[^0-9]+/g, "-")}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    tell(words.kept);
  } catch {
    tell(words.nosnapshot);
  }
}

bindDay();
document.body.addEventListener("htmx:afterSettle", (event) => {
  const { id } = /** @type {Element} */ (event.target);
  if (id === "day-card") bindDay();
  else if (id === "timeline" && timeline) {
    timeline.destroy();
    timeline = new Timeline(/** @type {HTMLElement} */ (byId("timeline")), goTo, timeline);
  }
});
/** Where playback begins when there is no live picture. */
const beginning = () => timeline?.start ?? Date.now();

if (words.camera) {
  cover(false, words.opening);
  const at = words.at ? typed(words.at) : null;
  player = new Player(picture, {
    camera: words.camera,
    formatTime: moment,
    ...(words.play && (at !== null || !words.live) ? { mode: "play", at: new Date(at ?? beginning()) } : { mode: "live" }),
  });
  bindPlayer(player);
  bindWatching(player, picture, tell);
}
