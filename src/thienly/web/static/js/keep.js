/** Handing out a kept picture as a file. */

import { moment } from "./moments.js";

/** @param {Blob} blob @param {string} code of the camera @param {number} wall Unix milliseconds of the picture */
export function offer(blob, code, wall) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${code}-${moment(wall).replace(/[^0-9]+/g, "-")}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
