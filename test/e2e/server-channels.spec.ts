import { granted, refusal } from '../harness/graphql-client.js';
import { sealed, wordsOf } from '../harness/person.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { inhabitants, type ServerMember } from '../harness/server-member.js';

describe('a channel of a server', () => {
  let relay: TestRelay;
  let owner: ServerMember;
  let admin: ServerMember;
  let moderator: ServerMember;
  let member: ServerMember;
  let other: ServerMember;
  let stranger: ServerMember;
  let server: string;
  let open: string;
  let closed: string;

  beforeAll(async () => {
    relay = await startRelay();
    [owner, admin, moderator, member, other, stranger] = await inhabitants(
      relay,
      'owner',
      'admin',
      'moderator',
      'member',
      'other',
      'stranger',
    );
  });
  beforeEach(async () => {
    server = await owner.makesServer();
    await owner.takesIn(server, admin, moderator, member, other);
    await owner.ranks(server, admin, 'ADMIN');
    await owner.ranks(server, moderator, 'MODERATOR');
    open = await owner.makesChannel(server);
    closed = await owner.makesChannel(server, { isPrivate: true, defaultTtlSeconds: 3600 });
  });
  afterAll(async () => {
    await Promise.all([owner, admin, moderator, member, other].map((person) => person.goesAway()));
    await relay.stop();
  });

  it('is made by admins, who are in it at once', async () => {
    expect(granted(await owner.triesToSeeChannel(open)).channel).toMatchObject({
      kind: 'SERVER',
      serverId: server,
      isPrivate: false,
      sealedMeta: sealed('channel', 64),
      defaultTtlSeconds: null,
      epoch: 1,
      headSeq: 0,
    });
    expect(granted(await owner.triesToSeeChannel(closed)).channel).toMatchObject({
      isPrivate: true,
      defaultTtlSeconds: 3600,
    });
    await owner.posts(open, 'hello');
    const feed = admin.followsAll();
    const made = await admin.makesChannel(server);
    expect((await feed.page()).channelId).toBe(made);
    expect(await owner.channelsOfServer(server)).toEqual([open, closed, made]);
    for (const who of [moderator, member])
      expect(refusal(await who.triesToMakeChannel(server))).toBe('FORBIDDEN/RIGHT_MISSING');
  });

  it('is seen by the members of the server, who read it once they have joined', async () => {
    expect(granted(await member.triesToSeeChannel(open)).channel).toMatchObject({ id: open, headSeq: 0 });
    expect(await member.channelsOfServer(server)).toEqual([open]);
    const mine = () => member.asks<{ channels: { nodes: { id: string }[] } }>('{ channels { nodes { id } } }');
    expect((await mine()).channels.nodes.map(({ id }) => id)).not.toContain(open);
    const { id: said } = await owner.posts(open, 'before');

    const NOT_JOINED = 'FORBIDDEN/NOT_JOINED';
    expect(refusal(await member.triesToPost(open, 'psst'))).toBe(NOT_JOINED);
    expect(refusal(await member.triesToSeeMembers(open))).toBe(NOT_JOINED);
    const log = 'query ($id: ID!) { channelLog(channelId: $id) { cursor } }';
    expect(refusal(await member.tries(log, { id: open }))).toBe(NOT_JOINED);
    const messages = 'query ($id: ID!) { channel(id: $id) { messages { nodes { id } } } }';
    expect(refusal(await member.tries(messages, { id: open }))).toBe(NOT_JOINED);
    expect(refusal(await member.tries('query ($id: ID!) { message(id: $id) { id } }', { id: said }))).toBe(NOT_JOINED);
    expect(refusal(await member.triesToLeaveChannel(open))).toBe(NOT_JOINED);
    expect(JSON.stringify(await member.follows(open).over())).toContain('NOT_JOINED');

    const feed = member.followsAll();
    expect(granted(await member.triesToJoinChannel(open)).joinChannel).toMatchObject({ epoch: 2, minEpoch: 1 });
    expect((await mine()).channels.nodes.map(({ id }) => id)).toContain(open);
    await owner.posts(open, 'after');
    expect(await feed.take(2)).toMatchObject([{ change: 'JOINED', accountId: member.id }, { seq: 3 }]);
    const page = await member.reads(open);
    expect(page.gaps).toEqual([{ fromSeq: 1, toSeq: 1, reason: 'NOT_A_MEMBER' }]);
    expect(wordsOf(page.entries.slice(1))).toEqual(['after']);
    await member.posts(open, 'me too');

    // Who left reads nothing of it any more, not even what they have read before.
    granted(await member.triesToLeaveChannel(open));
    expect(refusal(await member.tries(messages, { id: open }))).toBe(NOT_JOINED);
    expect(refusal(await member.tries(log, { id: open }))).toBe(NOT_JOINED);
    expect(refusal(await member.triesToPost(open, 'still here', { epoch: 3 }))).toBe(NOT_JOINED);
  });

  it('is joined once, however often one asks', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => member.triesToJoinChannel(open)));
    for (const answer of answers) expect(granted(answer).joinChannel.headSeq).toBe(1);
    expect(await owner.membersOfChannel(open)).toEqual(['member MEMBER', 'owner OWNER']);
  });

  it('is not there for members when it is private, until they are added', async () => {
    const nothing = await stranger.triesToSeeChannel(closed);
    expect(refusal(nothing)).toBe('NOT_FOUND');
    for (const who of [moderator, member]) {
      expect(await who.triesToSeeChannel(closed)).toEqual(nothing);
      expect(refusal(await who.triesToJoinChannel(closed))).toBe('NOT_FOUND');
      expect(refusal(await who.triesToPost(closed, 'psst'))).toBe('NOT_FOUND');
      expect(refusal(await who.triesToChange('addChannelMember', closed, who))).toBe('NOT_FOUND');
      expect(await who.channelsOfServer(server)).toEqual([open]);
    }
    // An admin sees that it is there, not what is said.
    expect(await admin.channelsOfServer(server)).toEqual([open, closed]);
    expect(
      refusal(await admin.tries('query ($id: ID!) { channelLog(channelId: $id) { cursor } }', { id: closed })),
    ).toBe('FORBIDDEN/NOT_JOINED');
    await admin.adds(member, closed);
    expect(await member.channelsOfServer(server)).toEqual([open, closed]);
    expect((await member.reads(closed)).entries).toMatchObject([{ change: 'JOINED', accountId: member.id }]);
    granted(await admin.triesToJoinChannel(closed));

    granted(await member.triesToLeaveChannel(closed));
    expect(refusal(await member.triesToJoinChannel(closed))).toBe('NOT_FOUND');
  });

  it('takes in members of the server alone', async () => {
    expect(refusal(await owner.triesToChange('addChannelMember', open, stranger))).toBe('NOT_FOUND');
    await moderator.adds(member, open);
    expect(refusal(await moderator.triesToChange('addChannelMember', open, member))).toBe('CONFLICT/ALREADY_A_MEMBER');
    expect(refusal(await member.triesToChange('addChannelMember', open, other))).toBe('FORBIDDEN/RIGHT_MISSING');
  });

  it('has the roles of the server', async () => {
    for (const who of [admin, moderator, member]) await who.joinsChannels(open);
    const roles = ['admin ADMIN', 'member MEMBER', 'moderator MEMBER', 'owner OWNER'];
    expect(await member.membersOfChannel(open)).toEqual(roles);
    const ranking = { input: { channelId: open, accountId: member.id, role: 'ADMIN' } };
    const rank = 'mutation ($input: SetChannelRoleInput!) { setChannelRole(input: $input) { role } }';
    for (const who of [owner, admin, member])
      expect(refusal(await who.tries(rank, ranking))).toBe('FORBIDDEN/SERVER_CHANNEL');
    await owner.ranks(server, member, 'MODERATOR');
    expect(refusal(await moderator.triesToChange('removeChannelMember', open, member))).toBe('FORBIDDEN/RIGHT_MISSING');
    await owner.ranks(server, member, 'ADMIN');
    expect(await member.membersOfChannel(open)).toEqual(
      roles
        .map((role) => role.replace('member M', 'member X'))
        .map((role) => role.replace('member XEMBER', 'member ADMIN')),
    );
    expect(refusal(await member.triesToChange('removeChannelMember', open, admin))).toBe('FORBIDDEN/RIGHT_MISSING');
    expect(refusal(await member.triesToChange('removeChannelMember', open, owner))).toBe('FORBIDDEN/RIGHT_MISSING');
    await member.removes(moderator, open);
    await owner.ranks(server, member, 'MEMBER');
    await admin.removes(member, open);
    expect(await owner.membersOfChannel(open)).toEqual(['admin ADMIN', 'owner OWNER']);
    // Still in the server, and free to come again.
    await member.joinsChannels(open);
  });

  it('is changed by admins, in part or whole', async () => {
    await member.joinsChannels(open);
    const renamed = granted(await admin.triesToUpdateChannel(open, { sealedMeta: sealed('other', 64) })).updateChannel;
    expect(renamed).toMatchObject({ sealedMeta: sealed('other', 64), defaultTtlSeconds: null });
    granted(await owner.triesToUpdateChannel(open, { defaultTtlSeconds: 60 }));
    const seen = granted(await member.triesToSeeChannel(open)).channel;
    expect(seen).toMatchObject({ sealedMeta: sealed('other', 64), defaultTtlSeconds: 60 });
    await member.posts(open, 'soon gone', { epoch: 2 });
    relay.clock.advance({ seconds: 61 });
    expect((await member.reads(open)).entries).toMatchObject([{ change: 'JOINED' }]);
    expect(granted(await owner.triesToUpdateChannel(open, { defaultTtlSeconds: null })).updateChannel).toMatchObject({
      sealedMeta: sealed('other', 64),
      defaultTtlSeconds: null,
    });
    expect(refusal(await owner.triesToUpdateChannel(open, { sealedMeta: null }))).toBe('BAD_USER_INPUT/INVALID_VALUE');
    for (const who of [moderator, member])
      expect(refusal(await who.triesToUpdateChannel(open, { defaultTtlSeconds: 1 }))).toBe('FORBIDDEN/RIGHT_MISSING');
  });

  it('is not the only one that can be changed: groups by their admins, direct channels by both', async () => {
    const group = await owner.makesGroupWith(admin, member);
    expect(refusal(await member.triesToUpdateChannel(group, { defaultTtlSeconds: 60 }))).toBe(
      'FORBIDDEN/RIGHT_MISSING',
    );
    granted(await owner.triesToUpdateChannel(group, { defaultTtlSeconds: 60 }));
    const direct = await owner.opensDirectWith(member);
    granted(await member.triesToUpdateChannel(direct, { defaultTtlSeconds: 60, sealedMeta: sealed('us', 64) }));
    expect(granted(await owner.triesToUpdateChannel(direct, { sealedMeta: null })).updateChannel).toMatchObject({
      sealedMeta: null,
      defaultTtlSeconds: 60,
    });
    const { openNotes: notes } = await owner.asks<{ openNotes: { id: string } }>('mutation { openNotes { id } }');
    granted(await owner.triesToUpdateChannel(notes.id, { sealedMeta: sealed('mine', 64) }));
    for (const channel of [direct, notes.id]) {
      expect(refusal(await owner.triesToDeleteChannel(channel))).toBe('FORBIDDEN/DIRECT_CHANNEL');
      expect(refusal(await owner.triesToJoinChannel(channel))).toBe('FORBIDDEN/DIRECT_CHANNEL');
    }
    expect(refusal(await member.triesToJoinChannel(group))).toBe('FORBIDDEN/RIGHT_MISSING');
    expect(refusal(await member.triesToDeleteChannel(group))).toBe('FORBIDDEN/RIGHT_MISSING');
    granted(await owner.triesToDeleteChannel(group));
    expect(refusal(await member.triesToSeeChannel(group))).toBe('NOT_FOUND');
  });

  it('is deleted by admins, and then nothing is there', async () => {
    await member.joinsChannels(open);
    const { id: said } = await member.posts(open, 'hello', { epoch: 2 });
    for (const who of [moderator, member])
      expect(refusal(await who.triesToDeleteChannel(open))).toBe('FORBIDDEN/RIGHT_MISSING');
    const posting = [1, 2, 3, 4, 5, 6].map((n) => member.triesToPost(open, String(n), { epoch: 2 }));
    granted(await admin.triesToDeleteChannel(open));
    for (const answer of await Promise.all(posting)) if (answer.errors) expect(refusal(answer)).toBe('NOT_FOUND');
    expect(refusal(await member.triesToPost(open, 'anybody?', { epoch: 2 }))).toBe('NOT_FOUND');
    expect(refusal(await member.triesToJoinChannel(open))).toBe('NOT_FOUND');
    expect(refusal(await owner.triesToSeeChannel(open))).toBe('NOT_FOUND');
    expect(refusal(await owner.triesToDeleteChannel(open))).toBe('NOT_FOUND');
    expect(refusal(await member.tries('query ($id: ID!) { message(id: $id) { id } }', { id: said }))).toBe('NOT_FOUND');
    expect(await owner.channelsOfServer(server)).toEqual([closed]);
    const { channels } = await member.asks<{ channels: { nodes: { id: string }[] } }>('{ channels { nodes { id } } }');
    expect(channels.nodes.map(({ id }) => id)).not.toContain(open);
  });
});
