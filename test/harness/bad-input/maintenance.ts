import { bad, BAD_CURSOR, INVALID, type Operation } from './bad-value.js';
import { keyset, malformedKeysets, outside } from './values.js';

const noChores = {
  empty: '',
  unknown: 'expire-everything',
  'in capitals': 'EXPIRE-MESSAGES',
  inherited: 'constructor',
  'with NUL': 'expire-messages\0',
  'a piece of SQL': "' OR true --",
  huge: 'x'.repeat(100_000),
};

/** Of an administrator: others are refused whatever they send. */
export const maintenanceOperations = (): Record<string, Operation> => ({
  'Mutation.runChore': {
    good: { input: { name: 'expire-messages', dryRun: true } },
    bad: bad('input.name', INVALID, noChores),
  },
  'Query.choreRuns': {
    good: { name: 'expire-messages', first: 1, after: keyset('choreRuns', '0190b7c0-1234-7abc-8def-0123456789ab') },
    bad: [
      ...bad('name', INVALID, noChores),
      ...outside('first', 1, 100),
      ...bad('after', BAD_CURSOR, malformedKeysets('choreRuns')),
    ],
  },
});
