/** The verifier that stands in every package, on the package that is kept, without a browser. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { canonical, hex, unhex, utf8 } from "../../src/thienly/evidence/pagefiles/bytes.js";
import { openZip } from "../../src/thienly/evidence/pagefiles/container.js";
import { verifyPlain, verifySignature } from "../../src/thienly/evidence/pagefiles/ed25519.js";
import { Sha256, sha256, sha512 } from "../../src/thienly/evidence/pagefiles/sha.js";
import { moment, revokedKeys, sentence } from "../../src/thienly/evidence/pagefiles/text.js";
import { verifyPackage } from "../../src/thienly/evidence/pagefiles/verify.js";

const SAMPLE = readFileSync(new URL("../samples/evidence-v1.zip", import.meta.url));
const WORDS = JSON.parse(readFileSync(new URL("../../src/thienly/evidence/words.json", import.meta.url), "utf8"));
const verdict = (/** @type {Uint8Array} */ bytes) => verifyPackage(() => openZip(new Blob([bytes])));

/** RFC 8032 section 7.1: key, message, signature. */
const VECTORS = [
  ["d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "", "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"],
  ["3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72", "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"],
  ["fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82", "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"],
  ["ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f", "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"],
];

test("signatures of RFC 8032 verify, with WebCrypto and without", async () => {
  for (const [key, message, signature] of VECTORS) {
    const told = [unhex(key), unhex(signature), unhex(message)];
    assert.ok(verifyPlain(...told));
    assert.ok(await verifySignature(...told));
  }
});

test("a signature with any byte changed, of another key or message does not", () => {
  const [key, message, signature] = VECTORS[2].map(unhex);
  for (let at = 0; at < 64; at += 7) {
    const changed = signature.slice();
    changed[at] ^= 4;
    assert.equal(verifyPlain(key, changed, message), false);
  }
  assert.equal(verifyPlain(unhex(VECTORS[0][0]), signature, message), false);
  assert.equal(verifyPlain(key, signature, utf8("b")), false);
  assert.equal(verifyPlain(key, signature.subarray(1), message), false);
});

test("a second spelling of a signature, by adding the order of the group, is refused", () => {
  const [key, message, signature] = VECTORS[1].map(unhex);
  let s = signature.subarray(32).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n) + 2n ** 252n + 27742317777372353535851937790883648493n;
  const twin = signature.slice();
  for (let at = 32; at < 64; at += 1, s >>= 8n) twin[at] = Number(s & 255n);
  assert.equal(verifyPlain(key, twin, message), false);
});

test("hashes are those of the standard, in one piece and in many", async () => {
  const data = Uint8Array.from({ length: 1000 }, (_, at) => at % 251);
  const wanted = hex(new Uint8Array(await crypto.subtle.digest("SHA-256", data)));
  for (const size of [1, 55, 56, 63, 64, 65, 999, 1000]) {
    const sum = new Sha256();
    for (let at = 0; at < data.length; at += size) sum.update(data.subarray(at, at + size));
    assert.equal(hex(sum.digest()), wanted);
  }
  for (const length of [0, 3, 55, 64, 111, 112, 128, 1000]) {
    const part = data.subarray(0, length);
    assert.equal(hex(await sha256(part)), hex(new Uint8Array(await crypto.subtle.digest("SHA-256", part))));
    assert.equal(hex(sha512(part)), hex(new Uint8Array(await crypto.subtle.digest("SHA-512", part))));
  }
});

test("the first version's package is genuine, also where WebCrypto has no Ed25519", async () => {
  const report = await verdict(SAMPLE);
  assert.deepEqual([report.faults, report.genuine, report.rows, report.clips.length], [[], true, 2, 3]);
  const original = crypto.subtle.importKey;
  crypto.subtle.importKey = () => Promise.reject(new Error("not supported"));
  try {
    assert.deepEqual((await verdict(SAMPLE)).faults, []);
  } finally {
    crypto.subtle.importKey = original;
  }
});

test("a flipped bit anywhere is found", async () => {
  for (let at = 5; at < SAMPLE.length; at += 2999) {
    const changed = Uint8Array.from(SAMPLE);
    changed[at] ^= 1 << (at % 8);
    const { faults } = await verdict(changed);
    assert.ok(faults.length, `byte ${at}`);
    for (const one of faults) assert.ok(WORDS[one.kind] && !sentence(one, WORDS, "vi").includes("{"));
  }
});

test("the one form of a value orders keys as their code points stand", () => {
  assert.equal(canonical({ "𝄞": 1, "￼": [true, null, "\u2028\u0001\""], a: {} }), '{"a":{},"￼":[true,null,"\u2028\\u0001\\""],"𝄞":1}');
  assert.throws(() => canonical({ a: 0.5 }));
});

test("times are said as they are written in Viet Nam, and keys are read with their times", () => {
  assert.equal(moment(1_800_000_005_120_000, "Asia/Ho_Chi_Minh"), "15/01/2027 15:00:05.120");
  assert.deepEqual([...revokedKeys("AB12 2027-01-15T15:00:00+07:00 # lost\n\ncd 2027-01-15\nef")], [["ab12", 1_800_000_000_000_000], ["cd", 1_799_971_200_000_000], ["ef", 0]]);
  assert.throws(() => revokedKeys("ab hôm qua"));
});
