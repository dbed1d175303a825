/** One reconnecting WebSocket for the whole page; channels find their way by number. */

import { parseFrame } from "./frames.js";
import { ServerClock } from "./clock.js";
import { floats } from "./pip.js";

/**
 * @typedef {object} Channel
 * @property {() => void} open
 * @property {(event: import("./session.js").ServerEvent) => void} event
 * @property {(frame: import("./frames.js").Frame) => void} frame
 * @property {{mode: string}} [wish]
 */

const FIRST_WAIT = 500; // ms
const LONGEST_WAIT = 8000;
const PING_EVERY = 10_000;
/** A tab that nobody sees pulls live pictures for so long yet: who only looks something up comes back at once. */
const UNSEEN_FOR = 30_000; // ms
/** After these the server would only say the same again. */
const FINAL = new Set([4401, 4403]);

/** Events: `up`, `down` (detail: closing code), `over` (detail: closing code; no further attempt). */
export class StreamSocket extends EventTarget {
  /**
   * @param {string} url
   * @param {typeof WebSocket} Socket
   */
  constructor(url, Socket = WebSocket) {
    super();
    this.clock = new ServerClock();
    /** @type {Map<number, Channel>} */
    this._channels = new Map();
    this._next = 1;
    this._url = url;
    this._Socket = Socket;
    /** @type {WebSocket | null} */
    this._ws = null;
    this._wait = FIRST_WAIT;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this._timer = undefined;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this._ping = undefined;
    /** @type {Map<number, number>} */
    this._pings = new Map();
    this._pinged = 0;
    this.over = 0;
    this.resting = false;
  }

  /**
   * Hangs up until `wake`, unless something is being played back, whose place would be lost.
   * @param {boolean} [always] whatever is being played
   */
  rest(always = false) {
    if (!always && [...this._channels.values()].some((channel) => channel.wish?.mode === "play")) return;
    this.resting = true;
    const up = this._ws !== null;
    this._hangUp();
    if (up) this.dispatchEvent(new CustomEvent("down", { detail: 1000 }));
  }

  wake() {
    if (!this.resting) return;
    this.resting = false;
    this.over = 0; // what ended meanwhile may have begun again: a session that was locked
    this._wait = FIRST_WAIT;
    if (this._channels.size > 0) this._connect();
  }

  /** A channel number not in use. */
  number() {
    while (this._channels.has(this._next)) this._next = (this._next % 65535) + 1;
    const number = this._next;
    this._next = (this._next % 65535) + 1;
    return number;
  }

  /** @param {number} number @param {Channel} channel */
  join(number, channel) {
    this._channels.set(number, channel);
    if (this.isUp) channel.open();
    else this._connect();
  }

  /** @param {number} number */
  leave(number) {
    this._channels.delete(number);
    if (this._channels.size === 0) this._hangUp();
  }

  get isUp() {
    return this._ws !== null && this._ws.readyState === 1;
  }

  /** Lost when the socket is down: each channel asks anew when it is up again. @param {object} command */
  send(command) {
    if (this.isUp) this._ws?.send(JSON.stringify(command));
  }

  _connect() {
    if (this._ws || this._timer !== undefined || this.over || this.resting) return;
    const ws = new this._Socket(this._url);
    ws.binaryType = "arraybuffer";
    this._ws = ws;
    ws.onopen = () => {
      this._wait = FIRST_WAIT;
      this._sendPing();
      this._ping = setInterval(() => this._sendPing(), PING_EVERY);
      for (const channel of [...this._channels.values()]) channel.open();
      this.dispatchEvent(new CustomEvent("up"));
    };
    ws.onmessage = (message) => this._heard(message.data);
    ws.onclose = (closing) => this._closed(ws, closing.code);
  }

  _sendPing() {
    this._pinged += 1;
    this._pings.clear();
    this._pings.set(this._pinged, Date.now());
    this.send({ op: "ping", n: this._pinged });
  }

  /** @param {string | ArrayBuffer} data */
  _heard(data) {
    if (typeof data !== "string") {
      const frame = parseFrame(data);
      this._channels.get(frame.channel)?.frame(frame);
      return;
    }
    const event = JSON.parse(data);
    if (event.ev === "pong") {
      const sent = this._pings.get(event.n);
      if (sent !== undefined) this.clock.heard(sent, event.server_us);
    } else if (event.ch !== undefined) {
      this._channels.get(event.ch)?.event(event);
    }
  }

  /** @param {WebSocket} ws @param {number} code */
  _closed(ws, code) {
    if (this._ws !== ws) return;
    this._ws = null;
    clearInterval(this._ping);
    if (FINAL.has(code)) {
      this.over = code;
      this.dispatchEvent(new CustomEvent("over", { detail: code }));
      return;
    }
    this.dispatchEvent(new CustomEvent("down", { detail: code }));
    if (this._channels.size === 0) return;
    // Jitter: after a restart of the gateway a whole province comes back.
    const wait = this._wait * (0.5 + Math.random());
    this._wait = Math.min(this._wait * 2, LONGEST_WAIT);
    this._timer = setTimeout(() => {
      this._timer = undefined;
      this._connect();
    }, wait);
  }

  _hangUp() {
    clearTimeout(this._timer);
    this._timer = undefined;
    clearInterval(this._ping);
    const ws = this._ws;
    this._ws = null;
    ws?.close(1000);
  }
}

/** @type {StreamSocket | null} */
let shared = null;

/** The page's one socket. */
export function pageSocket() {
  if (!shared) {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    shared = new StreamSocket(`${scheme}//${location.host}/stream`);
    restUnseen(shared);
  }
  return shared;
}

/** @param {StreamSocket} socket */
function restUnseen(socket) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let unseen;
  let locked = false;
  const wake = () => locked || socket.wake();
  document.addEventListener("lock", () => {
    locked = true;
    socket.rest(true);
  });
  document.addEventListener("unlock", () => {
    locked = false;
    if (!document.hidden) socket.wake();
  });
  document.addEventListener("visibilitychange", () => {
    clearTimeout(unseen);
    if (!document.hidden) wake();
    else unseen = setTimeout(() => (floats() ? undefined : socket.rest()), UNSEEN_FOR);
  });
  // A page with an open socket is not kept when it is left; one that has hung up comes back as it was.
  addEventListener("pagehide", () => socket.rest());
  addEventListener("pageshow", wake);
}
