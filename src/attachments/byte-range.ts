/** Both ends belong to it. */
export interface ByteRange {
  start: number;
  end: number;
}

const single = /^bytes=(\d{0,15})-(\d{0,15})$/;

/**
 * What a `Range` header asks of so many bytes (RFC 9110 section 14). Undefined: nothing that is understood, so all of
 * them; null: none of them.
 */
export function byteRange(header: string | undefined, size: number): ByteRange | null | undefined {
  const [, first = '', last = ''] = single.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') return last === '0' ? null : { start: Math.max(size - Number(last), 0), end: size - 1 };
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  return start >= size ? null : { start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
}
