/** Which part of time a line shows, and the marks along it. Without a browser. Times are Unix milliseconds. */

/**
 * @typedef {{from: number, to: number}} View
 * @typedef {"day" | "week" | "month"} Preset
 * @typedef {{at: number, step: number}} Mark
 */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
const STEPS = [
  SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 30 * SECOND,
  MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE,
  HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR,
  DAY, 2 * DAY, 7 * DAY,
];

/** From some seconds to two months; nothing before recording began to be possible, a day beyond the present. */
export const NARROWEST = 4 * SECOND;
export const WIDEST = 62 * DAY;
export const EARLIEST = Date.UTC(2000, 0, 2);

/**
 * Minutes east of Greenwich, in milliseconds, that a zone has at a moment.
 * @param {number} ms @param {string | undefined} zone
 */
export function zoneOffset(ms, zone) {
  /** @type {Record<string, number>} */
  const at = {};
  for (const { type, value } of fields(zone).formatToParts(new Date(ms))) at[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = at;
  const local = Date.UTC(year, month - 1, day, hour % 24, minute, second);
  return local - Math.floor(ms / SECOND) * SECOND;
}

/** @type {Map<string | undefined, Intl.DateTimeFormat>} */
const known = new Map();

/** @param {string | undefined} zone */
function fields(zone) {
  const format = known.get(zone) ?? new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric", hourCycle: "h23",
  });
  known.set(zone, format);
  return format;
}

/** The first moment of the local day. @param {number} ms @param {string | undefined} zone */
export function startOfDay(ms, zone) {
  const local = ms + zoneOffset(ms, zone);
  return fromLocal(local - mod(local, DAY), zone);
}

/** The moment of a local time that is written as if it were UTC. @param {number} local @param {string | undefined} zone */
function fromLocal(local, zone) {
  const guess = local - zoneOffset(local, zone);
  return local - zoneOffset(guess, zone); // right also where the zone changes in between
}

/** The local day, week (from Monday) or month that holds the moment. @param {Preset} name @param {number} ms @param {string | undefined} zone @returns {View} */
export function preset(name, ms, zone) {
  const local = new Date(startOfDay(ms, zone) + zoneOffset(startOfDay(ms, zone), zone));
  const [year, month, day] = [local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate()];
  if (name === "month") return { from: fromLocal(Date.UTC(year, month, 1), zone), to: fromLocal(Date.UTC(year, month + 1, 1), zone) };
  const first = name === "week" ? day - ((local.getUTCDay() + 6) % 7) : day;
  return { from: fromLocal(Date.UTC(year, month, first), zone), to: fromLocal(Date.UTC(year, month, first + (name === "week" ? 7 : 1)), zone) };
}

/** The preset that a view is, or null. @param {View} view @param {string | undefined} zone @returns {Preset | null} */
export function presetOf(view, zone) {
  for (const name of /** @type {Preset[]} */ (["day", "week", "month"])) {
    const known = preset(name, view.from, zone);
    if (known.from === view.from && known.to === view.to) return name;
  }
  return null;
}

/** The same length of time before or after: the next day, week, month, or just as much. @param {View} view @param {1 | -1} way @param {string | undefined} zone @returns {View} */
export function turned(view, way, zone) {
  const name = presetOf(view, zone);
  if (name) return preset(name, way > 0 ? view.to + HOUR : view.from - HOUR, zone);
  const width = view.to - view.from;
  return { from: view.from + way * width, to: view.to + way * width };
}

/** Longer (`factor` > 1) or shorter around a moment that keeps its place. @param {View} view @param {number} factor @param {number} around @param {number} latest @returns {View} */
export function zoomed(view, factor, around, latest) {
  const width = view.to - view.from;
  const wanted = Math.min(Math.max(width * factor, NARROWEST), WIDEST);
  const from = around - ((around - view.from) / width) * wanted;
  return kept({ from, to: from + wanted }, latest);
}

/** @param {View} view @param {number} by @param {number} latest @returns {View} */
export function panned(view, by, latest) {
  return kept({ from: view.from + by, to: view.to + by }, latest);
}

/** Within time that can have recordings; the length stays. @param {View} view @param {number} latest @returns {View} */
export function kept(view, latest) {
  const width = view.to - view.from;
  const from = Math.max(EARLIEST, Math.min(view.from, latest - width));
  return { from, to: from + width };
}

/** The view that holds the moment: the same, or the one that begins a little before it. @param {View} view @param {number} at @param {number} latest @returns {View} */
export function following(view, at, latest) {
  const width = view.to - view.from;
  if (at >= view.from && at <= view.to - width * 0.02) return view;
  const from = at - width * 0.1;
  return kept({ from, to: from + width }, latest);
}

/**
 * Marks at round local times, at most about `room` of them.
 * @param {View} view @param {number} room @param {string | undefined} zone
 * @returns {Mark[]}
 */
export function marks(view, room, zone) {
  const step = STEPS.find((one) => (view.to - view.from) / one <= room) ?? 7 * DAY;
  const offset = zoneOffset(view.from, zone);
  const week = step === 7 * DAY ? 4 * DAY : 0; // 1970 began on a Thursday; weeks begin on Monday
  const found = [];
  for (let local = Math.ceil((view.from + offset - week) / step) * step + week; local - offset <= view.to; local += step) {
    found.push({ at: step >= HOUR ? fromLocal(local, zone) : local - offset, step });
  }
  return found;
}

/** Whether a new local day begins at the mark. @param {number} at @param {string | undefined} zone */
export function isMidnight(at, zone) {
  return mod(at + zoneOffset(at, zone), DAY) === 0;
}

/** @param {number} a @param {number} n */
function mod(a, n) {
  return ((a % n) + n) % n;
}
