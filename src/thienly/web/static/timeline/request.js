/** Which span of time to ask the server for. Without a browser. */

/** @typedef {import("./pieces.js").Answer} Answer */
/** @typedef {import("./scale.js").View} View */

const HOUR = 3_600_000;
const EXACT = 49 * HOUR; // up to here the server tells stretches
const AGAIN = 30_000; // how old an answer about the present may be
const MARGIN = 0.5; // of the view, asked for on either side

/**
 * The span to ask for, or null when what is known will do.
 * @param {View} view what is shown
 * @param {readonly Answer[]} known
 * @param {number} now
 * @param {number} latest nothing can be recorded behind it
 * @returns {View | null}
 */
export function missing(view, known, now, latest) {
  const to = Math.min(view.to, latest);
  const wide = view.to - view.from;
  const good = known.find(
    (answer) => answer.from <= view.from && answer.to >= to && fine(answer, wide) && !stale(answer, view, now),
  );
  return good || to <= view.from ? null : asked(view, latest);
}

/** Whether the answer is as fine as a new one would be. @param {Answer} answer @param {number} wide */
function fine(answer, wide) {
  return answer.exact || (wide * (1 + 2 * MARGIN) > EXACT && answer.step <= Math.max(wide / 300, 900_000));
}

/** Whether the present has moved on within what is shown. @param {Answer} answer @param {View} view @param {number} now */
export function stale(answer, view, now) {
  return now - answer.now > AGAIN && view.to > answer.now && answer.to > answer.now;
}

/** The view with a margin, narrow enough to be answered exactly where the view itself is. @param {View} view @param {number} latest @returns {View} */
export function asked(view, latest) {
  const width = view.to - view.from;
  const margin = width <= EXACT ? Math.min(width * MARGIN, (EXACT - width) / 2) : width * MARGIN;
  return { from: Math.floor(view.from - margin), to: Math.ceil(Math.min(view.to + margin, Math.max(latest, view.from + 1000))) };
}
