/** The rows of history in a package (core/ledger/evidence_check.py). Throws an Error that says what is wrong. */
import { canonical, concat, fromUtf8, hex, unhex, utf8 } from "./bytes.js";
import { verifySignature } from "./ed25519.js";
import { must, rootByPath } from "./proof.js";
import { Sha256 } from "./sha.js";

/** @param {Uint8Array} data @param {Uint8Array} key raw @returns {Promise<number>} how many rows, all genuine */
export async function checkHistory(data, key) {
  const lines = split(data).map((raw, at) => ({ number: at + 1, raw, value: parsed(raw) }));
  const statement = await head(lines, key);
  const expected = /** @type {number[][]} */ (statement.rows).flatMap(([first = 0, last = -1]) => Array.from({ length: last - first + 1 }, (_, at) => first + at));
  let rows = 0;
  for (const line of lines.slice(2)) {
    await checkRow(line, expected[rows] ?? 0, statement.tree);
    rows += 1;
  }
  if (rows < expected.length) throw wrong("missing", expected[rows]);
  return rows;
}

/** @param {string} problem @param {number} [row] */
const wrong = (problem, row = 0) => new Error(row ? `${problem} (row ${row})` : problem);

/** @param {Uint8Array} data @returns {Uint8Array[]} */
function split(data) {
  const lines = [];
  let begin = 0;
  for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10, begin)) {
    lines.push(data.subarray(begin, end + 1));
    begin = end + 1;
  }
  if (begin < data.length) lines.push(data.subarray(begin));
  return lines;
}

/** @typedef {{number: number, raw: Uint8Array, value: any}} Line */
/** @param {Uint8Array} raw */
function parsed(raw) {
  try {
    return JSON.parse(fromUtf8(raw));
  } catch {
    return null;
  }
}

/** @param {Line | undefined} line */
function whole(line) {
  try {
    return Boolean(line && line.value !== null && hex(utf8(`${canonical(line.value)}\n`)) === hex(line.raw));
  } catch {
    return false;
  }
}

/** @param {Line[]} lines @param {Uint8Array} key @returns {Promise<any>} */
async function head(lines, key) {
  const [first, second] = lines;
  let statement;
  try {
    statement = first?.value.statement;
    must(statement.format === "thienly-ledger-export/1" && whole(first) && whole(second));
    unhex(statement.public_key);
    must(typeof statement.public_key === "string" && statement.public_key.length === 64);
  } catch {
    throw wrong("statement altered");
  }
  if (statement.public_key !== hex(key)) throw wrong("signed with another key than the one given");
  try {
    must(await verifySignature(key, unhex(second?.value.signature), utf8(`thienly/ledger-export/1\n${canonical(statement)}`)));
    const { seq, at, hash, key_id, signature } = statement.checkpoint;
    must(await verifySignature(key, unhex(signature), utf8(`thienly/ledger-checkpoint/1\n${canonical({ seq, at, hash, key_id })}`)));
    must(seq === statement.tree.size);
  } catch {
    throw wrong("statement altered");
  }
  return statement;
}

/** @param {Line} line @param {number} expected @param {{size: number, root: string}} tree */
async function checkRow(line, expected, tree) {
  const { entry, path } = line.value ?? {};
  const formed = Number.isSafeInteger(entry?.seq) && typeof entry?.hash === "string" && Array.isArray(path) && Object.keys(line.value).length === 2;
  if (!formed) throw wrong(expected ? "altered" : "inserted", expected || line.number - 2);
  let genuine = false;
  try {
    const { hash, ...rest } = entry;
    const own = new Sha256().update(concat(utf8("thienly/ledger-entry/1\n"), utf8(canonical(rest)))).digest();
    genuine = whole(line) && hex(own) === hash && hex(await rootByPath(own, entry.seq - 1, tree.size, path.map(unhex))) === tree.root;
  } catch {
    genuine = false;
  }
  if (!genuine) throw wrong(expected ? "altered" : "inserted", expected || entry.seq);
  if (!expected || entry.seq < expected) throw wrong("inserted", entry.seq);
  if (entry.seq > expected) throw wrong("missing", expected);
}
