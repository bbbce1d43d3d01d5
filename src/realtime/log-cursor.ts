import { Injectable } from '@nestjs/common';
import { Deployment } from '../database/deployment.js';
import { badInput, LetheError } from '../errors/lethe-error.js';
import { LAST_PLACE, uuidText } from './entry-id.js';

const VERSION = 1;
const LENGTH = 1 + 8 + 16 + 4;

/** A place in a channel's log as clients keep it: version, deployment, channel, seq. */
@Injectable()
export class LogCursors {
  private readonly deployment: Buffer;

  constructor(deployment: Deployment) {
    this.deployment = deployment.epoch.subarray(0, 8);
  }

  write(channelId: string, seq: number): string {
    const bytes = Buffer.alloc(LENGTH);
    bytes.writeUInt8(VERSION);
    this.deployment.copy(bytes, 1);
    bytes.write(channelId.replaceAll('-', ''), 9, 'hex');
    bytes.writeUInt32BE(seq, 25);
    return bytes.toString('base64url');
  }

  /** The seq a cursor of this channel stands at. */
  read(cursor: string, channelId: string, path: string): number {
    const bytes = Buffer.from(cursor, 'base64url');
    if (bytes.length !== LENGTH || bytes.toString('base64url') !== cursor || bytes.readUInt8() !== VERSION)
      throw badInput(path, 'Not a cursor of this relay.', 'BAD_CURSOR');
    if (uuidText(bytes.subarray(9, 25)) !== channelId)
      throw badInput(path, 'A cursor of another channel.', 'BAD_CURSOR');
    if (!bytes.subarray(1, 9).equals(this.deployment))
      throw new LetheError('EXPIRED', 'The cursor is from before the relay was restored. Start without one.', {
        reason: 'STREAM_RESET',
      });
    const seq = bytes.readUInt32BE(25);
    if (seq > LAST_PLACE) throw badInput(path, 'Not a cursor of this relay.', 'BAD_CURSOR');
    return seq;
  }
}
