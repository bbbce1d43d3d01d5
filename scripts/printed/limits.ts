import { capsTable, limitsTable } from '../../src/limits/limits.table.js';

/** `docs/limits.md`. */
export function limitsPage(): string {
  const limits = Object.entries(limitsTable).map(
    ([name, { what, subject, burst, refill, everySeconds, counted }]) =>
      `| \`${name}\` | ${what} | ${subject} | ${burst} | ${refill} in ${everySeconds} s | ${counted === 'shared' ? 'all together' : 'each by itself'} |`,
  );
  const caps = Object.entries(capsTable).map(
    ([name, { what, most, counted }]) =>
      `| \`${name}\` | ${what} | ${most} | ${counted === 'database' ? 'all together' : 'each by itself'} |`,
  );
  return `# Limits

Whoever is above a limit gets RATE_LIMITED and \`retryAfterMs\`, and nothing is counted. A budget is kept under a keyed hash of its subject only.
\`LETHE_LIMIT_SCALE\` multiplies all of it.

| limit | what | subject | at once | comes back | processes count |
| --- | --- | --- | --- | --- | --- |
${limits.join('\n')}

## Caps

How many there may be at one time.

| cap | what | most | processes count |
| --- | --- | --- | --- |
${caps.join('\n')}

Printed from \`src/limits/limits.table.ts\` by \`npm run generate\`.
`;
}
