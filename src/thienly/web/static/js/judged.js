/** What the measurements of a viewing machine mean. Without a browser. */

/** @typedef {"good" | "info" | "warn" | "bad"} State */

export const SMALL = 0.6; // Mbit/s of a second stream
export const LARGE = 4; // of a main stream
const CLOCK = 2; // s, as for cameras

/** @param {number} mbit a second @returns {{state: State, small: number, large: number}} how many pictures it carries */
export function line(mbit) {
  const usable = mbit * 0.8;
  return { state: mbit < SMALL ? "bad" : usable < 2 * LARGE ? "warn" : "good", small: Math.min(99, Math.floor(usable / SMALL)), large: Math.min(99, Math.floor(usable / LARGE)) };
}

/** @param {number} ms there and back @returns {State} */
export function latency(ms) {
  return ms > 1000 ? "bad" : ms > 250 ? "warn" : "good";
}

/** @param {number} seconds how far the machine's clock is before the server's @returns {State} */
export function clock(seconds) {
  return Math.abs(seconds) > CLOCK ? "warn" : "good";
}

/** @param {{supported: boolean, smooth: boolean, powerEfficient: boolean} | null} told by the browser @returns {State} */
export function power(told) {
  if (!told?.supported) return "info";
  return told.smooth ? (told.powerEfficient ? "good" : "info") : "warn";
}

/** The worst of all. @param {readonly State[]} states @returns {State} */
export function sum(states) {
  for (const state of /** @type {State[]} */ (["bad", "warn"])) if (states.includes(state)) return state;
  return "good";
}

/** Name and version of a browser, of its own description. @param {string} agent */
export function browserName(agent) {
  for (const [pattern, name] of /** @type {[RegExp, string][]} */ ([
    [/Edg\/(\d+)/, "Edge"],
    [/coc_coc_browser\/(\d+)/, "Cốc Cốc"],
    [/OPR\/(\d+)/, "Opera"],
    [/Firefox\/(\d+)/, "Firefox"],
    [/Chrom(?:e|ium)\/(\d+)/, "Chrome"],
    [/Version\/(\d+(?:\.\d+)?).*Safari/, "Safari"],
  ])) {
    const found = pattern.exec(agent);
    if (found) return `${name} ${found[1]}`;
  }
  return agent.slice(0, 60);
}
