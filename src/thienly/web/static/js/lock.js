/**
 * The lock screen: when nobody has touched any page of this browser for the time that is set, it covers them all
 * and tells the server, which then answers nothing. Pages stay as they are underneath, and what was typed.
 *
 * Pictures hear of it on the document: `lock` (hang up), `unlock` (call again).
 */

import { Idle } from "./idle.js";

const screen = /** @type {HTMLDialogElement | null} */ (document.getElementById("lock"));
/** How often a page that is looked at asks whether its session still lives: one that was ended is out within it. */
const ASK_EVERY = 40_000; // ms

/** @param {string} path @param {Record<string, string> | null} fields null: a question only */
async function send(path, fields) {
  const headers = /** @type {Record<string, string>} */ (JSON.parse(document.body.getAttribute("hx-headers") ?? "{}"));
  const asked = { headers: { ...headers, "X-Requested-With": "fetch" } };
  return fetch(path, fields ? { ...asked, method: "POST", body: new URLSearchParams(fields) } : asked);
}

/** @param {HTMLDialogElement} screen */
function begin(screen) {
  const { lock = "", unlock = "", door = "/" } = screen.dataset;
  const proof = /** @type {HTMLInputElement} */ (screen.querySelector("#lock-proof"));
  const wrong = /** @type {HTMLElement} */ (screen.querySelector("#lock-wrong"));
  const away = /** @type {HTMLElement} */ (screen.querySelector("#lock-away"));
  const limit = Number(screen.dataset.idle) * 1000;
  const pages = new BroadcastChannel("thienly-lock");
  let idle = new Idle(limit, Date.now());
  let shut = false;

  /** @param {"idle" | "hand" | "heard"} why `heard`: from another page, or the server */
  function close(why) {
    if (shut) return;
    shut = true;
    screen.showModal();
    proof.focus();
    document.dispatchEvent(new Event("lock"));
    if (why === "heard") return;
    pages.postMessage({ is: "locked" });
    // Without an answer the server locks the session itself, by the same clock.
    void send(lock, { idle: why === "idle" ? "yes" : "no" }).catch(() => {});
  }

  function open() {
    if (!shut) return;
    shut = false;
    idle = new Idle(limit, Date.now());
    wrong.hidden = away.hidden = true;
    proof.value = "";
    screen.close();
    document.dispatchEvent(new Event("unlock"));
  }

  /** @param {import("./idle.js").Due} due */
  function act(due) {
    if (due === "lock") close("idle");
    else if (due === "tell") void send(lock, { active: "yes" }).catch(() => {});
  }

  let said = 0;
  const touch = () => {
    if (shut) return;
    const now = Date.now();
    act(idle.touch(now));
    if (shut || now - said < 1000) return;
    said = now;
    pages.postMessage({ is: "touched", at: now });
  };

  /** A page that comes back, or lies open, learns what has happened to its session. */
  async function ask() {
    if (document.hidden || shut) return;
    const answer = await send(lock, null).catch(() => null);
    if (answer?.status === 423) close("heard");
    else if (answer?.redirected && new URL(answer.url).pathname === door) location.reload();
  }

  pages.addEventListener("message", ({ data }) => {
    if (data.is === "locked") close("heard");
    else if (data.is === "unlocked") open();
    else if (data.is === "touched" && !shut) idle.elsewhere(data.at);
  });
  for (const name of ["pointerdown", "pointermove", "keydown", "wheel"]) document.addEventListener(name, touch, { passive: true, capture: true });
  if (limit) setInterval(() => shut || act(idle.due(Date.now())), 1000);
  setInterval(ask, ASK_EVERY);
  document.addEventListener("visibilitychange", () => {
    if (!shut) act(idle.due(Date.now()));
    void ask();
  });
  // Back and forward may bring a page as it was, from before the lock.
  addEventListener("pageshow", (event) => event.persisted && void ask());

  screen.addEventListener("cancel", (event) => event.preventDefault());
  screen.addEventListener("keydown", (event) => event.key === "Escape" && event.preventDefault());
  // Browsers close a dialog at the second Escape, whoever prevents it.
  screen.addEventListener("close", () => {
    if (!shut) return;
    screen.showModal();
    proof.focus();
  });
  document.getElementById("lock-now")?.addEventListener("submit", (event) => {
    event.preventDefault();
    close("hand");
  });
  screen.querySelector("form")?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await send(unlock, { proof: proof.value }).catch(() => null);
    proof.value = "";
    wrong.hidden = answer?.status !== 400;
    away.hidden = answer !== null;
    if (answer?.status === 204) {
      open();
      pages.postMessage({ is: "unlocked" });
    } else if (answer && answer.status !== 400) {
      location.assign(door);
    } else {
      proof.focus();
    }
  });
}

if (screen) begin(screen);
