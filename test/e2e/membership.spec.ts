import { ed25519DeviceKeys } from '../harness/device-keys.js';
import { refusal } from '../harness/graphql-client.js';
import { people, type Person, wordsOf } from '../harness/person.js';
import { startRelay, type TestRelay } from '../harness/relay.js';

describe('membership', () => {
  let relay: TestRelay;
  let alice: Person;
  let bob: Person;
  let carol: Person;
  let dave: Person;

  beforeAll(async () => {
    relay = await startRelay();
    [alice, bob, carol, dave] = (await people(relay, 'alice', 'bob', 'carol', 'dave')) as [
      Person,
      Person,
      Person,
      Person,
    ];
  });
  afterAll(async () => {
    await Promise.all([alice, bob, carol, dave].map((person) => person.goesAway()));
    await relay.stop();
  });

  it('lets somebody who is added see the log from their own entry on', async () => {
    const group = await alice.makesGroupWith(bob);
    await alice.posts(group, 'before carol');
    await alice.adds(carol, group);
    await alice.posts(group, 'with carol');

    const page = await carol.reads(group);
    expect(page.gaps).toEqual([{ fromSeq: 1, toSeq: 1, reason: 'NOT_A_MEMBER' }]);
    expect(page.entries).toMatchObject([
      { __typename: 'MembershipChange', seq: 2, change: 'JOINED', accountId: carol.id },
      { __typename: 'Message', seq: 3 },
    ]);
    expect(await alice.looksAt(group)).toMatchObject({ epoch: 2, minEpoch: 1, headSeq: 3 });
  });

  it('gives a removed member their removal and nothing after it', async () => {
    const group = await alice.makesGroupWith(bob, carol);
    const [bobs, carols] = [await bob.follows(group).caughtUp(), await carol.follows(group).caughtUp()];
    const everything = await carol.followsAll().caughtUp();
    // Posted as fast as the relay takes them, so that some are on their way when the removal comes.
    const posting = Array.from({ length: 30 }, (_, n) => alice.triesToPost(group, `${n}`));
    const removing = alice.removes(carol, group);
    posting.push(...Array.from({ length: 30 }, (_, n) => alice.triesToPost(group, `after ${n}`, { epoch: 2 })));
    await Promise.all([...posting, removing]);

    expect(await carols.over()).toBe('complete');
    const seen = carols.waiting.flatMap(({ entries }) => entries);
    expect(seen.at(-1)).toMatchObject({ change: 'REMOVED', accountId: carol.id });

    await alice.posts(group, 'the last', { epoch: 2 });
    let last = await bobs.next();
    const log = [last];
    while (wordsOf([last])[0] !== 'the last') log.push((last = await bobs.next()));
    expect(seen).toEqual(log.slice(0, seen.length));
    const removal = log.findIndex(({ change }) => change === 'REMOVED');
    expect(removal).toBe(seen.length - 1);

    // Her feed goes on, without the group.
    const direct = await alice.opensDirectWith(carol);
    await alice.posts(direct, 'still friends');
    for (;;) {
      const page = await everything.page();
      if (page.channelId === group) expect(page.entries.every(({ seq }) => seq <= removal + 1)).toBe(true);
      else if (wordsOf(page.entries).includes('still friends')) break;
    }
  });

  it('refuses bodies sealed for who has been removed, and tells the epochs', async () => {
    const group = await alice.makesGroupWith(bob, carol);
    await alice.removes(carol, group);
    const answer = await bob.triesToPost(group, 'sealed for carol too', { epoch: 1 });
    expect(refusal(answer)).toBe('CONFLICT/STALE_EPOCH');
    expect(answer.errors?.[0]?.extensions).toMatchObject({ epoch: 2, minEpoch: 2 });
    expect(refusal(await bob.triesToPost(group, 'sealed for nobody yet', { epoch: 3 }))).toBe('CONFLICT/STALE_EPOCH');
    await bob.posts(group, 'sealed anew', { epoch: 2 });
  });

  it('answers a former member like a stranger, word for word', async () => {
    const group = await alice.makesGroupWith(bob, carol);
    const posted = await alice.posts(group, 'for members');
    await alice.removes(carol, group);
    const asks = [
      (who: Person) => who.tries('query ($id: ID!) { channel(id: $id) { id } }', { id: group }),
      (who: Person) => who.tries('query ($id: ID!) { channelLog(channelId: $id) { cursor } }', { id: group }),
      (who: Person) => who.tries('query ($id: ID!) { message(id: $id) { id } }', { id: posted.id }),
      (who: Person) => who.triesToPost(group, 'psst', { epoch: 2 }),
      (who: Person) => who.triesToChange('addChannelMember', group, carol),
      (who: Person) => who.tries('mutation ($id: ID!) { leaveChannel(id: $id) }', { id: group }),
    ];
    for (const ask of asks) {
      const [former, stranger] = [await ask(carol), await ask(dave)];
      expect(former).toEqual(stranger);
      expect(refusal(former)).toBe('NOT_FOUND');
    }
    expect(JSON.stringify(await carol.follows(group).over())).toContain('NOT_FOUND');
    const { channels } = await carol.asks<{ channels: { nodes: { id: string }[] } }>('{ channels { nodes { id } } }');
    expect(channels.nodes.map(({ id }) => id)).not.toContain(group);
  });

  it('tells somebody who comes back what they are not told', async () => {
    const group = await alice.makesGroupWith(bob, carol);
    const feed = await carol.followsAll().caughtUp();
    await alice.posts(group, 'one');
    await alice.removes(carol, group);
    await alice.posts(group, 'without carol', { epoch: 2 });
    await alice.adds(carol, group);
    await alice.posts(group, 'welcome back', { epoch: 3 });

    const { entries, gaps } = await carol.reads(group);
    expect(entries.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(gaps).toEqual([]);
    const { cursor } = await carol.reads(group);
    const rest = await carol.reads(group, cursor);
    expect(rest.gaps).toEqual([{ fromSeq: 3, toSeq: 3, reason: 'NOT_A_MEMBER' }]);
    expect(rest.entries.map(({ seq }) => seq)).toEqual([4, 5]);

    const fed: number[] = [];
    while (!fed.includes(5)) {
      const page = await feed.page();
      if (page.channelId === group) fed.push(...page.entries.map(({ seq }) => seq));
    }
    expect(fed).toEqual([1, 2, 4, 5]);
  });

  it('keeps roles: who adds, who removes, who leaves whom in charge', async () => {
    const group = await alice.makesGroupWith(bob, carol);
    expect(refusal(await bob.triesToChange('addChannelMember', group, dave))).toBe('FORBIDDEN/RIGHT_MISSING');
    expect(refusal(await bob.triesToChange('removeChannelMember', group, carol))).toBe('FORBIDDEN/RIGHT_MISSING');
    const promote = 'mutation ($input: SetChannelRoleInput!) { setChannelRole(input: $input) { accountId role } }';
    expect(await alice.asks(promote, { input: { channelId: group, accountId: carol.id, role: 'ADMIN' } })).toEqual({
      setChannelRole: { accountId: carol.id, role: 'ADMIN' },
    });
    await carol.adds(dave, group);
    expect(refusal(await carol.triesToChange('removeChannelMember', group, alice))).toBe('FORBIDDEN/RIGHT_MISSING');
    expect(refusal(await carol.tries(promote, { input: { channelId: group, accountId: bob.id, role: 'ADMIN' } }))).toBe(
      'FORBIDDEN/RIGHT_MISSING',
    );
    expect(refusal(await alice.triesToChange('addChannelMember', group, dave))).toBe('CONFLICT/ALREADY_A_MEMBER');

    await alice.asks('mutation ($id: ID!) { leaveChannel(id: $id) }', { id: group });
    const { channel } = await bob.asks<{ channel: { members: { nodes: { username: string; role: string }[] } } }>(
      'query ($id: ID!) { channel(id: $id) { members { nodes { username role } } } }',
      { id: group },
    );
    expect(channel.members.nodes).toEqual(
      expect.arrayContaining([
        { username: 'carol', role: 'OWNER' },
        { username: 'bob', role: 'MEMBER' },
        { username: 'dave', role: 'MEMBER' },
      ]),
    );
    expect(channel.members.nodes).toHaveLength(3);
  });

  it('neither adds to nor removes from a direct channel or notes', async () => {
    const direct = await alice.opensDirectWith(bob);
    const { openNotes: notes } = await alice.asks<{ openNotes: { id: string } }>('mutation { openNotes { id } }');
    for (const channel of [direct, notes.id]) {
      expect(refusal(await alice.triesToChange('addChannelMember', channel, carol))).toBe('FORBIDDEN/DIRECT_CHANNEL');
      expect(refusal(await alice.tries('mutation ($id: ID!) { leaveChannel(id: $id) }', { id: channel }))).toBe(
        'FORBIDDEN/DIRECT_CHANNEL',
      );
    }
    expect(refusal(await alice.triesToChange('removeChannelMember', direct, bob))).toBe('FORBIDDEN/DIRECT_CHANNEL');
  });

  it('announces new and lost devices in every channel, and cuts lost ones off', async () => {
    const [direct, group] = [await alice.opensDirectWith(dave), await alice.makesGroupWith(dave)];
    const inbox = await dave.followsAll().caughtUp();
    const { registerDevice } = await alice.asks<{ registerDevice: { device: { id: string } } }>(
      'mutation ($input: DeviceKeysInput!) { registerDevice(input: $input) { device { id } } }',
      { input: ed25519DeviceKeys() },
    );
    await alice.asks('mutation ($id: ID!) { deactivateDevice(id: $id) { active } }', { id: registerDevice.device.id });

    const announced = new Map<string, number>();
    while (announced.get(direct) !== 2 || announced.get(group) !== 2) {
      const { channelId, entries } = await inbox.page();
      for (const { change, accountId } of entries)
        if (change === 'DEVICES_CHANGED' && accountId === alice.id)
          announced.set(channelId, (announced.get(channelId) ?? 0) + 1);
    }
    expect(await dave.looksAt(group)).toMatchObject({ epoch: 3, minEpoch: 3, headSeq: 2 });
  });
});
