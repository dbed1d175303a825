/**
 * What GPAC's mp4box.js finds in files: `node gpac_reader.mjs FILE…` prints a JSON object a file.
 *
 * `boxes`: type and size of each at the top; `said`: its warnings and errors, also about a box of which it does not know
 * the kind, and about one that is longer or shorter than what it holds; `tracks`: what is described, and every sample.
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createFile, Log } from "mp4box";

let said = [];
console.warn = console.error = (_time, module, text) => said.push(`${module} ${text}`);
Log.setLogLevel(Log.warn);

/** @param {string} path */
function read(path) {
  const bytes = readFileSync(path);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  buffer.fileStart = 0;
  said = [];
  const file = createFile(true); // keep what the samples hold
  file.onError = (module, text) => said.push(`${module} ${text}`);
  let tracks = [];
  file.onReady = (info) => {
    tracks = info.tracks.map((track) => ({ id: track.id, codec: track.codec, timescale: track.timescale, samples: [] }));
    for (const track of tracks) file.setExtractionOptions(track.id, track, { nbSamples: 1 });
    file.start();
  };
  file.onSamples = (_id, track, samples) => {
    for (const { dts, cts, duration, data, is_sync } of samples) {
      const sha256 = createHash("sha256").update(data).digest("hex");
      track.samples.push({ dts, cts, duration, sha256, key: is_sync });
    }
  };
  file.appendBuffer(buffer);
  file.flush();
  return { boxes: file.boxes.map((box) => [box.type, box.size]), said, tracks };
}

for (const path of process.argv.slice(2)) console.log(JSON.stringify(read(path)));
