import type { Entry } from '../harness/inbox.js';
import { refusal } from '../harness/graphql-client.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { SenderKeyRing } from '../harness/sender-keys.js';
import { SignalCorrespondent } from '../harness/signal-correspondent.js';

describe('five people with sender keys', () => {
  let relay: TestRelay;
  let rings: SenderKeyRing[];
  let mallory: SenderKeyRing;
  let group: string;
  /** What the owner has seen of the log. */
  let log: Entry[];

  beforeAll(async () => {
    relay = await startRelay();
    const names = ['alice', 'bob', 'carol', 'dave', 'mallory'];
    const members = await Promise.all(names.map((name) => SignalCorrespondent.arrives(relay, name)));
    rings = members.map((member) => new SenderKeyRing(member));
    mallory = rings.at(-1)!;
    group = await members[0]!.makesGroupWith(...members.slice(1));
  });
  afterAll(async () => {
    await Promise.all([...rings, mallory].map(({ member }) => member.goesAway()));
    await relay.stop();
  });

  /** Everybody makes a key and hands it to all others, who may be away meanwhile. */
  async function renewKeys(): Promise<void> {
    for (const ring of rings) await ring.renewsFor(rings.filter((other) => other !== ring).map(({ member }) => member));
    for (const ring of rings) expect(await ring.takesKeys()).toBe(rings.length - 1);
  }

  const post = async (ring: SenderKeyRing, text: string, epoch: number) =>
    ring.member.triesToPost(group, '', { epoch, sealedBody: await ring.seals(text) });

  /** Everybody posts, once for all, and everybody else opens everything. */
  async function everybodySpeaks(epoch: number): Promise<void> {
    const { cursor } = await rings[0]!.member.reads(group);
    for (const ring of rings) {
      const said = `${ring.member.tokens.account.username} in epoch ${epoch}`;
      expect(await post(ring, said, epoch)).not.toHaveProperty('errors');
    }
    log = (await rings[0]!.member.reads(group, cursor)).entries;
    expect(log).toHaveLength(rings.length);
    for (const reader of rings) {
      for (const [index, { sealedBody }] of log.entries()) {
        const author = rings[index]!.member;
        if (author === reader.member) continue;
        expect(await reader.opens(sealedBody!)).toEqual({
          from: author.deviceId,
          text: `${author.tokens.account.username} in epoch ${epoch}`,
        });
      }
    }
  }

  it('hand out their keys through the mailbox, and talk through the log', async () => {
    await renewKeys();
    await everybodySpeaks(1);
    expect(await relay.rows('SELECT FROM mailbox_entries')).toEqual([]);
  });

  it('take nothing for the old epoch any more once one of them is removed', async () => {
    const following = await mallory.member.follows(group).caughtUp();
    const [alice, bob] = rings as [SenderKeyRing, SenderKeyRing];
    await alice.member.removes(mallory.member, group);
    rings = rings.slice(0, -1);

    expect((await following.next()).change).toBe('REMOVED');
    expect(await following.over()).toBe('complete');
    expect(await alice.member.looksAt(group)).toMatchObject({ epoch: 2, minEpoch: 2 });
    const stale = await post(bob, 'sealed for Mallory, too', 1);
    expect(stale.errors?.[0]?.extensions).toEqual({ code: 'CONFLICT', reason: 'STALE_EPOCH', epoch: 2, minEpoch: 2 });
  });

  it('go on with keys made anew', async () => {
    await renewKeys();
    await everybodySpeaks(2);
    expect(log.map(({ seq }) => seq)).toEqual([7, 8, 9, 10]);
  });

  it('leave the removed one neither the log nor what is said in it', async () => {
    const { member } = mallory;
    const query = 'query ($id: ID!) { channelLog(channelId: $id) { cursor } }';
    const page = await member.tries(query, { id: group });
    expect([page, await post(mallory, 'still here', 2), await post(mallory, 'still here', 1)].map(refusal)).toEqual(
      Array(3).fill('NOT_FOUND'),
    );
    expect(await member.follows(group).over()).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
    expect((await member.mailbox()).envelopes).toEqual([]);
    // Not even with the ciphertext in hand, nor with the covers on top of it.
    await expect(mallory.opens(log[0]!.sealedBody!)).rejects.toThrow('Under no cover');
    mallory.learnsCoversOf(rings[1]!);
    for (const { sealedBody } of log) await expect(mallory.opens(sealedBody!)).rejects.toThrow(/sender key/);
  });
});
