/** Sentences and times for people. */

/** 23/11/2026 14:20:05.120 @param {number} us @param {string} zone */
export function moment(us, zone) {
  let parts;
  try {
    parts = new Intl.DateTimeFormat("en-GB", { timeZone: zone, dateStyle: "short", timeStyle: "medium" }).formatToParts(new Date(Math.floor(us / 1000)));
  } catch {
    return new Date(Math.floor(us / 1000)).toISOString();
  }
  const get = (/** @type {string} */ type) => parts.find((part) => part.type === type)?.value ?? "";
  const milliseconds = String(Math.floor((us % 1_000_000) / 1000)).padStart(3, "0");
  return `${get("day")}/${get("month")}/${get("year")} ${get("hour")}:${get("minute")}:${get("second")}.${milliseconds}`;
}

/** From when until when, or at one moment. @param {number | null} from @param {number | null} until @param {string} zone */
export function span(from, until, zone) {
  if (from === null || until === null) return "";
  return from === until ? moment(from, zone) : `${moment(from, zone)} – ${moment(until, zone)}`;
}

/** @param {{kind: string, facts: Record<string, string>}} fault @param {Record<string, Record<string, string>>} words @param {string} language */
export function sentence(fault, words, language) {
  const text = words[fault.kind]?.[language] ?? fault.kind;
  return text.replace(/\{([a-z]+)\}/g, (_, name) => fault.facts[name] ?? "").trim();
}

/** One key a line: its id and when it was revoked (ISO 8601). @param {string} text @returns {Map<string, number>} */
export function revokedKeys(text) {
  const found = new Map();
  for (const line of text.split("\n")) {
    const [id, at] = (line.split("#")[0] ?? "").trim().split(/\s+/);
    if (!id) continue;
    const zoned = at && !/(?:Z|[+-]\d\d:?\d\d)$/.test(at) ? `${at.length === 10 ? `${at}T00:00:00` : at}Z` : at;
    const time = zoned ? Date.parse(zoned) : 0;
    if (Number.isNaN(time)) throw new RangeError(line);
    found.set(id.toLowerCase(), time * 1000);
  }
  return found;
}
