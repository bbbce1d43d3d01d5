/** Above it a payload is written as it lies instead of being copied behind each follower's operation id. */
const COPY_UP_TO = 16_384;

const opening = Buffer.from('{"type":"next","payload":');

/** Header of an unmasked, unfragmented text frame (RFC 6455 section 5.2). */
function textFrameHeader(length: number): Buffer {
  if (length < 126) return Buffer.from([0x81, length]);
  const header = Buffer.alloc(length < 65_536 ? 4 : 10);
  header[0] = 0x81;
  if (length < 65_536) {
    header[1] = 126;
    header.writeUInt16BE(length, 2);
  } else {
    header[1] = 127;
    header.writeBigUInt64BE(BigInt(length), 2);
  }
  return header;
}

/** The part of a `next` message that only one operation has: its id, as JSON, closing the message. */
export const closingOf = (operationId: string): Buffer => Buffer.from(`,"id":${JSON.stringify(operationId)}}`);

/**
 * A graphql-transport-ws `next` message for many followers at once: serialised and framed once, then written to each
 * socket with only the operation id behind it.
 */
export class SharedMessage {
  private framed: Buffer | undefined;
  private framedFor = -1;

  constructor(private readonly payload: Buffer) {}

  /** Bytes to write, in order; one buffer unless the payload is large. */
  framesFor(closing: Buffer): Buffer[] {
    const head = this.headFor(closing.length);
    if (head.length > COPY_UP_TO) return [head, closing];
    const whole = Buffer.allocUnsafe(head.length + closing.length);
    head.copy(whole);
    closing.copy(whole, head.length);
    return [whole];
  }

  // Ids of one client are equally long, so one framed head nearly always serves all.
  private headFor(closingLength: number): Buffer {
    if (!this.framed || this.framedFor !== closingLength) {
      const header = textFrameHeader(opening.length + this.payload.length + closingLength);
      this.framed = Buffer.concat([header, opening, this.payload]);
      this.framedFor = closingLength;
    }
    return this.framed;
  }
}
