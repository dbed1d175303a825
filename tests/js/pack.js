/** Binary frames as the gateway makes them. */

export function pack({ kind = 2, flags = 0, channel = 1, run = 0, seq = 0, segment = 0, start = 0, duration = 0, data = [] }) {
  const bytes = new Uint8Array(40 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 1);
  view.setUint8(1, kind);
  view.setUint8(2, flags);
  view.setUint16(4, channel);
  view.setUint16(6, run);
  view.setBigUint64(8, BigInt(seq));
  view.setBigUint64(16, BigInt(segment));
  view.setBigUint64(24, BigInt(start));
  view.setBigUint64(32, BigInt(duration));
  bytes.set(data, 40);
  return bytes.buffer;
}
