import { Injectable } from '@nestjs/common';
import { Deployment } from '../database/deployment.js';
import { badInput, LetheError } from '../errors/lethe-error.js';
import { LAST_PLACE, uuidText } from './entry-id.js';

const VERSION = 1;
const LENGTH = 1 + 8 + 16 + 4;

/** A place in a channel's log, or in a device's mailbox, as clients keep it: version, deployment, whose it is, place. */
@Injectable()
export class LogCursors {
  private readonly deployment: Buffer;

  constructor(deployment: Deployment) {
    this.deployment = deployment.epoch.subarray(0, 8);
  }

  /** `ofId`: the channel or device. */
  write(ofId: string, place: number): string {
    const bytes = Buffer.alloc(LENGTH);
    bytes.writeUInt8(VERSION);
    this.deployment.copy(bytes, 1);
    bytes.write(ofId.replaceAll('-', ''), 9, 'hex');
    bytes.writeUInt32BE(place, 25);
    return bytes.toString('base64url');
  }

  /** The place a cursor of this channel or device stands at. */
  read(cursor: string, ofId: string, path: string): number {
    const bytes = Buffer.from(cursor, 'base64url');
    if (bytes.length !== LENGTH || bytes.toString('base64url') !== cursor || bytes.readUInt8() !== VERSION)
      throw badInput(path, 'Not a cursor of this relay.', 'BAD_CURSOR');
    if (uuidText(bytes.subarray(9, 25)) !== ofId) throw badInput(path, 'A cursor of something else.', 'BAD_CURSOR');
    if (!bytes.subarray(1, 9).equals(this.deployment))
      throw new LetheError('EXPIRED', 'The cursor is from before the relay was restored. Start without one.', {
        reason: 'STREAM_RESET',
      });
    const place = bytes.readUInt32BE(25);
    if (place > LAST_PLACE) throw badInput(path, 'Not a cursor of this relay.', 'BAD_CURSOR');
    return place;
  }
}
