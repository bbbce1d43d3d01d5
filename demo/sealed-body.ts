import type { CiphertextMessageType, PrivateKey, PublicKey } from '@signalapp/libsignal-client';

// How the demo makes a `sealedBody` of a Signal ciphertext. The relay sees one of nine lengths and random bytes.
//
//   sealedBody = HPKE (RFC 9180) to the identity key of the device that is to read it, of
//     type        1 byte    CiphertextMessageType: 2 Whisper, 3 PreKey
//     from       16 bytes   UUID of the device that wrote it
//     length      4 bytes   of the ciphertext, big-endian
//     ciphertext            as libsignal gives it
//     zeros                 until the whole is as long as a bucket
//
// The outer layer is no luxury: a Signal PreKey message shows the identity key of its author in clear, and the relay
// knows whose that is. Within it nobody but the reader learns author, type and length.

export interface Letter {
  type: CiphertextMessageType;
  /** UUID of a device. */
  from: string;
  ciphertext: Uint8Array;
}

const BUCKETS = [256, 512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536];
/** What libsignal's HPKE adds: type, encapsulated key, authentication tag. */
const SEAL_BYTES = 1 + 32 + 16;
const HEADER_BYTES = 1 + 16 + 4;
const PURPOSE = 'lethe demo';

/** Base64, as GraphQL takes it. */
export function sealLetter({ type, from, ciphertext }: Letter, reader: PublicKey): string {
  const needed = SEAL_BYTES + HEADER_BYTES + ciphertext.length;
  const bucket = BUCKETS.find((size) => size >= needed);
  if (bucket === undefined)
    throw new Error(`${ciphertext.length} bytes of ciphertext are more than a message carries.`);
  const letter = Buffer.alloc(bucket - SEAL_BYTES);
  letter.writeUInt8(type, 0);
  letter.write(from.replaceAll('-', ''), 1, 'hex');
  letter.writeUInt32BE(ciphertext.length, 17);
  letter.set(ciphertext, HEADER_BYTES);
  return Buffer.from(reader.seal(Uint8Array.from(letter), PURPOSE)).toString('base64');
}

export function openLetter(sealedBody: string, reader: PrivateKey): Letter {
  const letter = Buffer.from(reader.open(Uint8Array.from(Buffer.from(sealedBody, 'base64')), PURPOSE));
  const end = HEADER_BYTES + letter.readUInt32BE(17);
  return {
    type: letter.readUInt8(0),
    from: letter.toString('hex', 1, 17).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
    ciphertext: letter.subarray(HEADER_BYTES, end),
  };
}
