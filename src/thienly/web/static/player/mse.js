/** A media source that is fed in order and trimmed; it starts anew after an error. */

import { toDrop } from "./plan.js";

/**
 * @typedef {{mime: string} | {data: Uint8Array<ArrayBuffer>, offset: number} | {drop: {start: number, end: number}}} Task
 */

/** iPhones have ManagedMediaSource only. @returns {typeof MediaSource | null} */
function sourceClass() {
  const managed = /** @type {any} */ (globalThis).ManagedMediaSource;
  return managed ?? globalThis.MediaSource ?? null;
}

/** @param {string} mime */
export function canPlay(mime) {
  return sourceClass()?.isTypeSupported(mime) ?? false;
}

const TRIED = {
  avc1: 'video/mp4; codecs="avc1.640028"',
  hvc1: 'video/mp4; codecs="hvc1.1.6.L123.B0"',
  hev1: 'video/mp4; codecs="hev1.1.6.L123.B0"',
  mp4a: 'video/mp4; codecs="mp4a.40.2"',
  opus: 'video/mp4; codecs="opus"',
};

/** Beginnings of the codec names that this browser can play, as the stream protocol wants them. */
export function playable() {
  return Object.entries(TRIED)
    .filter(([, mime]) => canPlay(mime))
    .map(([codec]) => codec)
    .join(",");
}

export class MediaBuffer {
  /**
   * @param {HTMLVideoElement} video
   * @param {(why: string) => void} failed called once after an error that needs a restart
   * @param {() => void} appended called when more is buffered
   */
  constructor(video, failed, appended) {
    this._video = video;
    this._failed = failed;
    this._appended = appended;
    /** @type {Task[]} */
    this._tasks = [];
    /** @type {MediaSource | null} */
    this._source = null;
    /** @type {SourceBuffer | null} */
    this._buffer = null;
    this._mime = "";
    this._url = "";
    this._waiting = 0; // bytes in _tasks
    video.addEventListener("error", () => this._fail(video.error?.message || "media error"));
  }

  /** Announces the type of the bytes that follow. @param {string} mime */
  begin(mime) {
    if (!canPlay(mime)) return this._fail(`unsupported ${mime}`);
    if (!this._source) this._attach();
    this._tasks.push({ mime });
    this._work();
  }

  /** @param {Uint8Array<ArrayBuffer>} data @param {number} offset seconds */
  append(data, offset) {
    if (!this._source) return;
    this._tasks.push({ data, offset });
    this._waiting += data.byteLength;
    if (this._waiting > 64e6) return this._fail("the browser does not keep up");
    this._work();
  }

  /** Forgets everything that is buffered. */
  restart() {
    this._tasks = [];
    this._waiting = 0;
    const source = this._source;
    this._source = this._buffer = null;
    this._mime = "";
    if (!source) return;
    this._video.removeAttribute("src");
    this._video.load();
    URL.revokeObjectURL(this._url);
  }

  /** Drops what was shown more than `keep` seconds ago. @param {number} keep */
  trim(keep) {
    const drop = toDrop(this.ranges(), this._video.currentTime, keep);
    if (!drop || this._tasks.some((task) => "drop" in task)) return;
    this._tasks.push({ drop });
    this._work();
  }

  /** @returns {import("./plan.js").Range[]} */
  ranges() {
    const buffered = this._video.buffered;
    return Array.from({ length: buffered.length }, (_, i) => ({ start: buffered.start(i), end: buffered.end(i) }));
  }

  /** Whether everything that came has been taken in. */
  get isIdle() {
    return this._tasks.length === 0;
  }

  get isEmpty() {
    return this._video.buffered.length === 0;
  }

  _attach() {
    const Source = sourceClass();
    if (!Source) return this._fail("no media source");
    const source = new Source();
    this._source = source;
    this._video.disableRemotePlayback = true; // ManagedMediaSource opens only then
    this._url = URL.createObjectURL(source);
    source.addEventListener("sourceopen", () => this._work(), { once: true });
    this._video.src = this._url;
  }

  _work() {
    const source = this._source;
    if (!source || source.readyState !== "open" || this._buffer?.updating) return;
    const task = this._tasks.shift();
    if (!task) return;
    try {
      if ("mime" in task) this._setType(source, task.mime);
      else if ("drop" in task) this._buffer?.remove(task.drop.start, task.drop.end);
      else this._append(task.data, task.offset);
    } catch (error) {
      if (error instanceof DOMException && error.name === "QuotaExceededError" && "data" in task) {
        this._tasks.unshift(task);
        this._waiting += task.data.byteLength;
        return this._makeRoom();
      }
      return this._fail(String(error));
    }
    if (!this._buffer?.updating) this._work();
  }

  /** @param {MediaSource} source @param {string} mime */
  _setType(source, mime) {
    if (!this._buffer) {
      source.duration = Infinity; // live: the decoder then waits for nothing
      const buffer = source.addSourceBuffer(mime);
      buffer.mode = "segments";
      buffer.addEventListener("updateend", () => {
        if (this._buffer !== buffer) return;
        this._appended();
        this._work();
      });
      this._buffer = buffer;
    } else if (mime !== this._mime) {
      this._buffer.changeType(mime);
    }
    this._mime = mime;
  }

  /** @param {Uint8Array<ArrayBuffer>} data @param {number} offset */
  _append(data, offset) {
    const buffer = this._buffer;
    if (!buffer) return;
    this._waiting -= data.byteLength;
    if (buffer.timestampOffset !== offset) buffer.timestampOffset = offset;
    buffer.appendBuffer(data);
  }

  _makeRoom() {
    const start = this.ranges()[0]?.start ?? 0;
    const end = this._video.currentTime - 2;
    if (end > start) this._buffer?.remove(start, end);
    else this._fail("the buffer is full");
  }

  /** @param {string} why */
  _fail(why) {
    if (!this._source && this._tasks.length === 0 && !why.startsWith("unsupported")) return;
    this.restart();
    this._failed(why);
  }
}
