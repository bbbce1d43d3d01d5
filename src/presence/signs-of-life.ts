import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../config/clock.js';
import { SECRETS, type Secrets } from '../config/secrets.js';
import { RedisAccess } from '../redis/redis.module.js';
import { PresenceStatus } from './presence.type.js';

/** How long a sign is believed. A process that dies takes its sessions with it after this. */
const BELIEVED_MS = 45_000;
/** A session without a socket that says it is there. */
const SAID_MS = 60_000;

/** One session of one account. */
export interface LiveSession {
  accountId: string;
  sessionId: string;
}

/** What is known of one account: `live:<where>:<session>` is believed until a time, `status:<session>` is what it said. */
type Signs = Record<string, string>;

/**
 * Which sessions are there, and what they say about it: in Redis for all processes, in this one's memory beside it.
 * Nothing is written to disk, and accounts and sessions stand there as keyed hashes.
 */
@Injectable()
export class SignsOfLife {
  private readonly process = randomUUID();
  private readonly here = new Map<string, Signs>();

  constructor(
    private readonly redis: RedisAccess,
    private readonly clock: Clock,
    @Inject(SECRETS) private readonly secrets: Secrets,
  ) {}

  /** The name of an account among the signs. */
  nameOf(accountId: string): string {
    return this.hashed(accountId);
  }

  /** These sessions have sockets here. To be said again before it is no longer believed. */
  async live(sessions: LiveSession[]): Promise<void> {
    const until = this.clock.now().getTime() + BELIEVED_MS;
    const pipeline = this.redis.connections?.commands.pipeline();
    for (const { accountId, sessionId } of sessions) {
      const [name, field] = [this.nameOf(accountId), `live:${this.process}:${this.hashed(sessionId)}`];
      // This process knows without being reminded.
      this.remember(name, { [field]: 'Infinity' });
      pipeline?.hset(keyOf(name), field, until).pexpire(keyOf(name), SAID_MS);
    }
    await pipeline?.exec().catch(() => undefined);
  }

  /** The session, wherever its socket is, says how present it is. */
  async say({ accountId, sessionId }: LiveSession, status: PresenceStatus): Promise<void> {
    const [name, session] = [this.nameOf(accountId), this.hashed(sessionId)];
    const until = String(this.clock.now().getTime() + SAID_MS);
    const signs = { [`live:said:${session}`]: until, [`status:${session}`]: status };
    this.remember(name, signs);
    const pipeline = this.redis.connections?.commands.pipeline();
    await pipeline
      ?.hset(keyOf(name), signs)
      .pexpire(keyOf(name), SAID_MS)
      .exec()
      .catch(() => undefined);
  }

  /** The session's last socket here has closed. */
  async gone({ accountId, sessionId }: LiveSession): Promise<void> {
    const [name, session] = [this.nameOf(accountId), this.hashed(sessionId)];
    await this.forget(name, [`live:${this.process}:${session}`, `live:said:${session}`]);
  }

  /** Forgets what has ended and nobody asks about: otherwise it would stay in memory for as long as the process. */
  forgetEnded(): void {
    const now = this.clock.now().getTime();
    for (const [name, signs] of this.here) this.forgetHere(name, endedIn(signs, now));
  }

  /** How present each account is: the most present of its live sessions counts. */
  async statuses(names: string[]): Promise<Map<string, PresenceStatus>> {
    const now = this.clock.now().getTime();
    const elsewhere = await this.elsewhere(names);
    return new Map(
      names.map((name, index) => {
        const [signs, here] = [{ ...elsewhere[index] }, this.here.get(name) ?? {}];
        // What is said at any process stands in Redis; that a socket is open here, this process knows better.
        for (const [field, value] of Object.entries(here))
          if (!(field in signs) || value === 'Infinity') signs[field] = value;
        this.sweep(name, signs, now);
        return [name, statusOf(signs, now)];
      }),
    );
  }

  private async elsewhere(names: string[]): Promise<(Signs | undefined)[]> {
    const { connections } = this.redis;
    if (!connections || names.length === 0) return [];
    const pipeline = connections.commands.pipeline();
    for (const name of names) pipeline.hgetall(keyOf(name));
    const answers = await pipeline.exec().catch(() => null);
    return (answers ?? []).map(([error, signs]) => (error ? undefined : (signs as Signs)));
  }

  private remember(name: string, signs: Signs): void {
    this.here.set(name, { ...this.here.get(name), ...signs });
  }

  /** Signs of processes that died, and what sessions said that are gone. */
  private sweep(name: string, signs: Signs, now: number): void {
    const old = endedIn(signs, now);
    if (old.length > 0) void this.forget(name, old);
  }

  private async forget(name: string, fields: string[]): Promise<void> {
    this.forgetHere(name, fields);
    await this.redis.connections?.commands.hdel(keyOf(name), ...fields).catch(() => undefined);
  }

  private forgetHere(name: string, fields: string[]): void {
    const signs = this.here.get(name);
    if (!signs) return;
    for (const field of fields) Reflect.deleteProperty(signs, field);
    if (Object.keys(signs).length === 0) this.here.delete(name);
  }

  private hashed(id: string): string {
    return this.secrets.keyedHash('presence', id).toString('base64url');
  }
}

const keyOf = (name: string) => `lethe:presence:${name}`;

const sessionOf = (field: string) => field.slice(field.lastIndexOf(':') + 1);

const liveSessions = (signs: Signs, now: number) =>
  new Set(
    Object.entries(signs)
      .filter(([field, value]) => field.startsWith('live:') && Number(value) > now)
      .map(([field]) => sessionOf(field)),
  );

function endedIn(signs: Signs, now: number): string[] {
  const sessions = liveSessions(signs, now);
  return Object.keys(signs).filter((field) =>
    field.startsWith('live:') ? !(Number(signs[field]) > now) : !sessions.has(sessionOf(field)),
  );
}

function statusOf(signs: Signs, now: number): PresenceStatus {
  const said = [...liveSessions(signs, now)].map((session) => signs[`status:${session}`] ?? PresenceStatus.ONLINE);
  if (said.includes(PresenceStatus.ONLINE)) return PresenceStatus.ONLINE;
  return said.includes(PresenceStatus.AWAY) ? PresenceStatus.AWAY : PresenceStatus.OFFLINE;
}
