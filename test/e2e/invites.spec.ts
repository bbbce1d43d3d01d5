import { createHash } from 'node:crypto';
import { Pool } from 'pg';
import { countExpiredInvites, deleteExpiredInvites } from '../../src/servers/invites.queries.js';
import { crowd } from '../harness/crowd.js';
import { granted, refusal } from '../harness/graphql-client.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { inhabitants, ServerMember } from '../harness/server-member.js';

describe('an invite', () => {
  let relay: TestRelay;
  let second: TestRelay;
  let alice: ServerMember;
  let bob: ServerMember;
  let carol: ServerMember;
  let dave: ServerMember;
  let server: string;

  beforeAll(async () => {
    relay = await startRelay();
    second = await startRelay({ beside: relay });
    [alice, bob, carol, dave] = await inhabitants(relay, 'alice', 'bob', 'carol', 'dave');
  });
  beforeEach(async () => {
    server = await alice.makesServer();
  });
  afterAll(async () => {
    await second.stop();
    await relay.stop();
  });

  it('shows its code once, and the relay keeps a hash of it', async () => {
    const { createInvite: invite } = granted(await alice.triesToInvite(server, { maxUses: 3, expiresInSeconds: 3600 }));
    expect(invite).toMatchObject({ code: expect.stringMatching(/^[\w-]{22}$/) as string, maxUses: 3, uses: 0 });
    granted(await bob.triesToJoin(invite.code ?? ''));
    expect(await alice.invitesOf(server)).toEqual([{ ...invite, code: null, uses: 1 }]);
    const rows = await relay.rows<{ row: string; code_hash: Buffer }>(
      'SELECT i::text AS row, code_hash FROM server_invites i WHERE server_id = $1',
      [server],
    );
    expect(rows).toHaveLength(1);
    const code = Buffer.from(invite.code ?? '', 'base64url');
    expect(code).toHaveLength(16);
    for (const { row } of rows) {
      expect(row).not.toContain(invite.code);
      expect(row).not.toContain(code.toString('hex'));
      // Nor who made it, or who came by it.
      expect(row).not.toContain(alice.id);
      expect(row).not.toContain(bob.id);
    }
    expect(rows[0]?.code_hash).toEqual(
      createHash('sha256')
        .update(invite.code ?? '')
        .digest(),
    );
  });

  it('lets in as many as it is for, when a hundred come at once', async () => {
    const code = await alice.invites(server, { maxUses: 10 });
    const names = Array.from({ length: 100 }, (_, n) => `guest${n}`);
    const guests = (await crowd(relay, alice.tokens, names)).map(
      (tokens, n) => new ServerMember(n % 2 ? relay : second, tokens),
    );
    // Whoever is told that the relay is busy tries again, as they should.
    const joins = async (guest: ServerMember): ReturnType<ServerMember['triesToJoin']> => {
      const answer = await guest.triesToJoin(code);
      return answer.errors?.[0]?.extensions.code === 'UNAVAILABLE' ? joins(guest) : answer;
    };
    const answers = await Promise.all(guests.map(joins));
    const refusals = answers.filter(({ errors }) => errors).map(refusal);
    expect(refusals).toHaveLength(90);
    expect(new Set(refusals)).toEqual(new Set(['EXPIRED/INVITE_EXPIRED']));
    expect((await alice.seesServer(server)).memberCount).toBe(11);
    expect(await relay.rows('SELECT FROM server_members WHERE server_id = $1', [server])).toHaveLength(11);
    expect(await relay.rows('SELECT uses FROM server_invites WHERE server_id = $1', [server])).toEqual([{ uses: 10 }]);
  });

  it('is used once by somebody who joins twice at once, and by no member', async () => {
    const code = await alice.invites(server, { maxUses: 2 });
    const answers = await Promise.all([bob, bob, bob.movesTo(second), alice].map((who) => who.triesToJoin(code)));
    for (const answer of answers) expect(granted(answer).joinServer.id).toBe(server);
    expect(await alice.invitesOf(server)).toMatchObject([{ uses: 1 }]);
    expect((await bob.seesServer(server)).myRole).toBe('MEMBER');
    granted(await carol.triesToJoin(code));
    // Used up; who is in already is told so all the same.
    expect(granted(await bob.triesToJoin(code)).joinServer.memberCount).toBe(3);
    expect(refusal(await dave.triesToJoin(code))).toBe('EXPIRED/INVITE_EXPIRED');
  });

  it('is over at its time', async () => {
    const code = await alice.invites(server, { expiresInSeconds: 60 });
    granted(await bob.triesToJoin(code));
    relay.clock.advance({ seconds: 60 });
    expect(refusal(await carol.triesToJoin(code))).toBe('EXPIRED/INVITE_EXPIRED');
    expect(await alice.invitesOf(server)).toEqual([]);
  });

  it('is nothing any more once it is revoked, like one that never was', async () => {
    const { createInvite: invite } = granted(await alice.triesToInvite(server));
    granted(await alice.triesToRevoke(invite.id));
    const revoked = await bob.triesToJoin(invite.code ?? '');
    expect(refusal(revoked)).toBe('NOT_FOUND');
    expect(await bob.triesToJoin('A'.repeat(22))).toEqual(revoked);
    expect(refusal(await alice.triesToRevoke(invite.id))).toBe('NOT_FOUND');
    // Its id is no code.
    expect(refusal(await bob.triesToJoin(invite.id))).toBe('BAD_USER_INPUT/INVALID_VALUE');
  });

  it('is made, seen and revoked by admins, and for others the list is empty', async () => {
    await alice.takesIn(server, bob, carol);
    await alice.ranks(server, bob, 'ADMIN');
    await alice.ranks(server, carol, 'MODERATOR');
    const { createInvite: invite } = granted(await bob.triesToInvite(server));
    expect(await alice.invitesOf(server)).toHaveLength(2);
    expect(await carol.invitesOf(server)).toEqual([]);
    expect(refusal(await carol.triesToInvite(server))).toBe('FORBIDDEN/RIGHT_MISSING');
    expect(refusal(await carol.triesToRevoke(invite.id))).toBe('FORBIDDEN/RIGHT_MISSING');
    granted(await bob.triesToRevoke(invite.id));
  });

  it('can be guessed at a few times an hour', async () => {
    // A fiftieth of what is allowed, so that the story is short: one code at once, and a request every 2.5 seconds.
    const slow = await startRelay({ beside: relay, env: { LETHE_LIMIT_SCALE: '0.02' } });
    const guess = () => {
      relay.clock.advance({ seconds: 3 });
      return dave.movesTo(slow).triesToJoin('A'.repeat(22));
    };
    expect(refusal(await guess())).toBe('NOT_FOUND');
    const answer = await guess();
    expect(refusal(answer)).toBe('RATE_LIMITED');
    expect(answer.errors?.[0]?.extensions.retryAfterMs).toBeGreaterThan(60_000);
    await slow.stop();
  });

  it('is erased when nobody can join by it any more, and no other is', async () => {
    await relay.rows('DELETE FROM server_invites');
    const usedUp = await alice.invites(server, { maxUses: 1 });
    granted(await bob.triesToJoin(usedUp));
    for (let n = 0; n < 3; n++) await alice.invites(server, { expiresInSeconds: 60 });
    const kept = granted(await alice.triesToInvite(server, { maxUses: 2, expiresInSeconds: 7200 })).createInvite;
    relay.clock.advance({ minutes: 5 });
    const pool = new Pool({ connectionString: relay.databaseUrl });
    const now = relay.clock.now();
    expect(await countExpiredInvites(pool, now)).toBe(4);
    expect(await deleteExpiredInvites(pool, now, 3)).toBe(3);
    expect(await deleteExpiredInvites(pool, now, 3)).toBe(1);
    expect(await countExpiredInvites(pool, now)).toBe(0);
    await pool.end();
    expect(await relay.rows('SELECT id FROM server_invites')).toEqual([{ id: kept.id }]);
    expect(refusal(await carol.triesToJoin(usedUp))).toBe('NOT_FOUND');
  });
});
