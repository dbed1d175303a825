/** The wall: tiles, their order, layouts. Leaving it costs nothing: a layout is a list of camera ids. */

import { fold } from "./fold.js";
import { Tile } from "./tile.js";
import { Tour } from "./tour.js";

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

const BEFORE = 10_000; // ms

const wall = byId("wall");
const words = byId("wall-words").dataset;
/** @typedef {{[camera: string]: import("./tile.js").Choice}} Streams */
/** @type {{size: number, tiles: (string | null)[], cameras: import("./tile.js").Camera[], layout: string, streams: Streams, layouts: import("./rounds.js").Step[]}} */
const data = JSON.parse(byId("wall-data").textContent ?? "{}");
const cameras = new Map(data.cameras.map((camera) => [camera.id, camera]));
const icons = /** @type {HTMLTemplateElement} */ (byId("tile-icons")).content;
/** @type {(string | null)[]} */
let places = data.tiles;
let size = data.size;
let streams = data.streams;
/** @type {Tile[]} */
let tiles = [];
/** @type {number | null} */
let picked = null;
/** @type {Tour | null} */
let tour = null;
/** What is wrong with pictures that are there, by camera. @type {Map<string, {camera: string, words: string, advice: string}>} */
let findings = new Map();
const JUDGED_EVERY = 30_000;

/** @param {string} name */
const icon = (name) => /** @type {Element} */ (icons.querySelector(`[data-name="${name}"] svg`)?.cloneNode(true));

/** @param {string | undefined} text */
const say = (text) => {
  byId("wall-says").textContent = text ?? "";
};

/** @param {number} index */
function build(index) {
  const place = places[index];
  const tile = new Tile(index + 1, place ? cameras.get(place) ?? null : null, { words, icon, asked, say, lost }, (place && streams[place]) || "auto");
  const { element } = tile;
  tile.judge(findings.get(place ?? ""));
  element.dataset.index = String(index);
  element.addEventListener("dblclick", () => fill(index));
  element.addEventListener("dragstart", (event) => event.dataTransfer?.setData("text/plain", String(index)));
  element.addEventListener("dragover", (event) => {
    event.preventDefault();
    element.classList.add("over");
  });
  element.addEventListener("dragleave", () => element.classList.remove("over"));
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    element.classList.remove("over");
    swap(Number(event.dataTransfer?.getData("text/plain")), index);
  });
  element.addEventListener("click", () => {
    if (picked !== null && picked !== index) swap(picked, index);
  });
  element.addEventListener("keydown", (event) => {
    if (event.target !== element) return;
    if (event.key === "Enter") picked === null ? fill(index) : swap(picked, index);
  });
  return tile;
}

/** What is to be seen now; a camera that keeps its place runs on. */
function show() {
  places = [...places, ...Array(size).fill(null)].slice(0, size);
  wall.dataset.size = String(size);
  const fits = (/** @type {number} */ index) => {
    const [place, tile] = [places[index] ?? null, tiles[index]];
    return tile && (tile.camera?.id ?? null) === place && (!place || tile.choice === (streams[place] ?? "auto"));
  };
  renew(places.map((_, index) => index).filter((index) => !fits(index)));
  tiles.splice(size).forEach((tile) => tile.destroy());
  document.querySelectorAll("[data-size].segment").forEach((button) => {
    button.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (button).dataset.size === String(size)));
  });
}

/** Puts new tiles at these places; the other pictures run on. @param {number[]} indices */
function renew(indices) {
  for (const index of indices) {
    const old = tiles[index];
    const fresh = build(index);
    if (old) old.element.replaceWith(fresh.element);
    else wall.append(fresh.element);
    old?.destroy();
    tiles[index] = fresh;
  }
  wall.querySelectorAll(".first-empty").forEach((tile) => tile.classList.remove("first-empty"));
  wall.querySelector(".tile.empty")?.classList.add("first-empty");
}

