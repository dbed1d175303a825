/** Times of the site's zone, as every page writes them. */

/** The site's zone. */
export const zone = document.getElementById("site-clock")?.dataset.zone ?? "Asia/Ho_Chi_Minh";
const hms = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit" });
const hm = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" });
const dmy = new Intl.DateTimeFormat("en-GB", { timeZone: zone, day: "2-digit", month: "2-digit", year: "numeric" });

/** `14:20:05` @param {number} ms */
export const clockTime = (ms) => hms.format(new Date(ms));

/** `14:20:05 · 17/11/2026` @param {number} ms */
export const moment = (ms) => `${hms.format(new Date(ms))} · ${dmy.format(new Date(ms))}`;

/** `2026-11-17`, the day of the site @param {number} ms */
export const siteDay = (ms) => dmy.format(new Date(ms)).split("/").reverse().join("-");

/** The words with the time in place of `{time}`: the day only when it is not today. @param {string} words @param {number} us */
export function sinceWords(words, us) {
  if (!us) return "";
  const ms = us / 1000;
  const today = dmy.format(new Date()) === dmy.format(new Date(ms));
  return words.replace("{time}", today ? hm.format(new Date(ms)) : `${hm.format(new Date(ms))} · ${dmy.format(new Date(ms))}`);
}
