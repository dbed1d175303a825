/** Tests the machine that shows the page; the result is for the person, and for whoever helps. */

import { ServerClock } from "../player/clock.js";
import { canPlay } from "../player/mse.js";
import { browserName, clock, latency, line, power, sum } from "./judged.js";

/** @typedef {import("./judged.js").State} State */

const PATIENCE = 6000; // ms
const ASKED = 5; // times
const LOADING = 2000; // ms

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const words = byId("selftest").dataset;
/** @type {Map<string, State>} */
let states = new Map();
/** @type {Map<string, {state: State, value: string}>} */
let found = new Map();

/** Shows the one sentence that fits. @param {HTMLElement} element @param {string} state */
function say(element, state) {
  element.dataset.state = state;
  for (const one of /** @type {NodeListOf<HTMLElement>} */ (element.querySelectorAll("[data-when]"))) one.hidden = one.dataset.when !== state;
}

/** @param {string} name @param {State} state @param {string} value */
function tell(name, state, value) {
  const row = byId(`check-${name}`);
  states.set(name, state);
  found.set(name, { state, value });
  say(row, state);
  const shown = row.querySelector(".check-value");
  if (shown) shown.textContent = value;
}

const yes = (/** @type {boolean} */ is) => (is ? words.yes : words.no) ?? "";

function codecs() {
  const plays = "MediaSource" in globalThis || "ManagedMediaSource" in globalThis;
  tell("browser", plays ? "good" : "bad", browserName(navigator.userAgent));
  const type = (/** @type {string} */ codec) => canPlay(`video/mp4; codecs="${codec}"`);
  const [h264, h265] = [type("avc1.640028"), type("hvc1.1.6.L123.B0") || type("hev1.1.6.L123.B0")];
  tell("h264", h264 ? "good" : "bad", yes(h264));
  tell("h265", h265 ? "good" : "info", yes(h265));
  const [aac, opus] = [type("mp4a.40.2"), type("opus")];
  tell("sound", aac ? "good" : "info", `AAC: ${yes(aac)} · Opus: ${yes(opus)}`);
  const { width, height } = screen;
  tell("screen", width >= 1280 ? "good" : "info", `${width} × ${height} · ${devicePixelRatio}×`);
}

async function decoding() {
  const video = { contentType: 'video/mp4; codecs="avc1.640028"', width: 1920, height: 1080, bitrate: 4e6, framerate: 25 };
  const told = await navigator.mediaCapabilities?.decodingInfo({ type: "media-source", video }).catch(() => null);
  tell("power", power(told ?? null), told ? "1920 × 1080, H.264" : words.notold ?? "");
}

/** @returns {Promise<void>} */
function socket() {
  return new Promise((done) => {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const address = `${scheme}//${location.host}/stream`;
    let over = false;
    const end = (/** @type {State} */ state, /** @type {string | undefined} */ value) => {
      if (over) return;
      over = true;
      tell("socket", state, value ?? "");
      ws?.close();
      done();
    };
    /** @type {WebSocket | null} */
    let ws = null;
    setTimeout(() => end("bad", address), PATIENCE);
    try {
      ws = new WebSocket(address);
    } catch {
      return end("bad", address);
    }
    // Whoever is not signed in is let in as far as the door, and told so by a code of ours: it came through.
    ws.onopen = () => ws?.send(JSON.stringify({ op: "ping", n: 1 }));
    ws.onmessage = () => end("good", words.reached);
    ws.onclose = (closing) => (closing.code === 4401 ? end("good", words.signedout) : end("bad", `${address} (${closing.code})`));
  });
}

async function clocks() {
  const server = new ServerClock();
  const ways = [];
  for (let asked = 0; asked < ASKED; asked++) {
    const sent = Date.now();
    const began = performance.now();
    const answer = await fetch(words.time ?? "", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) }).catch(() => null);
    if (!answer?.ok) break;
    const { server_us: at } = await answer.json();
    ways.push(performance.now() - began);
    server.heard(sent, at);
  }
  if (ways.length === 0) {
    tell("latency", "bad", "—");
    return tell("clock", "good", "—");
  }
  const way = ways.sort((a, b) => a - b)[Math.floor(ways.length / 2)] ?? 0;
  tell("latency", latency(way), `${Math.round(way)} ms`);
  const ahead = -server.offsetUs / 1e6;
  const off = (ahead > 0 ? words.fast : words.slow) ?? "";
  const seconds = Math.abs(ahead).toFixed(1).replace(".", comma);
  tell("clock", clock(ahead), Math.abs(ahead) < 0.1 ? `< 0${comma}1 s` : off.replace("{n}", seconds));
}

/** The decimal sign of the page's language. */
const comma = document.documentElement.lang === "vi" ? "," : ".";

async function load() {
  const began = performance.now();
  let bytes = 0;
  do {
    const answer = await fetch(words.load ?? "", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) }).catch(() => null);
    if (!answer?.ok) break;
    bytes += (await answer.arrayBuffer().catch(() => new ArrayBuffer(0))).byteLength;
  } while (performance.now() - began < LOADING);
  const mbit = (bytes * 8) / 1000 / Math.max(1, performance.now() - began);
  const { state, small, large } = line(mbit);
  const rounded = mbit < 10 ? mbit.toFixed(1).replace(".", comma) : String(Math.round(mbit));
  tell("line", state, (words.fits ?? "").replace("{mbit}", rounded).replace("{small}", String(small)).replace("{large}", String(large)));
}

function report() {
  const mark = { good: "[OK]", info: "[i]", warn: "[!]", bad: "[X]" };
  const lines = [...found].map(([name, { state, value }]) => {
    const row = byId(`check-${name}`);
    const advice = state === "good" ? "" : row.querySelector(`[data-when="${state}"]`)?.textContent ?? "";
    return [`${mark[state]} ${row.querySelector("strong")?.textContent}: ${value}`, advice].filter(Boolean).join(" — ");
  });
  const verdict = byId("sum").querySelector("[data-when]:not([hidden])")?.textContent?.trim() ?? "";
  return [words.head, `${new Date().toISOString()} · ${location.host}`, verdict, ...lines, navigator.userAgent].join("\n");
}

async function run() {
  states = new Map();
  found = new Map();
  for (const id of ["copy", "again"]) /** @type {HTMLButtonElement} */ (byId(id)).disabled = true;
  for (const row of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".check-row"))) say(row, "waiting");
  const total = byId("sum");
  total.className = "notice";
  say(total, "waiting");
  codecs();
  await decoding();
  await socket();
  await clocks();
  await load(); // last: it would make the others slow
  const state = sum([...states.values()]);
  total.className = `notice ${state}`;
  say(total, state);
  /** @type {HTMLTextAreaElement} */ (byId("report")).value = report();
  for (const id of ["copy", "again"]) /** @type {HTMLButtonElement} */ (byId(id)).disabled = false;
}

byId("again").addEventListener("click", () => void run());
byId("copy").addEventListener("click", async () => {
  const text = /** @type {HTMLTextAreaElement} */ (byId("report"));
  let copied = true;
  try {
    await navigator.clipboard.writeText(text.value);
  } catch {
    // Without https the browser has no clipboard to offer; the old way still works.
    const around = text.closest("details");
    if (around) around.open = true;
    text.select();
    copied = document.execCommand("copy");
  }
  byId("copy-says").textContent = (copied ? words.copied : words.notcopied) ?? "";
});
void run();
