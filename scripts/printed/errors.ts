import { closeCodeMeanings, closeCodes, errorCodes, httpStatus, type ErrorCode } from '../../src/errors/error-codes.js';

/** `docs/errors.md`. */
export function errorsPage(): string {
  const codes = Object.keys(errorCodes) as ErrorCode[];
  const closing = Object.entries(closeCodes) as [keyof typeof closeCodes, number][];
  return `# Errors

Every error carries \`extensions.code\`, which says what the client should do, and most carry \`extensions.reason\`, which says why. Beside them stand
\`fields\` (path and message of each wrong input field), \`retryAfterMs\`, \`epoch\` and \`minEpoch\`, or \`ref\`, where the text below names them. Over HTTP
a GraphQL answer has status 200; the status in the table is that of refusals outside of GraphQL.

| code | the client should | HTTP status |
| --- | --- | --- |
${codes.map((code) => `| \`${code}\` | ${errorCodes[code].clientShould} | ${httpStatus[code]} |`).join('\n')}

## Reasons

| code | reason | meaning |
| --- | --- | --- |
${codes.flatMap(reasonRows).join('\n')}

## Close codes of the socket

| code | name | meaning |
| --- | --- | --- |
${closing.map(([name, code]) => `| ${code} | \`${name}\` | ${closeCodeMeanings[name]} |`).join('\n')}

Printed from \`src/errors/error-codes.ts\` by \`npm run generate\`.
`;
}

const reasonRows = (code: ErrorCode) =>
  Object.entries(errorCodes[code].reasons).map(([reason, meaning]) => `| \`${code}\` | \`${reason}\` | ${meaning} |`);
