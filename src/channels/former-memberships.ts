import type { Topics } from '../realtime/topics.js';

export type FormerMembership = [channelId: string, accountId: string];

/** So that no message through Redis gets large. */
const MEMBERSHIPS_A_MESSAGE = 1_000;

/** Tells whoever listens for these accounts, on any process, that they are out of these channels. */
export function tellLeft(topics: Topics, memberships: FormerMembership[]): void {
  for (let from = 0; from < memberships.length; from += MEMBERSHIPS_A_MESSAGE)
    topics.publish('channels-left', { memberships: memberships.slice(from, from + MEMBERSHIPS_A_MESSAGE) });
}
