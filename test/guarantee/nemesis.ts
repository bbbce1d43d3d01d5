import { setTimeout as pause } from 'node:timers/promises';
import type { Crowd } from './crowd.js';
import type { Ground } from './ground.js';
import type { Groups } from './groups.js';
import type { History } from './history.js';
import type { Fault, FaultKind } from './schedule.js';
import type { ServerProcess } from './server-process.js';

/** The thing that a fault befalls, and how; two at once never befall the same. */
type Befalls = [thing: string, work: () => Promise<void> | void];

const STOPPED_MS = 2_000;

/** Every client session of the database but the asking one. */
const END_SESSIONS = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`;

/** Lets faults happen, and makes each good again. */
export class Nemesis {
  private readonly busy = new Map<string, Promise<void>>();
  private readonly began = performance.now();
  /** Faults that are over. */
  survived = 0;

  constructor(
    private readonly ground: Ground,
    private readonly servers: readonly ServerProcess[],
    private readonly crowd: Crowd,
    private readonly groups: Groups | undefined,
    private readonly history: History,
  ) {}

  /** Strikes until it is enough, and waits until everything is whole. */
  async rage(faults: Iterable<Fault>, isEnough: () => boolean): Promise<void> {
    const struck: Promise<void>[] = [];
    for (const fault of faults) {
      if (isEnough()) break;
      await pause(fault.pauseMs);
      const over = this.strike(fault);
      struck.push(over);
      if (!fault.together) await over;
    }
    await Promise.all(struck);
  }

  private async strike(fault: Fault): Promise<void> {
    const { kind } = fault;
    const [thing, work] = this.faults[kind](fault);
    const before = this.busy.get(thing);
    const over = (async () => {
      await before;
      const record = { kind, what: `${kind} (${thing})`, fromMs: this.now, toMs: undefined as number | undefined };
      this.history.faults.push(record);
      await work();
      record.toMs = this.now;
      this.survived += 1;
    })();
    this.busy.set(thing, over);
    await over;
  }

  private readonly faults: Record<FaultKind, (fault: Fault) => Befalls> = {
    'kill a server': (fault) => this.onServer(fault, (server) => this.killServer(server, fault)),
    'stop a server': (fault) => this.onServer(fault, (server) => this.stopServer(server, fault)),
    'restart servers one by one': () => ['servers', () => this.restartAll()],
    'kill Redis': (fault) => ['Redis', () => this.killRedis(fault)],
    'stop Redis': (fault) => ['Redis', () => this.stopRedis(fault)],
    'kill PostgreSQL': (fault) => ['PostgreSQL', () => this.killPostgres(fault)],
    'stop PostgreSQL': (fault) => ['PostgreSQL', () => this.stopPostgres(fault)],
    'end database sessions': () => ['PostgreSQL', () => this.endSessions()],
    'swallow answers to COMMIT': (fault) => ['PostgreSQL', () => this.swallowAnswers(fault)],
    'drop every socket': () => ['sockets', () => this.crowd.dropSockets()],
    'let followers sleep': (fault) => ['sockets', () => this.crowd.letSleep(fault.which, STOPPED_MS + fault.holdMs)],
    'change members': ({ which, count, holdMs }) => ['members', () => this.groups?.changeMembers(which, count, holdMs)],
    'found a channel': ({ which }) => ['members', () => this.groups?.found(which)],
  };

  // All servers are one thing here: one of the two is always left to go on with.
  private onServer({ which }: Fault, work: (server: ServerProcess) => Promise<void>): Befalls {
    const server = this.servers[which % this.servers.length];
    return ['servers', () => server && work(server)];
  }

  private async killServer(server: ServerProcess, { holdMs }: Fault): Promise<void> {
    await server.kill();
    await pause(holdMs);
    await server.start();
  }

  private async stopServer(server: ServerProcess, { holdMs }: Fault): Promise<void> {
    server.pause();
    await pause(STOPPED_MS + holdMs);
    server.resume();
  }

  private async restartAll(): Promise<void> {
    for (const server of this.servers) await server.restart();
  }

  private async killRedis({ holdMs }: Fault): Promise<void> {
    await this.ground.redis.kill();
    await pause(holdMs);
    await this.ground.redis.restart();
  }

  private async stopRedis({ holdMs }: Fault): Promise<void> {
    process.kill(this.ground.redis.pid, 'SIGSTOP');
    await pause(STOPPED_MS + holdMs);
    process.kill(this.ground.redis.pid, 'SIGCONT');
  }

  private async killPostgres({ holdMs }: Fault): Promise<void> {
    await this.ground.postgres.kill();
    await pause(holdMs);
    await this.ground.postgres.restart();
  }

  private async stopPostgres({ holdMs }: Fault): Promise<void> {
    await this.ground.postgres.pause();
    await pause(STOPPED_MS + holdMs);
    await this.ground.postgres.resume();
  }

  private async endSessions(): Promise<void> {
    await this.ground.postgres.query(END_SESSIONS);
  }

  private async swallowAnswers({ count, holdMs }: Fault): Promise<void> {
    this.ground.proxy.swallowAnswers(count);
    await pause(500 + holdMs);
    this.ground.proxy.swallowAnswers(0);
  }

  private get now(): number {
    return Math.round(performance.now() - this.began);
  }
}
