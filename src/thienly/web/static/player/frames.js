/** Binary frames of the stream protocol (docs/stream-protocol.md). */

export const INIT = 1;
export const MEDIA = 2;
const HEADER = 40;

/**
 * @typedef {object} Frame
 * @property {1 | 2} kind            INIT or MEDIA
 * @property {boolean} key           begins with a key frame
 * @property {boolean} discontinuity does not follow the frame before it
 * @property {number} channel
 * @property {number} run
 * @property {number} seq
 * @property {number} segmentUs      time of media time 0, Unix microseconds
 * @property {number} startUs        time of the first video frame, Unix microseconds
 * @property {number} durationUs
 * @property {Uint8Array<ArrayBuffer>} data fMP4 bytes, a view into the message
 */

/**
 * @param {ArrayBuffer} message
 * @returns {Frame}
 * @throws {RangeError} when the message is no frame of version 1
 */
export function parseFrame(message) {
  if (message.byteLength < HEADER) throw new RangeError("frame too short");
  const view = new DataView(message);
  const kind = view.getUint8(1);
  if (view.getUint8(0) !== 1 || (kind !== INIT && kind !== MEDIA)) throw new RangeError("not a frame");
  const flags = view.getUint8(2);
  return {
    kind,
    key: (flags & 1) !== 0,
    discontinuity: (flags & 2) !== 0,
    channel: view.getUint16(4),
    run: view.getUint16(6),
    // Microseconds since 1970 stay below 2^53 until the year 2255.
    seq: Number(view.getBigUint64(8)),
    segmentUs: Number(view.getBigUint64(16)),
    startUs: Number(view.getBigUint64(24)),
    durationUs: Number(view.getBigUint64(32)),
    data: new Uint8Array(message, HEADER),
  };
}
