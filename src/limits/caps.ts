import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings.js';
import { type CapName, capsTable } from './limits.table.js';

/** The caps of `limits.table.ts` as they are in force. */
@Injectable()
export class Caps {
  /** How often each cap was reached. */
  readonly refusals = Object.fromEntries(Object.keys(capsTable).map((name) => [name, 0])) as Record<CapName, number>;

  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  /** Whether there may be one more of what there are so many of. */
  allows(name: CapName, count: number): boolean {
    const allowed = count < this.of(name);
    if (!allowed) this.refusals[name] += 1;
    return allowed;
  }

  of(name: CapName): number {
    return Math.max(1, Math.floor(capsTable[name].most * this.settings.LETHE_LIMIT_SCALE));
  }
}
