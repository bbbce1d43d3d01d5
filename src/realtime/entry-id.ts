import { badInput } from '../errors/lethe-error.js';

/** Of any log: an `int` in PostgreSQL, and one less, so that there is still one to be before. */
export const LAST_PLACE = 2 ** 31 - 2;

/**
 * An entry's id is its place: the 16 bytes of its channel's id (its device's, in a mailbox) and its seq in 4, in
 * base64url. No index of its own.
 */
export const entryId = (ofId: string, place: number): string => {
  const bytes = Buffer.alloc(20);
  bytes.write(ofId.replaceAll('-', ''), 'hex');
  bytes.writeUInt32BE(place, 16);
  return bytes.toString('base64url');
};

export const uuidText = (bytes: Buffer): string =>
  bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

export function placeOfEntry(id: string, path: string): { channelId: string; seq: number } {
  const bytes = Buffer.from(id, 'base64url');
  const seq = bytes.length === 20 && bytes.toString('base64url') === id ? bytes.readUInt32BE(16) : 0;
  if (seq < 1 || seq > LAST_PLACE) throw badInput(path, 'Not an id of this relay.', 'BAD_ID');
  return { channelId: uuidText(bytes.subarray(0, 16)), seq };
}
