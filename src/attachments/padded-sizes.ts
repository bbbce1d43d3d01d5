const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

export const SMALLEST_SIZE = 16 * KIBIBYTE;
const POWERS_OF_TWO_UP_TO = MEBIBYTE;
/** 100 MiB of payload, sealed in chunks of 64 KiB, need a little more than 100 MiB: this is the next padded size. */
export const LARGEST_SIZE = 102 * MEBIBYTE;

/**
 * The padded size of so many bytes: the next power of two up to 1 MiB, and above it Padmé (Nikitin et al., "Reducing
 * Metadata Leakage from Encrypted Files and Communication with PURBs", 2019), which adds 3 % at most here.
 */
export function paddedSize(bytes: number): number {
  if (bytes <= POWERS_OF_TWO_UP_TO) return Math.max(SMALLEST_SIZE, 2 ** Math.ceil(Math.log2(bytes)));
  const exponent = Math.floor(Math.log2(bytes));
  const bitsOfExponent = Math.floor(Math.log2(exponent)) + 1;
  const step = 2 ** (exponent - bitsOfExponent);
  return Math.ceil(bytes / step) * step;
}

export const isPaddedSize = (bytes: number): boolean =>
  bytes >= SMALLEST_SIZE && bytes <= LARGEST_SIZE && paddedSize(bytes) === bytes;
