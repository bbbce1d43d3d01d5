import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings.js';
import { type CapName, capsTable } from './limits.table.js';

/** The caps of `limits.table.ts` as they are in force. */
@Injectable()
export class Caps {
  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  of(name: CapName): number {
    return Math.max(1, Math.floor(capsTable[name].most * this.settings.LETHE_LIMIT_SCALE));
  }
}
