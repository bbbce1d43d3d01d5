import { DataSource } from 'typeorm';
import { dismiss, lockHead } from '../../src/channels/membership.queries.js';
import { MembershipChangeKind } from '../../src/realtime/log-entry.js';
import { people, type Person, wordsOf } from '../harness/person.js';
import { startRelay } from '../harness/relay.js';
import type { Entry } from '../harness/inbox.js';
import { within } from '../harness/within.js';

async function wholeLog(reader: Person, channel: string): Promise<Entry[]> {
  const log: Entry[] = [];
  for (let after: string | undefined; ;) {
    const page = await reader.reads(channel, after);
    log.push(...page.entries);
    after = page.cursor;
    if (page.caughtUp) return log;
  }
}

describe('a member who is being removed', () => {
  it('cannot slip a message in behind the removal, not even sealed for the epoch to come', async () => {
    const [here, there] = await startRelay().then(
      async (first) => [first, await startRelay({ beside: first })] as const,
    );
    const [alice, bob, mallory] = (await people(here, 'alice', 'bob', 'mallory')) as [Person, Person, Person];
    const group = await alice.makesGroupWith(bob, mallory);
    const elsewhere = mallory.movesTo(there);
    for (let round = 0, epoch = 1; round < 8; round++, epoch += 2) {
      let removed = false;
      const hammering = Promise.all(
        Array.from({ length: 8 }, async (_, n) => {
          const from = n % 2 ? mallory : elsewhere;
          // Until the removal is answered and a little beyond, each for an epoch that could be the right one.
          for (let extra = 0; extra < 3; extra += removed ? 1 : 0)
            await from.triesToPost(group, 'mallory', { epoch: epoch + (n % 4 > 1 ? 1 : 0) });
        }),
      );
      await bob.posts(group, 'bob', { epoch });
      await alice.removes(mallory, group);
      removed = true;
      await hammering;
      await alice.adds(mallory, group);
    }
    let inside = true;
    let heard = 0;
    for (const entry of await wholeLog(bob, group)) {
      if (entry.change === 'REMOVED') inside = false;
      else if (entry.change === 'JOINED') inside = true;
      else if (wordsOf([entry])[0] === 'mallory') {
        heard += 1;
        expect(inside).toBe(true);
      }
    }
    expect(heard).toBeGreaterThan(8);
    await there.stop();
    await here.stop();
  });

  it('is not announced with other devices behind the removal', async () => {
    const relay = await startRelay();
    const [alice, bob, mallory] = (await people(relay, 'alice', 'bob', 'mallory')) as [Person, Person, Person];
    const group = await alice.makesGroupWith(bob, mallory);
    const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    let deactivating: ReturnType<Person['tries']> | undefined;
    // Step by step what `removeChannelMember` does, with a device that is deactivated before its commit.
    await relay.app.get(DataSource).transaction(async (manager) => {
      await lockHead(manager, group);
      await dismiss(manager, group, mallory.id, MembershipChangeKind.REMOVED, relay.clock.now());
      deactivating = mallory.tries('mutation ($id: ID!) { deactivateDevice(id: $id) { id } }', {
        id: mallory.tokens.device?.id,
      });
      await within(2_000, async () => (await relay.rows(waiting)).length === 1);
    });
    expect(await deactivating).not.toHaveProperty('errors');
    expect((await wholeLog(bob, group)).map(({ change }) => change)).toEqual(['REMOVED']);
    await relay.stop();
  });
});