/** @param {number} from @param {number} to */
function swap(from, to) {
  picked = null;
  wall.classList.remove("swapping");
  if (from !== to && from >= 0 && from < size) {
    [places[from], places[to]] = [places[to] ?? null, places[from] ?? null];
    renew([from, to]);
    tiles[to]?.element.focus();
  }
  tiles.forEach((tile) => tile.element.classList.remove("picked"));
}

/** @param {number | null} index null: back to all tiles */
function fill(index) {
  const open = wall.classList.contains("filled");
  wall.classList.remove("filled");
  tiles.forEach((tile) => tile.element.classList.remove("fills"));
  const tile = index === null ? undefined : tiles[index];
  if (open || !tile?.camera) return;
  wall.classList.add("filled");
  tile.element.classList.add("fills");
  tile.element.focus();
}

/** The tile beside this one, as far as there is one. @param {string} key */
function move(key) {
  const columns = Math.round(Math.sqrt(size));
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key] ?? 0;
  const from = tiles.findIndex((tile) => tile.element.contains(document.activeElement));
  const filled = tiles.findIndex((tile) => tile.element.classList.contains("fills"));
  const to = from < 0 ? 0 : from + step;
  if (to < 0 || to >= size || (Math.abs(step) === 1 && from >= 0 && Math.floor(to / columns) !== Math.floor(from / columns))) return;
  if (filled >= 0) {
    fill(null);
    fill(to);
  } else tiles[to]?.element.focus();
}

function fullScreen() {
  if (document.fullscreenElement) void document.exitFullscreen();
  else void wall.requestFullscreen?.().catch(() => {});
}

/** @type {import("./tile.js").Asked} */
function asked(action, tile) {
  const index = tiles.indexOf(tile);
  if (action === "fill") fill(index);
  else if (action === "change") choose(index);
  else if (action === "stream") streams[tile.camera?.id ?? ""] = tile.choice;
  else {
    picked = picked === index ? null : index;
    wall.classList.toggle("swapping", picked !== null);
    tile.element.classList.toggle("picked", picked !== null);
    say(picked === null ? "" : words.picked);
  }
}

/** @param {import("./tile.js").Camera} camera @param {boolean} is */
function lost(camera, is) {
  tour?.alarm(camera.id, is);
}

/** Recordings of what is shown, from a little before now: what was that just now? */
function together() {
  const filled = tiles.find((tile) => tile.element.classList.contains("fills"));
  const shown = (filled ? [filled] : tiles).flatMap((tile) => (tile.camera?.play ? [tile.camera.id] : []));
  const most = Number(wall.dataset.together);
  if (shown.length === 0) return say(words.notogether);
  const at = Math.round((tiles.find((tile) => tile.serverTime)?.serverTime ?? Date.now()) - BEFORE) * 1000;
  location.assign(`${byId("together").dataset.url}?${new URLSearchParams({ cameras: [...new Set(shown)].slice(0, most).join(), at_us: String(at) })}`);
}

const picker = /** @type {HTMLDialogElement} */ (byId("picker"));
const find = /** @type {HTMLInputElement} */ (byId("picker-find"));
let choosing = 0;

function list() {
  const wanted = fold(find.value).split(/\s+/);
  const rows = data.cameras
    .filter((camera) => wanted.every((word) => `${camera.find} ${fold(camera.site)}`.includes(word)))
    .map((camera) => {
      const row = document.createElement("li");
      const button = document.createElement("button");
      const small = document.createElement("small");
      button.value = camera.id;
      small.textContent = `${camera.code} · ${camera.site}`;
      button.append(camera.name, small);
      row.append(button);
      return row;
    });
  byId("picker-list").replaceChildren(...rows);
}

/** @param {number} index */
function choose(index) {
  choosing = index;
  find.value = "";
  list();
  picker.returnValue = "cancel";
  picker.showModal();
}

