/** A moment as people type it: `14:20`, `14h20`, `14:20:05`, before it a day such as `17/11` or `17/11/2026`. */

import { startOfDay, zoneOffset } from "./scale.js";

const TEXT = /^\s*(?:(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}))?[\s,]+)?(\d{1,2})[:hg.](\d{2})(?:[:mp.](\d{2}))?\s*$/i;
const PACKED = /^\s*(\d{2})(\d{2})(\d{2})?\s*$/; // 1420, 142005

/**
 * Unix milliseconds, or null when the text is no moment.
 * @param {string} text
 * @param {number} around a moment of the day that is meant when none is typed
 * @param {string | undefined} zone
 */
export function typedMoment(text, around, zone) {
  const packed = PACKED.exec(text);
  const found = packed ? [text, undefined, undefined, undefined, ...packed.slice(1)] : TEXT.exec(text);
  if (!found) return null;
  const [hours, minutes, seconds] = [Number(found[4]), Number(found[5]), Number(found[6] ?? 0)];
  if (hours > 23 || minutes > 59 || seconds > 59) return null;
  const local = new Date(around + zoneOffset(around, zone));
  const year = found[3] ? Number(found[3]) : local.getUTCFullYear();
  const month = found[2] ? Number(found[2]) - 1 : local.getUTCMonth();
  const day = found[1] ? Number(found[1]) : local.getUTCDate();
  const noon = new Date(Date.UTC(year, month, day, 12));
  if (noon.getUTCMonth() !== month || noon.getUTCDate() !== day) return null; // 31/02
  const guess = noon.getTime() - zoneOffset(noon.getTime(), zone);
  return startOfDay(guess, zone) + ((hours * 60 + minutes) * 60 + seconds) * 1000;
}
