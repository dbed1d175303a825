/** One tile of the wall: a strip with name and time, a picture, and words when there is none. */

import { canFloat, float } from "../player/pip.js";
import { Player } from "../player/player.js";
import { offer } from "./keep.js";
import { clockTime, sinceWords } from "./moments.js";

/**
 * @typedef {{id: string, code: string, name: string, site: string, find: string, sub: boolean, play: boolean}} Camera
 * @typedef {(action: "swap" | "change" | "fill" | "stream", tile: Tile) => void} Asked
 * @typedef {import("../player/fit.js").Choice} Choice
 */

export class Tile {
  /**
   * @param {number} number 1-based place on the wall
   * @param {Camera | null} camera
   * @param {{words: DOMStringMap, icon: (name: string) => Element, asked: Asked, say: (text?: string) => void, lost: (camera: Camera, is: boolean) => void}} wall
   * @param {Choice} [choice] which stream, when not by the size of the tile
   */
  constructor(number, camera, wall, choice = "auto") {
    /** @type {Choice} */
    this._choice = choice;
    this.camera = camera;
    this.wall = wall;
    this.element = document.createElement("section");
    this.element.className = camera ? "tile" : "tile empty";
    this.element.tabIndex = 0;
    this.element.setAttribute("aria-label", camera ? `${number}. ${camera.name}` : `${number}. ${wall.words.empty}`);
    this._says = /** @type {HTMLElement | null} */ (null);
    this._picture = document.createElement("div");
    this._picture.className = "picture";
    this._time = document.createElement("span");
    this._time.className = "tile-time number";
    this._shows = part("span", "tile-shows", "");
    this._shows.hidden = true;
    this._quality = part("a", "tile-quality", "");
    this._quality.hidden = true;
    this.element.append(this._strip(number), this._picture);
    if (camera) this._watch(camera);
    else this._offerChoice();
  }

  destroy() {
    this._player?.destroy();
    this.element.remove();
  }

  /** @param {number} number */
  _strip(number) {
    const strip = document.createElement("div");
    strip.className = "tile-strip";
    strip.draggable = true;
    strip.append(part("span", "tile-number number", String(number)), part("span", "tile-name", this.camera?.name ?? ""), this._quality, this._shows, this._time);
    if (this.camera) {
      const tools = part("span", "tile-tools", "");
      const { words } = this.wall;
      this._listen = this._tool("listen", words.listen ?? "", () => this._player?.listen(!this._player.listening));
      this._listen.hidden = true;
      const floating = this._tool("float", words.float ?? "", () => void float(this._picture).catch(() => {}));
      floating.hidden = !canFloat();
      tools.append(
        this._tool("swap", words.swap ?? "", () => this.wall.asked("swap", this)),
        this._tool("change", words.change ?? "", () => this.wall.asked("change", this)),
        this._tool("fill", words.fill ?? "", () => this.wall.asked("fill", this)),
        this._listen,
        this._streamTool(),
        this._tool("snapshot", words.snapshot ?? "", () => void this.keep()),
        floating,
        this._open(),
      );
      strip.append(tools);
    }
    return strip;
  }

  /** @param {string} name @param {string} label @param {() => void} act */
  _tool(name, label, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "tile-tool";
    button.dataset.tool = name;
    button.title = label;
    button.setAttribute("aria-label", label);
    button.append(this.wall.icon(name));
    button.addEventListener("click", (event) => {
      event.stopPropagation();
      act();
    });
    return button;
  }

  /** Main stream, second stream, or the one that fits; said in words, because it has no other shape. */
  _streamTool() {
    const { words } = this.wall;
    const tool = this._tool("stream", "", () => {
      const after = { auto: "main", main: "sub", sub: "auto" };
      this._choice = /** @type {Choice} */ (after[this._choice]);
      this._player?.fit.choose(this._choice);
      name();
      this.wall.asked("stream", this);
      this.wall.say(tool.title);
    });
    const name = () => {
      tool.title = { auto: words.streamauto, main: words.streammain, sub: words.streamsub }[this._choice] ?? "";
      tool.setAttribute("aria-label", tool.title);
      tool.setAttribute("aria-pressed", String(this._choice !== "auto"));
    };
    name();
    tool.hidden = !this.camera?.sub;
    return tool;
  }

