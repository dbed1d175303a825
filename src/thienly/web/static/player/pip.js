/**
 * A picture in a small window of its own that stays in front.
 *
 * The browser's own picture-in-picture shows the bare video: the watermark, which is drawn over it, would be left
 * behind. So that one is switched off (see picture.js), and the whole picture, watermark and all, moves into a
 * document window where the browser has them; elsewhere nothing is offered.
 */

export function canFloat() {
  return "documentPictureInPicture" in globalThis;
}

/** Whether a picture floats now, so that this page is being looked at although its tab is hidden. */
export function floats() {
  return Boolean(/** @type {any} */ (globalThis).documentPictureInPicture?.window);
}

/** Moves the picture out; it comes back when the window is closed. @param {HTMLElement} picture */
export async function float(picture) {
  const api = /** @type {any} */ (globalThis).documentPictureInPicture;
  if (!api || api.window) return;
  const width = Math.min(640, picture.clientWidth || 480);
  /** @type {Window} */
  const small = await api.requestWindow({ width, height: Math.round((width * 9) / 16) });
  for (const link of document.querySelectorAll('link[rel="stylesheet"]')) small.document.head.append(link.cloneNode());
  const place = document.createComment("picture");
  const close = () => small.close(); // the lock screen does not cover it
  document.addEventListener("lock", close, { once: true });
  picture.replaceWith(place);
  picture.classList.add("floating");
  small.document.body.append(picture);
  small.addEventListener("pagehide", () => {
    document.removeEventListener("lock", close);
    picture.classList.remove("floating");
    place.replaceWith(picture);
    void picture.querySelector("video")?.play().catch(() => {});
  });
}
