/** Keeping one picture: drawn with its watermark, and handed out only after history has it. */

import { paintWatermark } from "./watermark.js";

const PATIENCE = 10_000; // ms

/** The picture that stands, with the watermark burnt in. @param {HTMLVideoElement} video @param {string} mark */
export function drawn(video, mark) {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no picture");
  context.drawImage(video, 0, 0);
  paintWatermark(context, canvas.width, canvas.height, mark, 0.28);
  return canvas;
}

/** The questions of one channel that wait for their answers. */
export class Snapshots {
  /** @param {number} channel @param {(command: object) => void} send */
  constructor(channel, send) {
    this._channel = channel;
    this._send = send;
    this._id = 0;
    /** @type {Map<number, (ok: boolean) => void>} */
    this._waiting = new Map();
  }

  /** @param {number} wall Unix milliseconds @throws {Error} `refused` */
  async ask(wall) {
    const id = ++this._id;
    /** @type {boolean} */
    const ok = await new Promise((resolve) => {
      this._waiting.set(id, resolve);
      setTimeout(() => resolve(false), PATIENCE);
      this._send({ op: "snapshot", ch: this._channel, id, at_us: Math.round(wall * 1000) });
    });
    this._waiting.delete(id);
    if (!ok) throw new Error("refused");
  }

  /** @param {import("./session.js").ServerEvent} event */
  answered(event) {
    this._waiting.get(event.id)?.(event.ok);
  }
}
