/** Decisions about the buffer, without a browser: how fast to run, where to jump, what to drop, what to ask for. */

/**
 * @typedef {{start: number, end: number}} Range seconds on the media axis
 * @typedef {{rate: number, seek: number | null}} Pace
 */

/** How far behind the newest frame a live picture should run, seconds. */
export const LIVE_TARGET = 0.15;
const LIVE_HURRY = 0.3;
const LIVE_JUMP = 1.0;
const AHEAD = 12; // seconds of playback to hold ready at normal speed
const MOST_ASKED = 4; // fragments on their way

/**
 * Keeps a live picture near its edge: nudges the speed, jumps when it is far behind.
 * @param {number} edge newest buffered time
 * @param {number} now  time shown
 * @returns {Pace}
 */
export function livePace(edge, now) {
  const behind = edge - now;
  if (behind > LIVE_JUMP || behind < -0.05) return { rate: 1, seek: Math.max(0, edge - LIVE_TARGET) };
  if (behind > LIVE_HURRY) return { rate: 1.15, seek: null };
  if (behind > LIVE_TARGET + 0.05) return { rate: 1.04, seek: null };
  if (behind < 0.04) return { rate: 0.96, seek: null };
  return { rate: 1, seek: null };
}

/** The second stream of most cameras, until one is known better. */
const USUAL_SUB = 640;

/**
 * The stream for a picture so many device pixels wide. Between the two bounds everything stays as it is, so that
 * a window that is being resized does not go to and fro.
 * @param {number} width    device pixels
 * @param {number} subWidth of the second stream, 0 while unknown
 * @param {"main" | "sub"} now
 * @returns {"main" | "sub"}
 */
export function streamFor(width, subWidth, now) {
  const sub = subWidth || USUAL_SUB;
  if (width <= sub * 1.25) return "sub";
  if (width >= sub * 1.5) return "main";
  return now;
}

/**
 * Where playback goes on when nothing is buffered at `now`: the start of the next range, or null.
 * @param {readonly Range[]} ranges
 * @param {number} now
 * @returns {number | null}
 */
export function jumpOverHole(ranges, now) {
  for (const range of ranges) {
    if (now >= range.start - 0.05 && now < range.end - 0.05) return null;
    if (range.start > now) return range.start + 0.001;
  }
  return null;
}

/**
 * Seconds ready in front of `now`, over all ranges: holes count for nothing.
 * @param {readonly Range[]} ranges
 * @param {number} now
 */
export function ready(ranges, now) {
  let sum = 0;
  for (const range of ranges) sum += Math.max(0, range.end - Math.max(range.start, now));
  return sum;
}

/**
 * How many fragments of playback to ask for.
 * @param {number} readySeconds
 * @param {number} speed
 * @param {number} asked fragments asked for and not yet here
 */
export function creditWanted(readySeconds, speed, asked) {
  const goal = AHEAD * Math.max(1, speed);
  if (readySeconds >= goal) return 0;
  return Math.max(0, MOST_ASKED * Math.ceil(Math.max(1, speed) / 2) - asked);
}

/** Whether only key frames are asked for: at such a speed no browser decodes every picture. @param {number} speed */
export function keysOnly(speed) {
  return speed >= 8;
}

/**
 * What may go: everything that ended more than `keep` seconds before `now`.
 * @param {readonly Range[]} ranges
 * @param {number} now
 * @param {number} keep
 * @returns {Range | null}
 */
export function toDrop(ranges, now, keep) {
  const first = ranges[0];
  const end = now - keep;
  // In pieces of at least 5 s: each removal costs the decoder a pass over its buffer.
  return first && end - first.start > 5 ? { start: first.start, end } : null;
}

/**
 * A time at which the frame before or after is shown; negative before the beginning of the axis.
 * @param {number} shown begin of the frame that is shown
 * @param {1 | -1} step
 * @param {number} fps
 */
export function stepTime(shown, step, fps) {
  // The middle of the frame: on its edge, rounding would decide which one is shown.
  return shown + (step + 0.5) / (fps > 0 ? fps : 25);
}
