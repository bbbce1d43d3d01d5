import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { GraphqlAnswer } from '../harness/graphql-client.js';
import { type Posted, sealed } from '../harness/person.js';
import { askOverHttp, askOverSocket } from './ask.js';
import { fingerprintOf } from './fingerprint.js';
import type { History, Message } from './history.js';
import type { Random } from './random.js';
import { type Identity, Wire } from './wire.js';

/** A channel that is written to. */
export interface Place {
  readonly channelId: string;
  /** How often it is chosen, beside others. */
  readonly weight: number;
  /** The writer is about to be removed, knows it, and tries to slip something in behind the removal. */
  readonly desperate?: boolean;
}

interface Draft {
  channelId: string;
  clientMessageId: string;
  epoch: number;
  sealedBody: string;
  expiresInSeconds?: number;
}

interface Refusal {
  code: string;
  reason?: string;
  epoch?: number;
}

const POST = 'mutation ($input: PostMessageInput!) { postMessage(input: $input) { id seq createdAt duplicate } }';

const EXPIRING = 0.06;
const LARGE = 0.02;
/** Posts again what was acknowledged, as a client does that was killed before it could store the answer. */
const REPEATING = 0.02;
/** Seals for an epoch that has not begun. */
const GUESSING = 0.05;

/** Posts one message after the other, each as often as it takes. */
export class Writer {
  private readonly epochs = new Map<string, number>();
  private wire: Wire | undefined;
  private server: { url: string };
  private stopping = false;
  private abandoned = false;

  constructor(
    private readonly who: Identity,
    private readonly over: 'HTTP' | 'socket',
    private readonly servers: readonly { url: string }[],
    private readonly places: () => Place[],
    private readonly random: Random,
    private readonly history: History,
  ) {
    this.server = random.pick(servers);
  }

  /** Ends, once told to stop, with the message at hand. */
  async write(): Promise<void> {
    while (!this.stopping) {
      const { channelId, desperate = false } = this.choosePlace();
      const epoch = this.epochs.get(channelId) ?? 1;
      const message: Message = { clientMessageId: randomUUID(), accountId: this.who.id, channelId, answers: [] };
      this.history.messages.push(message);
      if (desperate || this.random.chance(GUESSING)) await this.guess(message, epoch + 1);
      else await this.deliver(message, this.draft(message, epoch));
    }
    this.wire?.close();
  }

  stop(): void {
    this.stopping = true;
  }

  /** Leaves even the message at hand; what comes of it is nobody's to know. */
  abandon(): void {
    this.stopping = true;
    this.abandoned = true;
  }

  drop(): void {
    this.wire?.drop();
  }

  private async deliver(message: Message, draft: Draft): Promise<void> {
    for (let attempt = 1; !this.abandoned; attempt++) {
      const answer = await this.ask(draft);
      const posted = answer?.data?.postMessage;
      if (posted) return this.acknowledged(message, draft, posted, attempt);
      const refusal: Refusal | undefined = answer?.errors?.[0]?.extensions;
      if (refusal?.code === 'NOT_FOUND') return this.giveUp(message);
      if (refusal?.reason === 'STALE_EPOCH') this.sealAgain(draft, refusal);
      else await this.tryElsewhere(refusal);
    }
  }

  private async guess(message: Message, epoch: number): Promise<void> {
    const draft = this.draft(message, epoch);
    const answer = await this.ask(draft);
    const posted = answer?.data?.postMessage;
    if (posted) return this.acknowledged(message, draft, posted, 1);
    const refusal: Refusal | undefined = answer?.errors?.[0]?.extensions;
    if (refusal?.reason !== 'STALE_EPOCH' && refusal?.code !== 'NOT_FOUND') return this.tryElsewhere(refusal);
    message.refused = refusal.code;
    if (refusal.epoch !== undefined) this.epochs.set(message.channelId, refusal.epoch);
  }

  private draft({ channelId, clientMessageId }: Message, epoch: number): Draft {
    return {
      channelId,
      clientMessageId,
      epoch,
      sealedBody: this.seal(),
      ...(this.random.chance(EXPIRING) && { expiresInSeconds: this.random.between(1, 6) }),
    };
  }

  private seal(): string {
    return sealed(randomUUID(), this.random.chance(LARGE) ? 16_384 : 256);
  }

  private async acknowledged(message: Message, draft: Draft, posted: Posted, attempt: number): Promise<void> {
    this.epochs.set(draft.channelId, draft.epoch);
    this.history.acknowledged += 1;
    this.history.retries += attempt - 1;
    this.keep(message, draft, posted, attempt);
    if (!this.random.chance(REPEATING)) return;
    this.moveOn();
    const again = (await this.ask(draft))?.data?.postMessage;
    if (again) this.keep(message, draft, again, attempt + 1);
  }

  private keep(message: Message, draft: Draft, { id, seq, duplicate }: Posted, attempt: number): void {
    message.answers.push({ id, seq, duplicate, attempt, fingerprint: fingerprintOf({ id, ...draft }) });
  }

  /** The relay says for good that there is no such channel for this account. */
  private async giveUp(message: Message): Promise<void> {
    message.refused = 'NOT_FOUND';
    await pause(this.random.between(10, 50));
  }

  private sealAgain(draft: Draft, { epoch }: Refusal): void {
    if (epoch !== undefined) draft.epoch = epoch;
    draft.sealedBody = this.seal();
  }

  private async tryElsewhere(refusal: Refusal | undefined): Promise<void> {
    if (refusal && refusal.code !== 'UNAVAILABLE')
      this.history.surprise(`postMessage: ${refusal.code}/${refusal.reason ?? ''}`);
    await pause(this.random.between(20, 200));
    this.moveOn();
  }

  private moveOn(): void {
    this.wire?.close();
    this.wire = undefined;
    this.server = this.servers.find((server) => server !== this.server) ?? this.server;
  }

  private ask(input: Draft): Promise<GraphqlAnswer<{ postMessage: Posted } | null> | undefined> {
    if (this.over === 'HTTP') return askOverHttp(this.server.url, this.who, POST, { input });
    this.wire ??= new Wire(this.server.url, this.who);
    return askOverSocket(this.wire, POST, { input });
  }

  private choosePlace(): Place {
    const places = this.places();
    let left = this.random.next() * places.reduce((sum, { weight }) => sum + weight, 0);
    return places.find(({ weight }) => (left -= weight) < 0) ?? this.random.pick(places);
  }
}
