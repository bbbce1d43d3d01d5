import { chores } from '../../src/maintenance/chores.js';

/** `docs/chores.md`. */
export function choresPage(): string {
  const rows = chores.map(
    ({ name, schedule, description, batchSize }) =>
      `| \`${name}\` | \`${schedule}\` | ${description} | ${batchSize.toLocaleString('en')} |`,
  );
  return `# Chores

What the relay does by itself. The schedule is cron's (minute, hour, day of month, month, day of week), in UTC. Any number of processes may do chores: each
chore is done by one of them at a time and once in a slot of its schedule, in batches of at most so many rows, until nothing is left that is due. What one run
leaves undone, because its process was stopped or PostgreSQL lost, the next one does. With \`LETHE_CHORES=false\` a process does none by the clock.

Administrators see all chores and their runs (\`chores\`, \`choreRuns\`), and start one with \`runChore\`, whose \`dryRun\` says what is due and changes nothing.
Every run leaves a row, kept for 90 days, and a line in the log.

| chore | when | what and why | a batch |
| --- | --- | --- | --- |
${rows.join('\n')}

Printed from \`src/maintenance/chores.ts\` by \`npm run generate\`.
`;
}
