/** SHA-256 piece by piece, which WebCrypto cannot do, and SHA-512 for signatures (FIPS 180-4). */
import { view } from "./bytes.js";

const K256 = Int32Array.from(constants(64, 32), Number);
const K512 = constants(80, 64);

/** The first bits of the fractional parts of the cube roots of the first primes. @param {number} count @param {number} bits */
function constants(count, bits) {
  const found = [];
  for (let n = 2n; found.length < count; n += 1n) {
    if (isPrime(n)) found.push(root(n, 3n, BigInt(bits)));
  }
  return found;
}

/** @param {bigint} n */
function isPrime(n) {
  for (let d = 2n; d * d <= n; d += 1n) if (n % d === 0n) return false;
  return true;
}

/** Fraction of the `degree`-th root, in bits. @param {bigint} n @param {bigint} degree @param {bigint} bits */
function root(n, degree, bits) {
  const wanted = n << (bits * degree);
  let low = 0n;
  let high = (n + 1n) << bits;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** degree <= wanted) low = middle;
    else high = middle;
  }
  return low & ((1n << bits) - 1n);
}

/** @param {number} bits */
const initial = (bits) => [2n, 3n, 5n, 7n, 11n, 13n, 17n, 19n].map((prime) => root(prime, 2n, BigInt(bits)));
const H256 = Int32Array.from(initial(32), Number);
const H512 = initial(64);

export class Sha256 {
  constructor() {
    this.state = Int32Array.from(H256);
    this.words = new Int32Array(64);
    this.rest = new Uint8Array(64);
    this.waiting = 0;
    this.length = 0;
  }

  /** @param {Uint8Array} data */
  update(data) {
    this.length += data.length;
    let at = 0;
    if (this.waiting) {
      at = Math.min(64 - this.waiting, data.length);
      this.rest.set(data.subarray(0, at), this.waiting);
      this.waiting += at;
      if (this.waiting < 64) return this;
      this.waiting = 0;
      this.block(view(this.rest), 0);
    }
    const whole = view(data);
    for (; at + 64 <= data.length; at += 64) this.block(whole, at);
    this.rest.set(data.subarray(at));
    this.waiting = data.length - at;
    return this;
  }

  digest() {
    const bits = this.length * 8;
    const end = new Uint8Array(this.waiting < 56 ? 64 - this.waiting : 128 - this.waiting);
    end[0] = 0x80;
    view(end).setUint32(end.length - 8, Math.floor(bits / 2 ** 32));
    view(end).setUint32(end.length - 4, bits >>> 0);
    this.update(end);
    const out = new Uint8Array(32);
    this.state.forEach((word, at) => view(out).setInt32(at * 4, word));
    return out;
  }

  /** @param {DataView} data @param {number} at */
  block(data, at) {
    // The bounds are those of the standard: no check of each number, a hundred million times.
    const w = /** @type {any} */ (this.words);
    const k = /** @type {any} */ (K256);
    for (let i = 0; i < 16; i += 1) w[i] = data.getInt32(at + i * 4);
    for (let i = 16; i < 64; i += 1) {
      const x = w[i - 15] | 0;
      const y = w[i - 2] | 0;
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    const s = /** @type {any} */ (this.state);
    let a = s[0] | 0;
    let b = s[1] | 0;
    let c = s[2] | 0;
    let d = s[3] | 0;
    let e = s[4] | 0;
    let f = s[5] | 0;
    let g = s[6] | 0;
    let h = s[7] | 0;
    for (let i = 0; i < 64; i += 1) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + k[i] + w[i]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    s[0] += a;
    s[1] += b;
    s[2] += c;
    s[3] += d;
    s[4] += e;
    s[5] += f;
    s[6] += g;
    s[7] += h;
  }
}

/** @param {Uint8Array} data @returns {Promise<Uint8Array>} */
export async function sha256(data) {
  const subtle = globalThis.crypto?.subtle;
  if (!subtle || data.length < 256) return new Sha256().update(data).digest();
  return new Uint8Array(await subtle.digest("SHA-256", /** @type {BufferSource} */ (data)));
}

const MASK = (1n << 64n) - 1n;
/** @param {bigint} x @param {bigint} n */
const rotate = (x, n) => ((x >> n) | (x << (64n - n))) & MASK;

/** @param {Uint8Array} data a short text */
export function sha512(data) {
  const padded = new Uint8Array(Math.ceil((data.length + 17) / 128) * 128);
  padded.set(data);
  padded[data.length] = 0x80;
  view(padded).setBigUint64(padded.length - 8, BigInt(data.length) * 8n);
  let state = H512.slice();
  for (let at = 0; at < padded.length; at += 128) {
    /** @type {bigint[]} */
    const w = [];
    for (let i = 0; i < 16; i += 1) w.push(view(padded).getBigUint64(at + i * 8));
    for (let i = 16; i < 80; i += 1) {
      const x = /** @type {bigint} */ (w[i - 15]);
      const y = /** @type {bigint} */ (w[i - 2]);
      const s0 = rotate(x, 1n) ^ rotate(x, 8n) ^ (x >> 7n);
      const s1 = rotate(y, 19n) ^ rotate(y, 61n) ^ (y >> 6n);
      w.push((/** @type {bigint} */ (w[i - 16]) + s0 + /** @type {bigint} */ (w[i - 7]) + s1) & MASK);
    }
    let [a, b, c, d, e, f, g, h] = /** @type {[bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint]} */ (state);
    for (let i = 0; i < 80; i += 1) {
      const s1 = rotate(e, 14n) ^ rotate(e, 18n) ^ rotate(e, 41n);
      const t1 = (h + s1 + ((e & f) ^ (~e & MASK & g)) + /** @type {bigint} */ (K512[i]) + /** @type {bigint} */ (w[i])) & MASK;
      const t2 = ((rotate(a, 28n) ^ rotate(a, 34n) ^ rotate(a, 39n)) + ((a & b) ^ (a & c) ^ (b & c))) & MASK;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) & MASK, c, b, a, (t1 + t2) & MASK];
    }
    const mixed = [a, b, c, d, e, f, g, h];
    state = state.map((word, i) => (word + /** @type {bigint} */ (mixed[i])) & MASK);
  }
  const out = new Uint8Array(64);
  state.forEach((word, i) => view(out).setBigUint64(i * 8, word));
  return out;
}
