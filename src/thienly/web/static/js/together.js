/** Several cameras on one clock: tiles above, one line of time with a lane for each below. */

import { Together } from "../player/together.js";
import { preset } from "../timeline/scale.js";
import { Bookmarks } from "./bookmarks.js";
import { bindDeck } from "./deck.js";
import { Jumps } from "./jumps.js";
import { bindLine } from "./line.js";
import { clockTime, moment, zone } from "./moments.js";
import { Timeline } from "./timeline.js";

/** @typedef {{id: string, code: string, name: string}} Camera */

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @type {{cameras: Camera[], at_us: number}} */
const data = JSON.parse(byId("together-data").textContent ?? "{}");
const grid = byId("tiles");
const words = grid.dataset;
const says = byId("says");
const element = byId("timeline");
const ahead = Number(element.dataset.now) / 1000 - Date.now();
const serverNow = () => Date.now() + ahead;

const tiles = data.cameras.map((camera) => {
  const tile = document.createElement("section");
  tile.className = "tile";
  tile.setAttribute("aria-label", camera.name);
  const strip = Object.assign(document.createElement("a"), { className: "tile-strip", href: `/cameras/${camera.id}/`, textContent: camera.name });
  const picture = Object.assign(document.createElement("div"), { className: "picture" });
  const over = Object.assign(document.createElement("p"), { className: "tile-over", textContent: words.opening ?? "" });
  picture.append(over);
  tile.append(strip, picture);
  grid.append(tile);
  return { element: picture, camera: camera.id, over };
});

const together = new Together(tiles, new Date(data.at_us / 1000), clockTime);
const line = new Timeline(element, {
  lanes: data.cameras.map(({ id, code }) => ({ camera: id, name: code })),
  zone,
  play: true,
  now: serverNow,
  mark: () => together.owner,
  view: preset("day", data.at_us / 1000, zone),
});
bindLine(line, zone, serverNow);
const jumps = new Jumps(data.cameras.map(({ id }) => id));

/** @param {string | undefined} text */
function tell(text) {
  says.textContent = text ?? "";
}

/** @param {number} ms */
function go(ms) {
  tell("");
  together.seek(new Date(ms));
}

const bookmarks = new Bookmarks(data.cameras, line, { now: () => together.wallTime, go, tell });

/** @param {string} name @param {(detail: any) => void} act */
const on = (name, act) => together.addEventListener(name, (event) => act(/** @type {CustomEvent} */ (event).detail));
line.addEventListener("go", (event) => {
  jumps.forget();
  go(/** @type {CustomEvent} */ (event).detail);
});
on("time", (ms) => {
  byId("shown").textContent = moment(ms);
  /** @type {HTMLInputElement} */ (byId("choice-at")).value = String(Math.round(ms) * 1000); // other cameras, the same moment
  line.show(ms);
});
on("paused", (paused) => {
  const pause = byId("pause");
  pause.classList.toggle("paused", paused);
  pause.setAttribute("aria-label", (paused ? pause.dataset.play : pause.dataset.pause) ?? "");
});
on("leap", (ms) => tell(`${words.leap} ${moment(ms)}`));
on("tile", ({ index, state, sentence }) => {
  const over = tiles[index]?.over;
  if (!over) return;
  over.hidden = state === "showing";
  over.classList.toggle("hole", state === "hole");
  over.textContent = state === "hole" ? `${words.nothing}: ${sentence}` : words[state] ?? "";
});

bindDeck({
  playing: () => together,
  line,
  go,
  jump: async (sort, way) => {
    try {
      const found = await jumps.find(sort, way, together.wallTime);
      if (!found) return tell(element.dataset.nofurther);
      go(found.play);
      line.reveal(found.at);
      tell(`${data.cameras.find(({ id }) => id === found.camera)?.name} · ${moment(found.at)} · ${found.words}`);
    } catch {
      tell(element.dataset.noanswer);
    }
  },
  mark: () => bookmarks.open(),
  full: grid,
});
