import { ALLOWED, type Answers, everybody } from './answers.js';
import { row, type Rows } from './row.js';

const operators: Answers = { ...everybody('FORBIDDEN/ADMIN_ONLY'), operator: ALLOWED };

export const maintenanceRows: Rows = {
  'Query.chores': row(() => ({}), operators),
  'Query.choreRuns': row(() => ({}), operators),
  'Query.relayStats': row(() => ({}), operators),
  'Mutation.runChore': row(() => ({ input: { name: 'expire-messages' } }), operators),
  'Mutation.runChore, to see what it would do': row(
    () => ({ input: { name: 'expire-messages', dryRun: true } }),
    operators,
  ),
};
