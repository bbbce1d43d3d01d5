import { randomUUID } from 'node:crypto';
import { MailboxFollower } from './mailbox-follower.js';
import type { MailboxSlice } from './mailbox-slice.js';
import type { MailboxPage } from './mailbox.type.js';

const slice = (positions: number[], more: Partial<MailboxSlice> = {}): MailboxSlice => ({
  envelopes: positions.map((position) => ({
    id: String(position),
    position,
    sealedBody: Buffer.alloc(256),
    createdAt: new Date(),
    expiresAt: new Date(),
  })),
  toPosition: positions.at(-1) ?? 0,
  caughtUp: true,
  recovered: true,
  ...more,
});

/** A follower of a queue that says what it is told to, and the reads it made. */
function following(...answers: (() => MailboxSlice | Promise<MailboxSlice>)[]) {
  const reads: (number | undefined)[] = [];
  const read = async (_: string, after: number | undefined) => {
    reads.push(after);
    const answer = answers.shift();
    if (!answer) throw new Error('The follower reads without end.');
    return answer();
  };
  const follower = new MailboxFollower({ read, cursorAt: (_, position) => `at ${position}` }, 'device', undefined);
  const next = async () => (await follower.next()).value as MailboxPage | undefined;
  return { follower, reads, next };
}

const positionsOf = (page: MailboxPage | undefined) => page?.envelopes.map(({ position }) => position);

const whisper = () => ({
  id: randomUUID(),
  deviceId: 'device',
  sealedBody: Buffer.alloc(256).toString('base64'),
  at: new Date().toISOString(),
});

it('reads again when the bell rings while it reads', async () => {
  const { follower, next, reads } = following(
    () => {
      // Committed after this read looked, heard before it has answered.
      follower.grew(2);
      return slice([1]);
    },
    () => slice([2]),
  );
  expect(positionsOf(await next())).toEqual([1]);
  expect(positionsOf(await next())).toEqual([2]);
  expect(reads).toEqual([undefined, 1]);
  await follower.return();
});

it('does not read for a bell that is late', async () => {
  const { follower, next, reads } = following(() => slice([1, 2]));
  await next();
  const waiting = next();
  follower.grew(2);
  await new Promise(setImmediate);
  expect(reads).toHaveLength(1);
  await follower.return();
  expect(await waiting).toBeUndefined();
});

it('goes on by itself until it has reached the end, and says so once', async () => {
  const { follower, next, reads } = following(
    () => slice([1], { caughtUp: false }),
    () => slice([2], { caughtUp: false }),
    () => slice([], { toPosition: 2 }),
  );
  expect([await next(), await next(), await next()]).toMatchObject([
    { caughtUp: false },
    { caughtUp: false },
    { caughtUp: true, envelopes: [], cursor: 'at 2' },
  ]);
  expect(reads).toEqual([undefined, 1, 2]);
  await follower.return();
});

it('tells of a loss on a page without envelopes', async () => {
  const { follower, next } = following(
    () => slice([1]),
    () => slice([], { toPosition: 5, recovered: false }),
  );
  await next();
  follower.grew(5);
  expect(await next()).toMatchObject({ envelopes: [], recovered: false, cursor: 'at 5' });
  await follower.return();
});

it('keeps the newest of what is ephemeral for who cannot keep up, and lets it pass by a replay', async () => {
  const { follower, next } = following(
    () => slice([1], { caughtUp: false }),
    () => slice([2]),
  );
  const whispers = Array.from({ length: 40 }, whisper);
  for (const envelope of whispers) follower.hear(envelope);
  expect(positionsOf(await next())).toEqual([1]);
  const heard = await next();
  expect(heard).toMatchObject({ cursor: 'at 1', caughtUp: false, recovered: true });
  expect(heard?.envelopes.map(({ id }) => id)).toEqual(whispers.slice(-16).map(({ id }) => id));
  expect(positionsOf(await next())).toEqual([2]);
  await follower.return();
});

it('waits until PostgreSQL is back', async () => {
  const { follower, next, reads } = following(
    () => {
      throw Object.assign(new Error('gone'), { code: '57P01' });
    },
    () => slice([1]),
  );
  expect(positionsOf(await next())).toEqual([1]);
  expect(reads).toEqual([undefined, undefined]);
  await follower.return();
});
