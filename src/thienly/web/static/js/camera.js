/** The page of one camera: the player, its controls, and the line of the day. */

import { Player } from "../player/player.js";
import { preset } from "../timeline/scale.js";
import { typedMoment } from "../timeline/typed.js";
import { Bookmarks } from "./bookmarks.js";
import { bindDeck } from "./deck.js";
import { Jumps, landing } from "./jumps.js";
import { bindLine } from "./line.js";
import { moment, siteDay, sinceWords, zone } from "./moments.js";
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
/** @type {ReturnType<typeof setTimeout> | undefined} */
let turning;
let heard = 0; // performance.now(): until then what a jump said is not overwritten

/** The server's time, also before a player has asked for it: at loading the page said it. */
const ahead = Number(byId("timeline")?.dataset.now ?? Date.now() * 1000) / 1000 - Date.now();
const serverNow = () => Date.now() + ahead;

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
  if (player.mode === "play" && ms < player.serverTime - 3000) return seek(player, ms);
  tell("");
  cover(false, words.opening);
  if (ms >= player.serverTime - 3000 && words.live) player.live();
  else player.playAt(new Date(ms));
}

/** Within what is here already nothing has to be opened anew. @param {Player} shown @param {number} ms */
function seek(shown, ms) {
  tell("");
  if (!shown.holds(ms)) cover(false, words.opening);
  shown.seek(new Date(ms));
}

/** @param {"gap" | "event" | "bookmark"} sort @param {"next" | "previous"} way */
async function jump(sort, way) {
  if (!timeline || !words.play) return;
  const said = timeline.element.dataset;
  try {
    const found = await jumps.find(sort, way, player?.mode === "play" ? player.wallTime ?? timeline.at ?? serverNow() : serverNow());
    if (!found) return tell(said.nofurther);
    goTo(found.play);
    timeline.reveal(found.at);
    tell(`${moment(found.at)} · ${found.words}`);
    heard = performance.now() + 5000;
  } catch {
    tell(said.noanswer);
  }
}

function makeLine() {
  const element = byId("timeline");
  if (!element) return null;
  const line = new Timeline(element, {
    lanes: [{ camera: words.id ?? "", name: "" }],
    zone,
    play: Boolean(words.play),
    now: serverNow,
    mark: () => player?.owner ?? "",
    view: preset("day", typedMoment(`${(words.day ?? "").split("-").reverse().join("/")} 12:00`, serverNow(), zone) ?? serverNow(), zone),
  });
  bindLine(line, zone, serverNow);
  line.addEventListener("go", (event) => {
    jumps.forget();
    goTo(/** @type {CustomEvent} */ (event).detail);
  });
  line.addEventListener("view", () => turnDay(line));
  return line;
}

/** The gaps in words are those of the day in view. @param {Timeline} line */
function turnDay(line) {
  const list = byId("day-list");
  const day = siteDay((line.view.from + Math.min(line.view.to, serverNow())) / 2);
  if (!list || list.dataset.day === day) return;
  list.dataset.day = day;
  clearTimeout(turning);
  turning = setTimeout(() => {
    history.replaceState(null, "", `?day=${day}`);
    /** @type {any} */ (globalThis).htmx?.ajax("GET", `${list.dataset.url}?day=${day}`, { target: list, swap: "innerHTML" });
  }, 400);
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
    timeline?.show(ms);
  });
  on("mode", () => name());
  on("paused", (paused) => {
    pause?.classList.toggle("paused", paused);
    pause?.setAttribute("aria-label", (paused ? pause.dataset.play : pause.dataset.pause) ?? "");
  });
  on("state", () => byId("now")?.dispatchEvent(new Event("renew")));
  on("playing", () => byId("now")?.dispatchEvent(new Event("renew")));
  on("state", (state) => cover(true, words.nopicture, [sinceWords(words.since ?? "", state.since_us), state.sentence].filter(Boolean).join(" · ")));
  on("gap", (gap) => performance.now() > heard && tell(`${words.nothing}: ${gap.sentence}`));
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
  live?.addEventListener("click", () => {
    tell("");
    shown.live();
    name();
  });
  byId("snapshot")?.addEventListener("click", () => void keep(shown));
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

const jumps = new Jumps([words.id ?? ""]);
timeline = makeLine();
const bookmarks =
  timeline && words.play
    ? new Bookmarks([{ id: words.id ?? "", name: "" }], timeline, { now: () => (player ? player.wallTime : null), go: goTo, tell })
    : null;
document.addEventListener("click", (event) => {
  const go = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-go]"))?.dataset.go;
  if (!go) return;
  timeline?.reveal(Number(go) / 1000);
  goTo(landing("gap", Number(go) / 1000));
});
bindDeck({
  playing: () => player,
  line: timeline,
  go: goTo,
  jump: (sort, way) => void jump(sort, way),
  mark: () => bookmarks?.open(),
  full: picture,
});

if (words.camera) {
  cover(false, words.opening);
  const at = words.at && timeline ? typedMoment(words.at, timeline.view.from, zone) : null;
  player = new Player(picture, {
    camera: words.camera,
    formatTime: moment,
    // Where playback begins when there is no live picture.
    ...(words.play && (at !== null || !words.live) ? { mode: "play", at: new Date(at ?? timeline?.view.from ?? Date.now()) } : { mode: "live" }),
  });
  bindPlayer(player);
  bindWatching(player, picture, tell);
}
