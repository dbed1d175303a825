/** Several pictures on one clock: what each must do now, and what the clock itself may do. Without a browser. */

/**
 * @typedef {{start: number, end: number}} Buffered Unix milliseconds
 * @typedef {"showing" | "hole" | "waiting"} State
 * @typedef {object} Picture
 * @property {number | null} shown the moment shown, Unix milliseconds; null: nothing yet
 * @property {readonly Buffered[]} ranges
 * @property {{from: number, to: number | null} | null} hole a time without recording that the server told of
 * @typedef {{state: State, rate: number, seek: number | null}} Pace rate 0: stand still
 */

const FRAME = 40; // ms
const CLOSE = 25; // ms of drift that nobody sees
const FAR = 600; // ms: catching up would take too long
const HURRY = 0.15; // of the speed, at most
const EDGE = 60; // ms: ranges begin and end where frames do

/**
 * @param {Picture} picture @param {number} clock Unix milliseconds @param {number} speed @param {boolean} still the clock stands
 * @returns {Pace}
 */
export function pace(picture, clock, speed, still) {
  const here = picture.ranges.some((range) => clock >= range.start - EDGE && clock < range.end);
  if (!here || picture.shown === null) {
    const known = picture.hole && clock >= picture.hole.from - EDGE && (picture.hole.to === null || clock < picture.hole.to);
    return { state: known ? "hole" : "waiting", rate: 0, seek: null };
  }
  const drift = picture.shown - clock;
  if (still) return { state: "showing", rate: 0, seek: Math.abs(drift) > FRAME / 2 ? clock : null };
  if (Math.abs(drift) > FAR * Math.max(1, speed)) return { state: "showing", rate: speed, seek: clock };
  if (Math.abs(drift) <= CLOSE * Math.max(1, speed)) return { state: "showing", rate: speed, seek: null };
  const hurry = Math.max(-HURRY, Math.min(HURRY, -drift / 1000 / Math.max(1, speed)));
  return { state: "showing", rate: speed * (1 + hurry), seek: null };
}

/**
 * Whether the clock runs, stands until somebody has a picture, or leaps over a time in which nobody has one.
 * One slow picture stops nobody.
 * @param {readonly State[]} states
 * @param {readonly Picture[]} pictures
 * @param {number} clock
 * @param {boolean} starting all are given the chance to begin together
 * @returns {"run" | "stand" | number} a number: the moment to leap to
 */
export function clockMay(states, pictures, clock, starting) {
  if (starting && states.includes("waiting")) return "stand";
  if (states.includes("showing")) return "run";
  if (states.includes("waiting") || states.length === 0) return "stand";
  const next = pictures.flatMap((picture) => [...picture.ranges.map((range) => range.start), picture.hole?.to ?? Infinity]).filter((start) => start > clock);
  const earliest = Math.min(...next);
  return Number.isFinite(earliest) ? earliest : "stand";
}
