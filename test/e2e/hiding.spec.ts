import { Pools } from '../../src/database/pools.js';
import { countHiddenToForget, forgetHidden } from '../../src/messages/hiding.queries.js';
import { historyOf, postsOwn, reacts, retracts, triesToSee } from '../harness/author.js';
import { refusal } from '../harness/graphql-client.js';
import { login } from '../harness/people.js';
import { people, Person, wordsOf } from '../harness/person.js';
import { startRelay, type TestRelay } from '../harness/relay.js';

describe('hiding a message', () => {
  let relay: TestRelay;
  let alice: Person;
  let bob: Person;
  let group: string;

  beforeAll(async () => {
    relay = await startRelay();
    [alice, bob] = (await people(relay, 'alice', 'bob')) as [Person, Person];
  });
  beforeEach(async () => {
    group = await alice.makesGroupWith(bob);
  });
  afterAll(() => relay.stop());

  const triesToHide = (person: Person, id: string) =>
    person.tries<{ hideMessage: boolean }>('mutation ($id: ID!) { hideMessage(id: $id) }', { id });
  const hidden = () => relay.rows('SELECT seq FROM hidden_messages WHERE channel_id = $1', [group]);

  it('takes it from the history of the account, on all its devices, and from nobody else’s', async () => {
    for (const words of ['1', '2', '3']) await alice.posts(group, words);
    const { entries } = await bob.reads(group);
    const { id } = entries[1]!;
    const bobsTablet = new Person(relay, await login(relay, 'bob'));
    for (let again = 0; again < 2; again++) expect((await triesToHide(bob, id)).data.hideMessage).toBe(true);
    for (const device of [bob, bobsTablet]) {
      expect(wordsOf((await historyOf(device, group)) as never)).toEqual(['1', '3']);
      expect(refusal(await triesToSee(device, id))).toBe('NOT_FOUND');
    }
    expect(wordsOf((await historyOf(alice, group)) as never)).toEqual(['1', '2', '3']);
    // The log is the same for everybody, place by place.
    expect((await bob.reads(group)).entries).toEqual(entries);
    // Pages are full of what is left.
    expect((await historyOf(bob, group, 2)).map(({ seq }) => seq)).toEqual([1, 3]);
  });

  it('is for messages one sees', async () => {
    const [carol] = (await people(relay, 'carol')) as [Person];
    const message = await alice.posts(group, 'before carol', { expiresInSeconds: 60 });
    const reaction = await reacts(bob, group, message.id, '+1');
    const outcomes = async (...asked: [Person, string][]) =>
      Promise.all(asked.map(async ([person, id]) => refusal(await triesToHide(person, id))));
    expect(await outcomes([carol, message.id], [bob, reaction.id])).toEqual(['NOT_FOUND', 'NOT_FOUND']);
    await alice.adds(carol, group);
    relay.clock.advance({ seconds: 61 });
    expect(await outcomes([carol, message.id], [bob, message.id])).toEqual(['NOT_FOUND', 'NOT_FOUND']);
    expect(await hidden()).toEqual([]);
  });

  it('is forgotten when the message is past its time', async () => {
    const { append } = relay.app.get(Pools);
    const now = () => relay.clock.now();
    for (let n = 0; n < 3; n++) await triesToHide(bob, (await alice.posts(group, `${n}`, { expiresInSeconds: 60 })).id);
    await triesToHide(bob, (await alice.posts(group, 'stays')).id);
    expect([await countHiddenToForget(append, now()), await forgetHidden(append, now(), 10)]).toEqual([0, 0]);
    relay.clock.advance({ seconds: 61 });
    expect(await countHiddenToForget(append, now())).toBe(3);
    expect([await forgetHidden(append, now(), 2), await forgetHidden(append, now(), 2)]).toEqual([2, 1]);
    expect(await hidden()).toEqual([{ seq: 4 }]);
  });

  it('is forgotten with the message, or the account', async () => {
    const message = await postsOwn(alice, group, 'retracted');
    const other = await alice.posts(group, 'stays');
    const [dave] = (await people(relay, 'dave')) as [Person];
    await alice.adds(dave, group);
    const late = await alice.posts(group, 'late', { epoch: 2 });
    for (const [person, { id }] of [
      [bob, message],
      [alice, message],
      [bob, other],
      [dave, late],
    ] as const)
      await triesToHide(person, id);
    expect(await hidden()).toHaveLength(4);
    await retracts(alice, message.id, message.authorSecret);
    expect(await hidden()).toHaveLength(2);
    await dave.asks('mutation ($input: DeleteAccountInput!) { deleteAccount(input: $input) }', {
      input: { password: 'correct horse battery staple' },
    });
    expect(await hidden()).toEqual([{ seq: 2 }]);
  });
});
