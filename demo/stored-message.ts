import assert from 'node:assert/strict';
import type { Conversation } from './conversation.js';

export type Row = Record<string, unknown>;
export type Rows = (sql: string, parameters: unknown[]) => Promise<Row[]>;

/** All that the database holds of one message. */
export async function storedMessage(rows: Rows, channelId: string, seq: number): Promise<Row> {
  const [row, ...more] = await rows('SELECT * FROM channel_entries WHERE channel_id = $1 AND seq = $2', [
    channelId,
    seq,
  ]);
  assert.ok(row, `the database has no message at place ${seq}`);
  assert.equal(more.length, 0);
  return row;
}

/** Throws when any column holds the text, or anything that says who wrote it. */
export function holdsNeitherTextNorSender(row: Row, { people, said }: Conversation): void {
  const telling = people.flatMap(({ username, accountId, device }) => [
    Buffer.from(username),
    ...asTextAndBytes(accountId),
    ...asTextAndBytes(device.id),
    // Without the type byte: another encoding of the same key would tell as much.
    Buffer.from(device.identityKey, 'base64').subarray(1),
  ]);
  telling.push(...said.map(({ text }) => Buffer.from(text)));
  for (const [column, value] of Object.entries(row)) {
    const bytes = Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value));
    const found = telling.find((needle) => bytes.includes(needle));
    assert.equal(found, undefined, `${column} gives something away`);
  }
}

const asTextAndBytes = (id: string) => [Buffer.from(id), Buffer.from(id.replaceAll('-', ''), 'hex')];

/** One line a column. */
export function rowLines(row: Row): string[] {
  const width = Math.max(...Object.keys(row).map(({ length }) => length));
  return Object.entries(row).map(([column, value]) => `${column.padEnd(width)}  ${valueText(value)}`);
}

function valueText(value: unknown): string {
  if (Buffer.isBuffer(value)) return `\\x${value.toString('hex', 0, 16)}… (${value.length.toLocaleString('en')} bytes)`;
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'string' ? value : JSON.stringify(value);
}