  /** Unix milliseconds of the server, when there is a picture to ask. */
  get serverTime() {
    return this._player?.serverTime ?? null;
  }

  get choice() {
    return this._choice;
  }

  _open() {
    const link = document.createElement("a");
    link.className = "tile-tool";
    link.href = `/cameras/${this.camera?.id}/`;
    link.title = this.wall.words.open ?? "";
    link.setAttribute("aria-label", this.wall.words.open ?? "");
    link.append(this.wall.icon("open"));
    return link;
  }

  _offerChoice() {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "tile-choose";
    button.append(this.wall.icon("plus"), this.wall.words.empty ?? "");
    button.addEventListener("click", () => this.wall.asked("change", this));
    const says = part("div", "picture-says", "");
    says.append(button);
    this._picture.append(says);
  }

  /** @param {Camera} camera */
  _watch(camera) {
    const { words } = this.wall;
    this._say("", words.connecting ?? "", "");
    const player = new Player(this._picture, { camera: camera.id, mode: "live", formatTime: clockTime, stream: this._choice });
    this._player = player;
    /** @param {string} name @param {(detail: any) => void} act */
    const on = (name, act) => player.addEventListener(name, (event) => act(/** @type {CustomEvent} */ (event).detail));
    let seen = false;
    on("playing", () => {
      this._silence();
      seen = true;
      this.wall.lost(camera, false);
    });
    on("opened", (opened) => {
      if (this._listen) this._listen.hidden = !opened.actions.includes("audio");
    });
    on("stream", (shown) => this._tag(shown.stream, shown.why));
    on("listening", (answer) => this._listen?.setAttribute("aria-pressed", String(answer.on)));
    on("time", (wall) => {
      this._time.textContent = clockTime(wall);
    });
    on("state", (state) => {
      if (seen) this.wall.lost(camera, true); // it was there a moment ago
      seen = false;
      this._time.textContent = "";
      this._say("offline", words.nopicture ?? "", [sinceWords(words.since ?? "", state.since_us), state.sentence].filter(Boolean).join(" · "));
    });
    on("refused", () => this._say("refused", words.refused ?? "", ""));
    on("ended", () => this._say("refused", words.ended ?? "", ""));
    on("link", (up) => this._say("", up ? words.connecting ?? "" : words.link ?? "", ""));
  }

  /** Says what is wrong with a picture that is there. @param {{words: string, advice: string} | undefined} finding */
  judge(finding) {
    const link = /** @type {HTMLAnchorElement} */ (this._quality);
    link.hidden = !finding;
    link.textContent = finding?.words ?? "";
    link.title = finding?.advice ?? "";
    link.href = `/cameras/${this.camera?.id}/picture/`;
  }

  /** Offers the picture that stands as a file. */
  async keep() {
    const { words } = this.wall;
    try {
      const blob = await this._player?.snapshot();
      if (blob) offer(blob, this.camera?.code ?? "", this._player?.wallTime ?? Date.now());
      this.wall.say(words.kept);
    } catch {
      this.wall.say(words.nosnapshot);
    }
  }

  /** Says what is unusual about the stream; the usual says nothing. @param {string} stream @param {string} why */
  _tag(stream, why) {
    const { words } = this.wall;
    const text = { h264: words.converted, sub: why === "slow" ? words.slow : "", main: why === "sub_failed" ? words.subfailed : "" };
    this._shows.textContent = text[/** @type {keyof typeof text} */ (stream)] ?? "";
    this._shows.title = { codec: words.whycodec, slow: words.whyslow, sub_failed: words.whysub }[why] ?? "";
    this._shows.hidden = !this._shows.textContent;
  }

  /** @param {string} icon "" shows that work is under way @param {string} head @param {string} text */
  _say(icon, head, text) {
    this._silence();
    const says = part("div", icon ? "picture-says trouble" : "picture-says", "");
    says.append(icon ? this.wall.icon(icon) : part("span", "opening", ""), part(icon ? "strong" : "span", "", head));
    if (text) says.append(part("p", "", text));
    this._picture.append(says);
    this._says = says;
  }

  _silence() {
    this._says?.remove();
    this._says = null;
  }
}

/** @param {string} tag @param {string} className @param {string} text */
function part(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}
