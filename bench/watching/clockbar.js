/** The burnt-in clock of simulated cameras, read from a canvas; the geometry is that of thienly/sim/clockbar.py. */

export function readClock(context, width, height) {
  const cell = width / 80;
  const top = Math.round((height * 43) / 45);
  const rows = Math.max(1, Math.floor(height / 90));
  const strip = context.getImageData(0, top + Math.floor(height / 180), width, rows).data;
  const level = (index) => {
    const left = Math.floor((1 + index) * cell + cell / 4);
    const right = Math.max(left + 1, Math.floor((1 + index) * cell + (cell * 3) / 4));
    let sum = 0;
    for (let y = 0; y < rows; y += 1) {
      for (let x = left; x < right; x += 1) {
        const at = (y * width + x) * 4;
        sum += 0.299 * strip[at] + 0.587 * strip[at + 1] + 0.114 * strip[at + 2];
      }
    }
    return sum / rows / (right - left);
  };
  const levels = Array.from({ length: 24 }, (_, index) => level(index));
  const white = (levels[0] + levels[23]) / 2;
  const black = (levels[1] + levels[22]) / 2;
  if (white - black < 40) return null;
  const bits = levels.map((one) => (one > (white + black) / 2 ? 1 : 0));
  const value = bits.slice(2, 18).reduce((sum, bit) => sum * 2 + bit, 0);
  const check = bits.slice(18, 22).reduce((sum, bit) => sum * 2 + bit, 0);
  const right = ((value ^ (value >> 4) ^ (value >> 8) ^ (value >> 12)) & 0xf) ^ 0b1010;
  return check === right ? value : null;
}
