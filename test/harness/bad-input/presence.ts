import { bad, INVALID, type Operation } from './bad-value.js';
import { badIds, noText, notTheirs } from './values.js';
import type { World } from './world.js';

export function presenceOperations({ alice, bob, group, foreignGroup }: World): Record<string, Operation> {
  const watched = {
    good: { accountIds: [alice.id, bob.id] },
    bad: [...badIds('accountIds.0'), ...bad('accountIds', INVALID, { '101 accounts': Array(101).fill(bob.id) })],
  };
  return {
    'Query.presence': watched,
    'Subscription.presence': { ...watched, bad: [...watched.bad, ...bad('accountIds', INVALID, { nobody: [] })] },
    'Mutation.setPresence': { good: { status: 'AWAY', showLastActive: false }, bad: [] },
    'Mutation.sendTyping': {
      good: { input: { channelId: group, token: noText(16) } },
      bad: [
        ...badIds('input.channelId'),
        ...notTheirs('input.channelId', { 'a channel of others': foreignGroup }),
        ...bad('input.token', INVALID, { empty: '', short: noText(15), long: noText(17), huge: noText(75_000) }),
      ],
    },
    'Subscription.typing': {
      provoke: () => bob.asks(`mutation { sendTyping(input: { channelId: "${group}", token: "${noText(16)}" }) }`),
      good: { channelId: group },
      bad: [...badIds('channelId'), ...notTheirs('channelId', { 'a channel of others': foreignGroup })],
    },
  };
}
