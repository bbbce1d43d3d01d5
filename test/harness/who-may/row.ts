import type { DeviceOwner } from '../device-owner.js';
import type { Answers } from './answers.js';
import type { World } from './world.js';

type Variables = Record<string, unknown>;

/** One operation, or one case of it: what is asked for, and what each subject is answered. */
export interface Row {
  /**
   * Good variables, one for each argument that matters. `who` asks; in a stranger's and a revoked device's place that is
   * the owner, so that nothing but their missing session stands in their way.
   */
  given: (world: World, who: DeviceOwner) => Variables | Promise<Variables | void>;
  may: Answers;
  /** Says nothing, and no NOT_FOUND either, of what is missing or not theirs. */
  silent?: boolean;
  /** Lets the subject in: what they are told of then is no secret to them any more. */
  admits?: boolean;
  /** Instead of all the fields that have no arguments. */
  select?: string;
  /** Where a subscription has nothing to tell by itself: makes something happen that it tells of. Done until it does. */
  provoke?: (world: World, who: DeviceOwner) => Promise<unknown>;
}

export const row = (given: Row['given'], may: Answers, more: Omit<Row, 'given' | 'may'> = {}): Row => ({
  given,
  may,
  ...more,
});

/** By operation, such as `Mutation.leaveChannel`; further cases of it are told apart after a comma. */
export type Rows = Record<string, Row>;
