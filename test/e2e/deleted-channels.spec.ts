import { Pool } from 'pg';
import { countDeletedChannelRows, eraseDeletedChannels } from '../../src/channels/deletion.queries.js';
import { granted, refusal } from '../harness/graphql-client.js';
import { PASSWORD } from '../harness/people.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { inhabitants, type ServerMember } from '../harness/server-member.js';

describe('a channel that is deleted', () => {
  let relay: TestRelay;
  let pool: Pool;
  let alice: ServerMember;
  let bob: ServerMember;

  beforeAll(async () => {
    relay = await startRelay();
    pool = new Pool({ connectionString: relay.databaseUrl });
    [alice, bob] = await inhabitants(relay, 'alice', 'bob');
  });
  afterAll(async () => {
    await pool.end();
    await relay.stop();
  });

  const rowsOf = async (table: string, channel: string) =>
    (await relay.rows(`SELECT FROM ${table} WHERE channel_id = $1`, [channel])).length;
  const erase = (limit: number) => eraseDeletedChannels(pool, relay.clock.now(), limit);

  /** With so many entries. */
  const groupWith = async (entries: number, ...others: ServerMember[]) => {
    const group = await alice.makesGroupWith(...others);
    for (let n = 0; n < entries; n++) await alice.posts(group, String(n));
    return group;
  };

  it('is gone with its members at once, and erased in batches, and no other is', async () => {
    const kept = await groupWith(3, bob);
    const [one, other, empty] = [await groupWith(5, bob), await groupWith(4, bob), await groupWith(0)];
    for (const group of [one, other, empty]) granted(await alice.triesToDeleteChannel(group));
    for (const group of [one, other, empty]) expect(await rowsOf('channel_members', group)).toBe(0);
    // 9 entries and 3 marks.
    expect(await countDeletedChannelRows(pool, relay.clock.now())).toBe(12);
    expect([await erase(5), await erase(5), await erase(5)]).toEqual([5, 5, 2]);
    expect(await erase(5)).toBe(0);
    expect(await countDeletedChannelRows(pool, relay.clock.now())).toBe(0);
    for (const table of ['channel_entries', 'channel_members', 'channel_heads', 'deleted_channels'])
      for (const group of [one, other, empty]) expect([table, await rowsOf(table, group)]).toEqual([table, 0]);
    expect(await rowsOf('channel_entries', kept)).toBe(3);
    expect(await rowsOf('channel_members', kept)).toBe(2);
  });

  it('is a group that its last member leaves', async () => {
    const group = await groupWith(2, bob);
    granted(await alice.triesToLeaveChannel(group));
    expect(await bob.membersOfChannel(group)).toEqual(['bob OWNER']);
    const following = await bob.follows(group).caughtUp();
    granted(await bob.triesToLeaveChannel(group));
    expect(JSON.stringify(await following.over())).toContain('"NOT_FOUND"');
    expect(refusal(await bob.triesToLeaveChannel(group))).toBe('NOT_FOUND');
    expect(await rowsOf('deleted_channels', group)).toBe(1);
    await bob.goesAway();
  });

  it('names nobody who is deleted before it is erased', async () => {
    const [dave] = await inhabitants(relay, 'dave');
    const group = await alice.makesGroupWith(bob);
    await alice.adds(dave, group);
    granted(await alice.triesToDeleteChannel(group));
    const named = () => relay.rows('SELECT FROM channel_entries WHERE subject_id = $1', [dave.id]);
    expect(await named()).toHaveLength(1);
    granted(
      await dave.tries('mutation ($input: DeleteAccountInput!) { deleteAccount(input: $input) }', {
        input: { password: PASSWORD },
      }),
    );
    expect(await named()).toEqual([]);
    expect(await rowsOf('channel_entries', group)).toBe(1);
  });

  it('is also what only a deleted account was in, and erasing waits for nobody', async () => {
    const [carol] = await inhabitants(relay, 'carol');
    const group = await carol.makesGroupWith();
    const { openNotes: notes } = await carol.asks<{ openNotes: { id: string } }>('mutation { openNotes { id } }');
    const direct = await carol.opensDirectWith(bob);
    granted(
      await carol.tries('mutation ($input: DeleteAccountInput!) { deleteAccount(input: $input) }', {
        input: { password: PASSWORD },
      }),
    );
    expect(await rowsOf('deleted_channels', group)).toBe(1);
    expect(await rowsOf('deleted_channels', notes.id)).toBe(1);
    expect(await rowsOf('deleted_channels', direct)).toBe(0);
    while ((await erase(1_000)) === 1_000);
    expect(await relay.rows('SELECT FROM deleted_channels')).toEqual([]);
    expect(await bob.membersOfChannel(direct)).toEqual(['bob MEMBER']);
  });
});
