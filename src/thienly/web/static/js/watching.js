/** What the page of a camera offers beside playing: listening, a small window in front, and what is shown. */

import { canFloat, float } from "../player/pip.js";

/** @param {string} id */
const byId = (id) => document.getElementById(id);

/**
 * @param {import("../player/player.js").Player} player
 * @param {HTMLElement} picture with its words in `data-`
 * @param {(text: string | undefined) => void} tell
 */
export function bindWatching(player, picture, tell) {
  const words = picture.dataset;
  const listen = byId("listen");
  const shows = byId("shows");
  const floating = byId("float");
  /** @param {string} name @param {(detail: any) => void} act */
  const on = (name, act) => player.addEventListener(name, (event) => act(/** @type {CustomEvent} */ (event).detail));

  listen?.addEventListener("click", () => player.listen(!player.listening));
  const silent = () => listen?.setAttribute("aria-pressed", "false");
  on("link", silent);
  on("ended", silent);
  on("listening", (answer) => {
    listen?.setAttribute("aria-pressed", String(answer.on));
    if (answer.on) tell([words.listening, answer.cite].filter(Boolean).join(" · "));
    else if (answer.why === "refused") tell(words.nolisten);
    else if (answer.why !== "viewer") tell(words.silenced);
  });
  on("stream", (shown) => {
    if (shown.why === "no_sound") tell(words.nosound);
    if (!shows) return;
    const whys = { codec: words.whycodec, slow: words.whyslow, sub_failed: words.whysub };
    shows.textContent = (shown.stream === "h264" ? words.converted : shown.why === "slow" ? words.slow : "") ?? "";
    shows.title = whys[/** @type {keyof typeof whys} */ (shown.why)] ?? "";
    shows.hidden = !shows.textContent;
  });
  on("mode", () => {
    if (shows) shows.hidden = true;
  });

  if (!floating) return;
  floating.hidden = !canFloat();
  floating.addEventListener("click", () => void float(picture).catch(() => tell(words.nofloat)));
}
