/** The pictures by which a camera was judged: recordings, so they carry the name of who looks. */

import { paintWatermark } from "../player/watermark.js";
import { clockTime } from "./moments.js";

const page = /** @type {HTMLElement} */ (document.getElementById("quality"));

/** @param {HTMLCanvasElement} canvas */
async function show(canvas) {
  const answer = await fetch(canvas.dataset.src ?? "").catch(() => null);
  if (answer?.status !== 200) {
    const says = document.createElement("p");
    says.className = "small muted";
    says.textContent = page.dataset.missing ?? "";
    canvas.replaceWith(says);
    return;
  }
  const picture = await createImageBitmap(await answer.blob());
  canvas.height = Math.round((canvas.width * picture.height) / picture.width);
  const context = canvas.getContext("2d");
  if (!context) return;
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  paintWatermark(context, canvas.width, canvas.height, `${page.dataset.mark} · ${clockTime(Date.now())}`, 0.2);
}

page.querySelectorAll("canvas").forEach((canvas) => void show(canvas));
