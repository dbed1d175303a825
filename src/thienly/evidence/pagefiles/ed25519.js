/** Ed25519 (RFC 8032): by WebCrypto, and in plain script where a browser has none. */
import { same } from "./bytes.js";
import { sha512 } from "./sha.js";

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;
const I = power(2n, (P - 1n) / 4n);
/** @typedef {[bigint, bigint, bigint, bigint]} Point extended coordinates */

/** @param {bigint} n */
const mod = (n) => ((n % P) + P) % P;

/** @param {bigint} base @param {bigint} exponent */
function power(base, exponent) {
  let result = 1n;
  for (let b = base, e = exponent; e > 0n; e >>= 1n, b = (b * b) % P) if (e & 1n) result = (result * b) % P;
  return result;
}

/** Section 5.1.4. @param {Point} p @param {Point} q @returns {Point} */
function add([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = mod((y1 - x1) * (y2 - x2));
  const b = mod((y1 + x1) * (y2 + x2));
  const c = mod(2n * t1 * D * t2);
  const d = mod(2n * z1 * z2);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

/** @param {Point} point @param {bigint} times @returns {Point} */
function multiply(point, times) {
  /** @type {Point} */
  let result = [0n, 1n, 1n, 0n];
  for (let p = point, n = times; n > 0n; n >>= 1n, p = add(p, p)) if (n & 1n) result = add(result, p);
  return result;
}

/** @param {Uint8Array} bytes little-endian */
const number = (bytes) => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

/** Section 5.1.3. @param {Uint8Array} bytes @returns {Point | null} */
function point(bytes) {
  const sign = number(bytes) >> 255n;
  const y = number(bytes) & ((1n << 255n) - 1n);
  if (y >= P) return null;
  const u = mod(y * y - 1n);
  const v = mod(D * y * y + 1n);
  let x = mod(u * power(v, 3n) * power(mod(u * power(v, 7n)), (P - 5n) / 8n));
  if (mod(v * x * x) === mod(-u)) x = mod(x * I);
  if (mod(v * x * x) !== u || (x === 0n && sign)) return null;
  if ((x & 1n) !== sign) x = P - x;
  return [x, y, 1n, mod(x * y)];
}

/** @param {Point} p */
function encoded([x, y, z]) {
  const inverse = power(z, P - 2n);
  let n = mod(y * inverse) | ((mod(x * inverse) & 1n) << 255n);
  return Uint8Array.from({ length: 32 }, () => {
    const byte = Number(n & 255n);
    n >>= 8n;
    return byte;
  });
}

const BASE = /** @type {Point} */ (point(Uint8Array.from({ length: 32 }, (_, at) => (at ? 0x66 : 0x58))));

/** Section 5.1.7. @param {Uint8Array} key @param {Uint8Array} signature @param {Uint8Array} message */
export function verifyPlain(key, signature, message) {
  const s = number(signature.subarray(32));
  const a = key.length === 32 && signature.length === 64 ? point(key) : null;
  if (!a || s >= L) return false;
  const joined = new Uint8Array(64 + message.length);
  joined.set(signature.subarray(0, 32));
  joined.set(key, 32);
  joined.set(message, 64);
  const k = number(sha512(joined)) % L;
  const minus = /** @type {Point} */ ([mod(-a[0]), a[1], a[2], mod(-a[3])]);
  return same(encoded(add(multiply(BASE, s), multiply(minus, k))), signature.subarray(0, 32));
}

/** @param {Uint8Array} key @param {Uint8Array} signature @param {Uint8Array} message @returns {Promise<boolean>} */
export async function verifySignature(key, signature, message) {
  const subtle = globalThis.crypto?.subtle;
  if (subtle) {
    try {
      const imported = await subtle.importKey("raw", /** @type {BufferSource} */ (key), "Ed25519", false, ["verify"]);
      return await subtle.verify("Ed25519", imported, /** @type {BufferSource} */ (signature), /** @type {BufferSource} */ (message));
    } catch {
      // This browser has no Ed25519, or takes the key for none: the plain way knows.
    }
  }
  return verifyPlain(key, signature, message);
}
