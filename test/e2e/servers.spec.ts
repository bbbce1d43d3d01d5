import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { dismissFromServer } from '../../src/servers/server-members.queries.js';
import { lockServer } from '../../src/servers/servers.queries.js';
import { granted, type GraphqlAnswer, refusal } from '../harness/graphql-client.js';
import { sealed } from '../harness/person.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { inhabitants, type ServerFacts, type ServerMember } from '../harness/server-member.js';
import { within } from '../harness/within.js';

describe('a server', () => {
  let relay: TestRelay;
  let alice: ServerMember;
  let bob: ServerMember;
  let carol: ServerMember;
  let dave: ServerMember;

  beforeAll(async () => {
    relay = await startRelay();
    [alice, bob, carol, dave] = await inhabitants(relay, 'alice', 'bob', 'carol', 'dave');
  });
  afterAll(() => relay.stop());

  const countOf = async (server: string) => {
    const [row] = await relay.rows<{ stored: number; counted: number }>(
      `SELECT member_count AS stored, (SELECT count(*)::int FROM server_members WHERE server_id = s.id) AS counted
       FROM servers s WHERE id = $1`,
      [server],
    );
    return row;
  };

  it('belongs to who makes it, and is called what its admins say', async () => {
    const { createServer: made } = granted(await alice.triesToMakeServer(sealed('my place', 64)));
    expect(made).toMatchObject({ myRole: 'OWNER', memberCount: 1, sealedMeta: sealed('my place', 64) });
    expect(await alice.membersOfServer(made.id)).toEqual(['alice OWNER']);
    await alice.takesIn(made.id, bob);
    expect(await bob.seesServer(made.id)).toMatchObject({ myRole: 'MEMBER', memberCount: 2 });

    const rename = (who: ServerMember) =>
      who.tries<{ updateServer: ServerFacts }>(
        'mutation ($input: UpdateServerInput!) { updateServer(input: $input) { sealedMeta } }',
        { input: { serverId: made.id, sealedMeta: sealed('our place', 64) } },
      );
    expect(refusal(await rename(bob))).toBe('FORBIDDEN/RIGHT_MISSING');
    await alice.ranks(made.id, bob, 'ADMIN');
    granted(await rename(bob));
    expect(await alice.seesServer(made.id)).toMatchObject({ sealedMeta: sealed('our place', 64) });
  });

  it('is one of a list, newest first, page by page', async () => {
    const [eve] = await inhabitants(relay, 'eve');
    const servers: string[] = [];
    for (let n = 0; n < 3; n++) servers.unshift(await eve.makesServer());
    const page = (after?: string) =>
      eve.asks<{ servers: { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } } }>(
        'query ($after: Cursor) { servers(first: 2, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }',
        { after },
      );
    const first = (await page()).servers;
    expect(first.nodes.map(({ id }) => id)).toEqual(servers.slice(0, 2));
    expect(first.pageInfo.hasNextPage).toBe(true);
    const second = (await page(first.pageInfo.endCursor)).servers;
    expect(second.nodes.map(({ id }) => id)).toEqual(servers.slice(2));
    expect(second.pageInfo.hasNextPage).toBe(false);
  });

  it('pages through its members, who came first first', async () => {
    const server = await alice.makesServer();
    await alice.takesIn(server, bob, carol, dave);
    const names: string[] = [];
    for (let after: string | undefined, more = true; more;) {
      const { members } = (
        await dave.asks<{
          server: {
            members: { nodes: { username: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
          };
        }>(
          `query ($id: ID!, $after: Cursor) { server(id: $id) { members(first: 3, after: $after) {
             nodes { username } pageInfo { hasNextPage endCursor } } } }`,
          { id: server, after },
        )
      ).server;
      names.push(...members.nodes.map(({ username }) => username));
      ({ hasNextPage: more, endCursor: after } = members.pageInfo);
    }
    expect(names).toEqual(['alice', 'bob', 'carol', 'dave']);
  });

  it('is not there for strangers and former members, word for word', async () => {
    const server = await alice.makesServer();
    const channel = await alice.makesChannel(server);
    await alice.takesIn(server, bob);
    await bob.joinsChannels(channel);
    granted(await bob.triesToLeave(server));
    const invite = granted(await alice.triesToInvite(server)).createInvite.id;
    const asks: ((who: ServerMember, server: string, channel: string, invite: string) => Promise<unknown>)[] = [
      (who, server) => who.triesToSeeServer(server),
      (who, server) => who.triesToInvite(server),
      (who, server) => who.triesToLeave(server),
      (who, server) => who.triesToDeleteServer(server),
      (who, server) => who.triesToRank(server, alice, 'MEMBER'),
      (who, server) => who.triesToRemoveFrom(server, alice),
      (who, server) => who.triesToMakeChannel(server),
      (who, server) =>
        who.tries('mutation ($input: UpdateServerInput!) { updateServer(input: $input) { id } }', {
          input: { serverId: server, sealedMeta: sealed('mine now', 64) },
        }),
      (who, _, __, invite) => who.triesToRevoke(invite),
      (who, _, channel) => who.triesToSeeChannel(channel),
      (who, _, channel) => who.triesToJoinChannel(channel),
      (who, _, channel) => who.triesToLeaveChannel(channel),
      (who, _, channel) => who.triesToDeleteChannel(channel),
      (who, _, channel) => who.triesToUpdateChannel(channel, { defaultTtlSeconds: 60 }),
      (who, _, channel) => who.triesToChange('addChannelMember', channel, carol),
      (who, _, channel) => who.triesToChange('removeChannelMember', channel, alice),
      (who, _, channel) => who.triesToPost(channel, 'psst', { epoch: 3 }),
      (who, _, channel) => who.tries('query ($id: ID!) { channelLog(channelId: $id) { cursor } }', { id: channel }),
    ];
    for (const ask of asks) {
      const nothing = (await ask(dave, randomUUID(), randomUUID(), randomUUID())) as GraphqlAnswer<unknown>;
      expect(refusal(nothing)).toBe('NOT_FOUND');
      expect(await ask(dave, server, channel, invite)).toEqual(nothing);
      expect(await ask(bob, server, channel, invite)).toEqual(nothing);
    }
    expect(
      (await bob.asks<{ servers: { nodes: { id: string }[] } }>('{ servers { nodes { id } } }')).servers.nodes,
    ).toEqual(expect.not.arrayContaining([{ id: server }]));
  });

  it('lets one rank and remove only those below oneself', async () => {
    const names = ['owner', 'admin', 'admin2', 'moderator', 'moderator2', 'member', 'member2'] as const;
    const people = await inhabitants(relay, ...names);
    const [owner] = people;
    const server = await owner.makesServer();
    await owner.takesIn(server, ...people.slice(1));
    const roleOf = (index: number) => (names[index] ?? '').replace('2', '').toUpperCase();
    for (const [index, person] of people.entries())
      if (!['OWNER', 'MEMBER'].includes(roleOf(index))) await owner.ranks(server, person, roleOf(index));

    const actors = [...people.entries()].filter(([index]) => !names[index]?.endsWith('2'));
    // Who may give which roles to whom; setting the role they have changes nothing.
    const below: Record<string, string[]> = {
      OWNER: ['ADMIN', 'MODERATOR', 'MEMBER'],
      ADMIN: ['MODERATOR', 'MEMBER'],
      MODERATOR: [],
      MEMBER: [],
    };
    for (const [actor, who] of actors)
      for (const [target, whom] of people.entries()) {
        if (actor === target) continue;
        for (const role of ['ADMIN', 'MODERATOR', 'MEMBER']) {
          const answer = await who.triesToRank(server, whom, role);
          const may = below[roleOf(actor)]?.includes(roleOf(target)) && below[roleOf(actor)]?.includes(role);
          const done = `${names[actor]} makes ${names[target]} ${role}`;
          expect([done, answer.errors ? refusal(answer) : 'done']).toEqual([
            done,
            may ? 'done' : 'FORBIDDEN/RIGHT_MISSING',
          ]);
          if (may && role !== roleOf(target)) await owner.ranks(server, whom, roleOf(target));
        }
      }
    for (const [actor, who] of actors)
      if (actor > 0) expect(refusal(await who.triesToRank(server, who, 'OWNER'))).toBe('FORBIDDEN/RIGHT_MISSING');
    expect(refusal(await owner.triesToRank(server, owner, 'MEMBER'))).toBe('BAD_USER_INPUT/INVALID_VALUE');

    const removes: Record<string, string[]> = { ...below, MODERATOR: ['MEMBER'] };
    const joinAgain = async (whom: ServerMember, role: string) => {
      await owner.takesIn(server, whom);
      if (role !== 'MEMBER') await owner.ranks(server, whom, role);
    };
    for (const [actor, who] of actors)
      for (const [target, whom] of people.entries()) {
        if (actor === target) continue;
        const answer = await who.triesToRemoveFrom(server, whom);
        const may = removes[roleOf(actor)]?.includes(roleOf(target));
        const done = `${names[actor]} removes ${names[target]}`;
        expect([done, answer.errors ? refusal(answer) : 'done']).toEqual([
          done,
          may ? 'done' : 'FORBIDDEN/RIGHT_MISSING',
        ]);
        if (may) await joinAgain(whom, roleOf(target));
      }
    expect(refusal(await owner.triesToRemoveFrom(server, owner))).toBe('BAD_USER_INPUT/INVALID_VALUE');
    expect(await countOf(server)).toEqual({ stored: 7, counted: 7 });
  });

  it('always has one owner: who leaves hands it over, and who is alone deletes it', async () => {
    const server = await alice.makesServer();
    expect(refusal(await alice.triesToLeave(server))).toBe('CONFLICT/OWNER_MUST_HAND_OVER');
    await alice.takesIn(server, bob, carol);
    expect(refusal(await alice.triesToLeave(server))).toBe('CONFLICT/OWNER_MUST_HAND_OVER');
    await alice.ranks(server, bob, 'OWNER');
    expect(await alice.membersOfServer(server)).toEqual(['alice ADMIN', 'bob OWNER', 'carol MEMBER']);
    expect(refusal(await alice.triesToDeleteServer(server))).toBe('FORBIDDEN/RIGHT_MISSING');
    granted(await alice.triesToLeave(server));
    expect(await bob.membersOfServer(server)).toEqual(['bob OWNER', 'carol MEMBER']);
    granted(await bob.triesToDeleteServer(server));
    expect(refusal(await bob.triesToSeeServer(server))).toBe('NOT_FOUND');
    expect(await relay.rows('SELECT FROM server_members WHERE server_id = $1', [server])).toEqual([]);
    expect(await relay.rows('SELECT FROM server_invites WHERE server_id = $1', [server])).toEqual([]);
  });

  it('has one owner when it is handed to two at once', async () => {
    for (let round = 0; round < 5; round++) {
      const server = await alice.makesServer();
      await alice.takesIn(server, bob, carol);
      const answers = await Promise.all([
        alice.triesToRank(server, bob, 'OWNER'),
        alice.triesToRank(server, carol, 'OWNER'),
        alice.triesToLeave(server),
      ]);
      const outcomes = answers.map((answer) => (answer.errors ? refusal(answer) : 'done'));
      expect(outcomes.slice(0, 2).filter((outcome) => outcome === 'done')).toHaveLength(1);
      // She is an admin by then, or has left.
      expect(outcomes.slice(0, 2).find((outcome) => outcome !== 'done')).toMatch(
        /^(FORBIDDEN.RIGHT_MISSING|NOT_FOUND)$/,
      );
      expect(outcomes[2]).toMatch(/^(done|CONFLICT.OWNER_MUST_HAND_OVER)$/);
      const roles = (await bob.membersOfServer(server)).filter((member) => member.endsWith('OWNER'));
      expect(roles).toHaveLength(1);
    }
  });

  it('keeps nobody in it who is removed while being ranked', async () => {
    const server = await alice.makesServer();
    const channel = await alice.makesChannel(server);
    for (let round = 0; round < 8; round++) {
      await alice.takesIn(server, bob);
      await bob.joinsChannels(channel);
      const [ranked, removed, joined] = await Promise.all([
        alice.triesToRank(server, bob, 'ADMIN'),
        alice.triesToRemoveFrom(server, bob),
        bob.triesToMakeChannel(server),
      ]);
      granted(removed);
      if (ranked.errors) expect(refusal(ranked)).toBe('NOT_FOUND');
      if (joined.errors) expect(refusal(joined)).toMatch(/^(NOT_FOUND|FORBIDDEN\/RIGHT_MISSING)$/);
      expect(await alice.membersOfServer(server)).toEqual(['alice OWNER']);
      const open = await relay.rows(
        `SELECT FROM channel_members m JOIN channels c ON c.id = m.channel_id
         WHERE c.server_id = $1 AND m.account_id = $2 AND m.left_seq IS NULL`,
        [server, bob.id],
      );
      expect(open).toEqual([]);
    }
    expect(await countOf(server)).toEqual({ stored: 1, counted: 1 });
  });

  it('lets nobody into its channels who is being removed from it', async () => {
    const server = await alice.makesServer();
    const channel = await alice.makesChannel(server);
    await alice.takesIn(server, bob);
    const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    let joining: Promise<GraphqlAnswer<unknown>[]> | undefined;
    // Step by step what `removeServerMember` does, with somebody who comes into a channel before its commit.
    await relay.app.get(DataSource).transaction(async (manager) => {
      await lockServer(manager, server, 'change');
      await dismissFromServer(manager, server, bob.id);
      joining = Promise.all([
        bob.triesToJoinChannel(channel),
        alice.triesToChange('addChannelMember', channel, bob),
        bob.triesToMakeChannel(server),
      ]);
      await within(3_000, async () => (await relay.rows(waiting)).length === 3);
    });
    expect((await joining)?.map(refusal)).toEqual(['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND']);
    expect(await alice.membersOfChannel(channel)).toEqual(['alice OWNER']);
    expect(await alice.channelsOfServer(server)).toEqual([channel]);
  });

  it('lets nobody into what is being deleted', async () => {
    for (let round = 0; round < 8; round++) {
      const server = await alice.makesServer();
      const channel = await alice.makesChannel(server);
      const code = await alice.invites(server);
      await alice.takesIn(server, bob);
      const [deleted, ...others] = await Promise.all([
        alice.triesToDeleteServer(server),
        carol.triesToJoin(code),
        bob.triesToJoinChannel(channel),
        alice.triesToMakeChannel(server),
        bob.triesToLeave(server),
      ]);
      granted(deleted);
      for (const answer of others) if (answer.errors) expect(refusal(answer)).toBe('NOT_FOUND');
      expect(refusal(await carol.triesToJoin(code))).toBe('NOT_FOUND');
      expect(refusal(await bob.triesToSeeChannel(channel))).toBe('NOT_FOUND');
      expect(await relay.rows('SELECT FROM channels WHERE server_id = $1', [server])).toEqual([]);
      expect(await countOf(server)).toBeUndefined();
    }
  });

  it('costs a list of many no more statements than a list of one', async () => {
    const [frank] = await inhabitants(relay, 'frank');
    const { master } = relay.app.get(DataSource).driver as unknown as { master: Pool };
    let statements = 0;
    const count = () => (statements += 1);
    const ask = () =>
      frank.asks<{ servers: { nodes: Record<string, unknown>[] } }>(
        `{ servers { nodes { id memberCount myRole members(first: 2) { nodes { username } } invites { id }
           channels { id isPrivate headSeq } } } }`,
      );
    /** The fewest of some looks: what the relay does by the clock falls into one of them at times. */
    const look = async () => {
      let fewest = Infinity;
      master.on('acquire', count);
      for (let n = 0; n < 5; n++) {
        statements = 0;
        await ask();
        fewest = Math.min(fewest, statements);
      }
      master.off('acquire', count);
      return { statements: fewest, servers: (await ask()).servers.nodes };
    };
    const makeOne = async () => {
      const server = await frank.makesServer();
      await frank.makesChannel(server);
      await frank.invites(server);
    };
    await makeOne();
    const one = await look();
    for (let n = 0; n < 4; n++) await makeOne();
    const many = await look();
    expect(many.servers).toHaveLength(5);
    for (const server of many.servers)
      expect(server).toMatchObject({
        members: { nodes: [{ username: 'frank' }] },
        invites: [expect.anything()],
        channels: [expect.anything()],
      });
    expect(one.statements).toBeGreaterThan(0);
    expect(many.statements).toBe(one.statements);
  });
});

describe('the caps of servers', () => {
  let relay: TestRelay;
  let alice: ServerMember;
  let bob: ServerMember;

  beforeAll(async () => {
    relay = await startRelay({ env: { LETHE_LIMIT_SCALE: '1' } });
    [alice, bob] = await inhabitants(relay, 'alice', 'bob');
  });
  afterAll(() => relay.stop());

  it('hold how many members, channels and invites one has', async () => {
    const server = await alice.makesServer();
    const code = await alice.invites(server);
    await relay.rows(
      `INSERT INTO channels (id, kind, server_id, is_private, sealed_meta, created_at)
       SELECT gen_random_uuid(), 'SERVER', $1, false, '\\xffff', now() FROM generate_series(1, 499)`,
      [server],
    );
    granted(await alice.triesToMakeChannel(server));
    expect(refusal(await alice.triesToMakeChannel(server))).toBe('LIMIT_REACHED/TOO_MANY_CHANNELS');

    await relay.rows(
      `INSERT INTO server_invites (id, server_id, code_hash, max_uses, uses, expires_at, created_at)
       SELECT gen_random_uuid(), $1, decode(md5(n::text), 'hex'), 1, (n > 98)::int, now() + interval '1 day', now()
       FROM generate_series(1, 120) AS n`,
      [server],
    );
    // 99 that work; the others are used up.
    const { createInvite: last } = granted(await alice.triesToInvite(server));
    expect(refusal(await alice.triesToInvite(server))).toBe('LIMIT_REACHED/TOO_MANY_INVITES');
    granted(await alice.triesToRevoke(last.id));
    granted(await alice.triesToInvite(server));

    await relay.rows('UPDATE servers SET member_count = 10000 WHERE id = $1', [server]);
    expect(refusal(await bob.triesToJoin(code))).toBe('LIMIT_REACHED/TOO_MANY_MEMBERS');
    // The use was given back.
    expect(
      await relay.rows('SELECT FROM server_invites WHERE server_id = $1 AND max_uses IS NULL AND uses > 0', [server]),
    ).toEqual([]);
    await relay.rows('UPDATE servers SET member_count = 9999 WHERE id = $1', [server]);
    expect(granted(await bob.triesToJoin(code)).joinServer.memberCount).toBe(10_000);
  });

  it('hold how many servers one is in', async () => {
    const server = await alice.makesServer();
    const code = await alice.invites(server);
    await relay.rows(
      `WITH made AS (
         INSERT INTO servers (id, sealed_meta, member_count, created_at)
         SELECT gen_random_uuid(), '\\xffff', 1, now() FROM generate_series(1, 199) RETURNING id
       ) INSERT INTO server_members (server_id, account_id, role, joined_at) SELECT id, $1, 'MEMBER', now() FROM made`,
      [bob.id],
    );
    expect(refusal(await bob.triesToJoin(code))).toBe('LIMIT_REACHED/TOO_MANY_SERVERS');
    expect(refusal(await bob.triesToMakeServer())).toBe('LIMIT_REACHED/TOO_MANY_SERVERS');
  });
});
