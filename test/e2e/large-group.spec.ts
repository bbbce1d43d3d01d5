import { refusal } from '../harness/graphql-client.js';
import { people, type Person, sealed, wordsOf } from '../harness/person.js';
import { startRelay, type TestRelay } from '../harness/relay.js';

interface MemberPage {
  channel: {
    members: { nodes: { username: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
  };
}

describe('a group', () => {
  let relay: TestRelay;
  let alice: Person;
  let bob: Person;
  let crowd: string[];

  beforeAll(async () => {
    relay = await startRelay();
    [alice, bob] = (await people(relay, 'alice', 'bob')) as [Person, Person];
    // People who never log in: registering 1,500 of them would hash 1,500 passwords.
    const rows = await relay.rows<{ id: string }>(
      `INSERT INTO accounts (id, username, password_hash, created_at)
       SELECT gen_random_uuid(), 'crowd' || n, '', now() FROM generate_series(1, 1500) n RETURNING id`,
    );
    crowd = rows.map(({ id }) => id);
  });
  afterAll(async () => {
    await Promise.all([alice.goesAway(), bob.goesAway()]);
    await relay.stop();
  });

  const triesToMakeGroup = (memberIds: string[]) =>
    alice.tries<{ createGroup: { id: string } }>(
      'mutation ($input: CreateGroupInput!) { createGroup(input: $input) { id headSeq } }',
      { input: { memberIds, sealedMeta: sealed('crowd') } },
    );
  const membersOf = async (id: string): Promise<string[]> => {
    const names: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      const page: MemberPage = await alice.asks<MemberPage>(
        `query ($id: ID!, $after: Cursor) { channel(id: $id) { members(first: 100, after: $after) {
           nodes { username } pageInfo { hasNextPage endCursor } } } }`,
        { id, after },
      );
      const { nodes, pageInfo } = page.channel.members;
      names.push(...nodes.map(({ username }) => username));
      [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
    }
    return names;
  };

  it('has at most 1,500 members, however many are added at once', async () => {
    expect(refusal(await triesToMakeGroup(crowd))).toBe('LIMIT_REACHED/TOO_MANY_MEMBERS');
    const { data } = await triesToMakeGroup(crowd.slice(0, 1_497));
    const group = data.createGroup.id;

    const add = (accountId: string) =>
      alice.tries('mutation ($input: ChannelMemberInput!) { addChannelMember(input: $input) { id } }', {
        input: { channelId: group, accountId },
      });
    const answers = await Promise.all([bob.id, ...crowd.slice(1_497, 1_500)].map(add));
    const refused = answers.filter(({ errors }) => errors);
    expect(refused.map(refusal)).toEqual(Array(2).fill('LIMIT_REACHED/TOO_MANY_MEMBERS'));
    // What was refused left no entry behind.
    expect((await alice.looksAt(group)).headSeq).toBe(2);
    const names = await membersOf(group);
    expect(names).toHaveLength(1_500);
    expect(new Set(names).size).toBe(1_500);
  });

  it('is made of accounts that exist', async () => {
    expect(refusal(await triesToMakeGroup(['0195d5a4-7c1e-7bd0-9f1e-5b0f3b1c2d3e']))).toBe('NOT_FOUND');
    const { data } = await triesToMakeGroup([bob.id, bob.id, alice.id]);
    expect(await membersOf(data.createGroup.id)).toEqual(expect.arrayContaining(['alice', 'bob']));
  });

  it('of 1,500 takes and delivers a post', async () => {
    const { data } = await triesToMakeGroup([bob.id, ...crowd.slice(0, 1_498)]);
    const inbox = await bob.follows(data.createGroup.id).caughtUp();
    await alice.posts(data.createGroup.id, 'hello all');
    expect(wordsOf([await inbox.next()])).toEqual(['hello all']);
  });
});
