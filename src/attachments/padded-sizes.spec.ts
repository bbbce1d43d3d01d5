import { isPaddedSize, LARGEST_SIZE, paddedSize, SMALLEST_SIZE } from './padded-sizes.js';

const KiB = 1024;
const MiB = 1024 * KiB;

describe('padded sizes', () => {
  it.each([
    [0, 16 * KiB],
    [1, 16 * KiB],
    [16 * KiB, 16 * KiB],
    [16 * KiB + 1, 32 * KiB],
    [MiB - 1, MiB],
    [MiB, MiB],
    [MiB + 1, MiB + 32 * KiB],
    [2 * MiB - 1, 2 * MiB],
    [2 * MiB + 1, 2 * MiB + 64 * KiB],
    [64 * MiB + 1, 66 * MiB],
    [100 * MiB + 1, 102 * MiB],
  ])('pad %d bytes to %d', (bytes, padded) => {
    expect(paddedSize(bytes)).toBe(padded);
  });

  it('keep the upper bits that Padmé keeps', () => {
    // As in the paper: the last E - S bits are zero, where E = floor(log2 L) and S = floor(log2 E) + 1.
    for (let bytes = MiB + 1; bytes <= LARGEST_SIZE; bytes += 7_919) {
      const e = BigInt(Math.floor(Math.log2(bytes)));
      const lastBits = e - BigInt(Math.floor(Math.log2(Number(e))) + 1);
      const mask = (1n << lastBits) - 1n;
      expect(BigInt(paddedSize(bytes))).toBe((BigInt(bytes) + mask) & ~mask);
    }
  });

  it('are 218, and nothing between them is one', () => {
    const sizes: number[] = [];
    for (let size = SMALLEST_SIZE; size <= LARGEST_SIZE; size = paddedSize(size + 1)) sizes.push(size);
    expect(sizes).toHaveLength(218);
    expect(sizes.every(isPaddedSize)).toBe(true);
    for (const size of sizes) expect([size - 1, size + 1].some(isPaddedSize)).toBe(false);
    expect([-1, 0, 8 * KiB, 0.5, NaN, 104 * MiB, 2 ** 31 - 1].some(isPaddedSize)).toBe(false);
  });

  it('leave room for 100 MiB and the tags of its chunks', () => {
    const chunks = LARGEST_SIZE / (64 * KiB);
    expect(LARGEST_SIZE - chunks * 16).toBeGreaterThan(100 * MiB);
    expect(paddedSize(100 * MiB + Math.ceil((100 * MiB) / (64 * KiB - 16)) * 16 + 1)).toBe(LARGEST_SIZE);
  });
});
