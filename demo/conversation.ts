import assert from 'node:assert/strict';
import type { NewMessage } from './relay-client.js';
import { type OpenedMessage, SignalPerson } from './signal-person.js';
import { KYBER_PRE_KEYS, ONE_TIME_PRE_KEYS } from './signal-device.js';

/** Told as it happens. */
export interface Narrator {
  chapter(title: string): void;
  line(text: string): void;
}

/** What was said, for whoever looks at the database afterwards. */
export interface Conversation {
  people: SignalPerson[];
  channelId: string;
  said: OpenedMessage[];
}

const EACH_WAY = 10;
const WHILE_AWAY = 5;

/**
 * Two people, each at a relay process of their own if there are two: they register, claim each other's keys, talk, and
 * one of them goes away for a while. Every step checks what it claims; anything that is off throws.
 */
export async function conversation(aliceAt: string, bobAt: string, narrator: Narrator): Promise<Conversation> {
  narrator.chapter('Alice and Bob register, each with one device');
  const alice = await SignalPerson.registers(aliceAt, 'alice');
  const bob = await SignalPerson.registers(bobAt, 'bob');
  for (const { username } of [alice, bob])
    narrator.line(
      `${username}: signed prekey, ${ONE_TIME_PRE_KEYS} one-time prekeys, ${KYBER_PRE_KEYS + 1} Kyber prekeys`,
    );
  const talk = new Talk(alice, bob, narrator);
  try {
    await talk.begins();
    await talk.goesOn();
    await talk.isResumed();
  } finally {
    await Promise.all([alice.goesAway(), bob.goesAway()]);
  }
  return { people: [alice, bob], channelId: talk.channel.id, said: talk.said };
}

class Talk {
  readonly said: OpenedMessage[] = [];
  channel = { id: '', epoch: 0 };

  constructor(
    private readonly alice: SignalPerson,
    private readonly bob: SignalPerson,
    private readonly narrator: Narrator,
  ) {}

  async begins(): Promise<void> {
    const { alice, bob, narrator } = this;
    narrator.chapter('They claim each other’s key bundles');
    await this.meets(alice, bob);
    await this.meets(bob, alice);

    narrator.chapter('They open a direct channel');
    alice.comesOnline();
    bob.comesOnline();
    const [channel, same] = await Promise.all([alice.opensDirectWith(bob), bob.opensDirectWith(alice)]);
    assert.deepEqual(channel, same, 'one pair has two channels');
    this.channel = channel;
    narrator.line(`both at once, and got the same one: ${channel.id}`);
  }

  async goesOn(): Promise<void> {
    const { alice, bob, narrator } = this;
    narrator.chapter(`They write ${EACH_WAY} messages each, live`);
    let slowest = 0;
    for (let n = 1; n <= EACH_WAY; n++) {
      const began = performance.now();
      await this.says(alice, bob, `Question ${n}`);
      await bob.hasRead(n);
      await this.says(bob, alice, `Answer ${n}`);
      await alice.hasRead(n);
      slowest = Math.max(slowest, performance.now() - began);
    }
    this.readersHaveAll();
    narrator.line(`places 1 to ${this.said.length} of the log, each opened before the next was written`);
    narrator.line(`question and answer, sealed, posted, delivered and opened: ${Math.ceil(slowest)} ms at most`);
  }

  async isResumed(): Promise<void> {
    const { alice, bob, narrator } = this;
    narrator.chapter('Bob goes away, and comes back by cursor');
    const before = bob.read.length;
    await bob.goesAway();
    for (let n = 1; n <= WHILE_AWAY; n++)
      await this.postsAgain(alice, await this.says(alice, bob, `While you were away, ${n}`));
    assert.equal(bob.read.length, before, 'he read while he was away');
    narrator.line(`meanwhile Alice posted ${WHILE_AWAY} messages, each of them twice with one clientMessageId`);

    bob.comesOnline();
    await this.says(alice, bob, 'Welcome back');
    await bob.hasRead(before + WHILE_AWAY + 1);
    this.readersHaveAll();
    narrator.line('he read those and the next one: once, in order, without a gap');
  }

  private async meets(person: SignalPerson, other: SignalPerson): Promise<void> {
    const [bundle, ...more] = await person.meets(other);
    assert.equal(more.length, 0, 'one device has several bundles');
    assert.equal(bundle?.deviceId, other.device.id);
    // As people compare safety numbers: a relay that slips in a key of its own is found out here.
    assert.equal(bundle.identityKey, other.device.identityKey, 'the relay handed out another identity key');
    assert.ok(bundle.oneTimePreKey, 'the bundle has no one-time prekey');
    this.narrator.line(
      `${person.username} verified the signatures in the bundle of ${other.username}, and began a session`,
    );
  }

  private async says(author: SignalPerson, reader: SignalPerson, text: string): Promise<NewMessage> {
    const message = await author.writes(text, reader, this.channel);
    const { seq, duplicate } = await author.posts(message);
    assert.deepEqual([seq, duplicate], [this.said.length + 1, false], 'the log has other places than 1, 2, 3 …');
    this.said.push({ seq, from: author.device.id, text });
    return message;
  }

  /** As one does whose answer got lost. */
  private async postsAgain(author: SignalPerson, message: NewMessage): Promise<void> {
    const { seq, duplicate } = await author.posts(message);
    assert.deepEqual([seq, duplicate], [this.said.length, true], 'a retry made a second message');
  }

  private readersHaveAll(): void {
    const by = ({ device }: SignalPerson) => this.said.filter(({ from }) => from === device.id);
    assert.deepEqual(this.bob.read, by(this.alice), 'Bob did not read exactly what Alice wrote');
    assert.deepEqual(this.alice.read, by(this.bob), 'Alice did not read exactly what Bob wrote');
  }
}