find.addEventListener("input", list);
picker.addEventListener("close", () => {
  const value = picker.returnValue;
  if (value === "cancel" || value === "") return;
  places[choosing] = value === "empty" ? null : value;
  renew([choosing]);
});

/** @type {Record<string, (shift: boolean) => void>} */
const KEYS = {
  f: fullScreen,
  t: together,
  r: () => (tour?.runs ? tour.pause() : tour?.ask()),
  n: (shift) => tour?.runs && tour.turn(shift ? -1 : 1),
};

const namer = /** @type {HTMLDialogElement} */ (byId("namer"));
byId("save-layout").addEventListener("click", () => {
  namer.returnValue = "cancel";
  namer.showModal();
});
namer.addEventListener("close", async () => {
  if (namer.returnValue !== "save") return;
  const name = /** @type {HTMLInputElement} */ (byId("layout-name")).value;
  const token = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"];
  const answer = await fetch(wall.dataset.save ?? "", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: JSON.stringify({ name, size, tiles: places, streams }),
  }).catch(() => null);
  say(answer?.ok ? words.saved : words.nosave);
  if (!answer?.ok) return;
  const saved = await answer.json();
  const others = data.layouts.filter((layout) => layout.name !== saved.name);
  data.layouts.splice(0, Infinity, ...others, { name: saved.name, size, tiles: [...places], streams: { ...streams } });
  const chip = document.createElement("a");
  chip.className = "chip on";
  chip.href = `?layout=${saved.id}`;
  chip.textContent = saved.name;
  document.querySelectorAll("#layouts .chip").forEach((old) => {
    old.classList.remove("on");
    if (old.textContent === saved.name) old.remove();
  });
  byId("layouts").append(chip);
});

/** Asks what is wrong with the pictures; what was known stands while nobody answers. */
async function judge() {
  const answer = document.hidden ? null : await fetch(wall.dataset.pictures ?? "").catch(() => null);
  if (!answer?.ok) return;
  findings = new Map((await answer.json()).map((/** @type {{camera: string, words: string, advice: string}} */ finding) => [finding.camera, finding]));
  tiles.forEach((tile) => tile.judge(findings.get(tile.camera?.id ?? "")));
}

document.querySelectorAll(".segment").forEach((button) =>
  button.addEventListener("click", () => {
    size = Number(/** @type {HTMLElement} */ (button).dataset.size);
    const kept = places.filter(Boolean);
    places = places.slice(size).some(Boolean) ? kept : places;
    show();
    tour?.resized();
  }),
);
byId("full-screen").addEventListener("click", fullScreen);
byId("together").addEventListener("click", together);
document.addEventListener("keydown", (event) => {
  const target = /** @type {Element} */ (event.target);
  if (target.matches("input, textarea, select") || document.querySelector("dialog[open]") || event.ctrlKey || event.altKey || event.metaKey) return;
  if (/^[1-9]$/.test(event.key)) fill(Number(event.key) - 1);
  else if (event.key.startsWith("Arrow")) {
    event.preventDefault();
    move(event.key);
  } else if (KEYS[event.key.toLowerCase()]) KEYS[event.key.toLowerCase()]?.(event.shiftKey);
  else if (event.key === "Escape") {
    if (wall.classList.contains("filled")) fill(null);
    if (picked !== null) swap(picked, picked);
  }
});
show();
tour = new Tour(
  data.cameras.map((camera) => camera.id),
  data.layouts,
  {
    turn: (step) => {
      fill(null);
      size = step.size;
      places = step.tiles.map((camera) => (camera && cameras.has(camera) ? camera : null));
      streams = step.streams;
      document.querySelectorAll("#layouts .chip").forEach((chip) => chip.classList.toggle("on", step.name !== "" && chip.textContent === step.name));
      show();
    },
    size: () => size,
    busy: () => picker.open || namer.open || picked !== null,
    filled: () => wall.classList.contains("filled"),
    say,
  },
);
void judge();
setInterval(() => void judge(), JUDGED_EVERY);
