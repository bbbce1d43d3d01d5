import { CombinedGraphQLErrors } from '@apollo/client';
import pg from 'pg';
import { conversation, type Narrator } from './conversation.js';
import { startOwnRelay } from './own-relay.js';
import { holdsNeitherTextNorSender, type Row, rowLines, type Rows, storedMessage } from './stored-message.js';

// `npm run demo`: against a relay that it starts and stops. `npm run demo -- http://localhost:8080`: against that one.

const DEADLINE_MS = 120_000;

const [address] = process.argv.slice(2);
const closing: (() => Promise<unknown>)[] = [];
let chapters = 0;
let ending = false;

const narrator: Narrator = {
  chapter: (title) => say(`\n${String(++chapters).padStart(3)}  ${title}\n`),
  line: (text) => say(`     ✓ ${text}\n`),
};

const deadline = setTimeout(() => void end(new Error(`Not done within ${DEADLINE_MS / 1000} seconds.`)), DEADLINE_MS);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end(new Error('Stopped.')));
await demonstrate().then(() => end(), end);

async function demonstrate(): Promise<void> {
  say('\nLethe: two people, Apollo Client and libsignal\n\n');
  const { url, databaseUrl } = address === undefined ? await ownRelay() : await relayAt(address);
  const held = await conversation(url, url, narrator);

  narrator.chapter('What the database holds of one of these messages');
  if (databaseUrl === undefined) {
    say('     Not shown: the database of this relay is not known here. Set DATABASE_URL to see it.\n');
  } else {
    const database = new pg.Client(databaseUrl);
    await database.connect();
    closing.unshift(() => database.end());
    const last = held.said.at(-1);
    const rows: Rows = async (sql, parameters) => (await database.query<Row>(sql, parameters)).rows;
    const row = await storedMessage(rows, held.channelId, last?.seq ?? 0);
    const lines = rowLines(row).map((line) => `       ${line}\n`);
    say(`     “${last?.text}”, in channel_entries:\n\n${lines.join('')}\n`);
    holdsNeitherTextNorSender(row, held);
    narrator.line('no column holds the text, or a name, id or key of either of them');
    narrator.line('sender_scope tells retries of one sender apart; without the relay’s server key it names nobody');
  }
  say(`\nEverything was as promised. ${held.said.length} messages were posted, and each was read once.\n\n`);
}

async function ownRelay() {
  say('     Starting a relay with an embedded PostgreSQL …\n');
  const relay = await startOwnRelay(closing);
  say(`     ${relay.url}, stopped and deleted afterwards\n`);
  return relay;
}

async function relayAt(given: string) {
  if (!URL.canParse(given)) throw new Error(`“${given}” is not an address such as http://localhost:8080.`);
  const url = new URL(given).origin;
  const ready = await fetch(new URL('/health/ready', url)).catch((error: Error) => {
    throw new Error(`No relay answers at ${url}. Start one with \`npm start\`.`, { cause: error });
  });
  if (!ready.ok) throw new Error(`The relay at ${url} is not ready: ${await ready.text()}`);
  say(`     ${url}\n`);
  return { url, databaseUrl: process.env.DATABASE_URL };
}

/** Stops what was started, whatever happened, and says whether all was well. What fails because of that is no news. */
async function end(failure?: unknown): Promise<void> {
  if (ending) return;
  ending = true;
  clearTimeout(deadline);
  for (const close of closing.splice(0)) await close().catch((error: unknown) => (failure ??= error));
  if (failure !== undefined) process.stderr.write(`\n  ✗  ${reasonOf(failure)}\n\n`);
  process.exit(failure === undefined ? 0 : 1);
}

function reasonOf(failure: unknown): string {
  if (!(failure instanceof Error)) return String(failure);
  const codes = CombinedGraphQLErrors.is(failure)
    ? failure.errors.map(({ extensions }) => JSON.stringify(extensions))
    : [];
  const cause = failure.cause === undefined ? [] : [`because: ${reasonOf(failure.cause)}`];
  return [failure.message, ...codes, ...cause].join('\n     ');
}

function say(text: string): void {
  process.stdout.write(text);
}
