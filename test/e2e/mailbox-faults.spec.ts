import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { askOverHttp } from '../guarantee/ask.js';
import { DatabaseProxy } from '../guarantee/database-proxy.js';
import { Random } from '../guarantee/random.js';
import { ServerProcess } from '../guarantee/server-process.js';
import { type Identity, Wire } from '../guarantee/wire.js';
import { freePort } from '../harness/free-port.js';
import { Correspondent, DELIVER, type MailPage, toEach, wordsIn } from '../harness/mail.js';
import { freshDatabase } from '../harness/postgres-for-tests.js';
import { describeWithRedis, startRedis, type TestRedis } from '../harness/redis.js';
import { buildRelay } from '../harness/relay-process.js';
import { within } from '../harness/within.js';

const WRITERS = 8;
const PAGE = 'cursor recovered envelopes { position sealedBody }';

const identityOf = ({ id, token }: Correspondent): Identity => ({ id, token: () => Promise.resolve(token) });

/** Delivers one thing after the other, and each again and again until it is acknowledged. */
class Writer {
  readonly acknowledged: string[] = [];
  private stopping = false;

  constructor(
    private readonly name: string,
    private readonly from: Correspondent,
    private readonly recipientId: string,
    private readonly devices: { id: string; registrationId: number }[],
    private readonly servers: ServerProcess[],
    private readonly random: Random,
  ) {}

  async write(): Promise<void> {
    for (let n = 1; !this.stopping; n++) {
      const words = `${this.name} ${n}`;
      const input = {
        recipientId: this.recipientId,
        clientMessageId: randomUUID(),
        envelopes: this.random.shuffled(toEach(this.devices, words)),
      };
      while (!(await this.delivers(input))) await pause(50);
      this.acknowledged.push(words);
    }
  }

  stop(): void {
    this.stopping = true;
  }

  private async delivers(input: object): Promise<boolean> {
    const { url } = this.random.pick(this.servers);
    const answer = await askOverHttp<{ deliver: object }>(url, identityOf(this.from), DELIVER, { input });
    if (!answer || answer.errors?.[0]?.extensions.code === 'UNAVAILABLE') return false;
    if (answer.errors) throw new Error(`${this.name}: ${JSON.stringify(answer.errors)}`);
    return true;
  }
}

/** Follows a mailbox, keeps cursor and content together, and resumes by cursor until it is told to stop. */
class Reader {
  readonly positions: number[] = [];
  readonly words: string[] = [];
  readonly faults: string[] = [];
  resumes = 0;
  private cursor: string | undefined;
  private wire: Wire | undefined;
  private stopping = false;

  constructor(
    readonly device: Correspondent,
    private readonly acknowledges: boolean,
    private readonly servers: ServerProcess[],
    private readonly random: Random,
  ) {}

  async read(): Promise<void> {
    while (!this.stopping) {
      this.resumes += 1;
      this.wire = new Wire(this.random.pick(this.servers).url, identityOf(this.device));
      await this.subscription(this.wire);
      this.wire.close();
      await pause(50);
    }
  }

  drop(): void {
    this.wire?.drop();
  }

  stop(): void {
    this.stopping = true;
    this.wire?.close();
  }

  private subscription({ client }: Wire): Promise<void> {
    const query = `subscription ($after: Cursor) { mailbox(after: $after) { ${PAGE} } }`;
    return new Promise((resolve) => {
      client.subscribe<{ mailbox: MailPage }>(
        { query, variables: { after: this.cursor } },
        {
          next: ({ data, errors }) => {
            if (data) this.take(data.mailbox);
            else if (!JSON.stringify(errors).includes('UNAVAILABLE')) this.faults.push(JSON.stringify(errors));
          },
          error: () => resolve(),
          complete: resolve,
        },
      );
    });
  }

  private take({ cursor, recovered, envelopes }: MailPage): void {
    this.positions.push(...envelopes.map(({ position }) => position));
    this.words.push(...wordsIn(envelopes));
    this.cursor = cursor;
    if (!recovered) this.faults.push('told of a loss');
    if (!this.acknowledges || !this.random.chance(0.3)) return;
    const mutation = 'mutation ($upTo: Cursor!) { acknowledgeMailbox(upTo: $upTo) }';
    void askOverHttp(this.random.pick(this.servers).url, identityOf(this.device), mutation, { upTo: cursor });
  }
}

describeWithRedis('mailboxes of two relays, under faults', () => {
  let folder: string;
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let truth: pg.Client;
  let proxy: DatabaseProxy;
  let redis: TestRedis;
  let servers: ServerProcess[];
  const random = new Random(20_261_120);
  const surprises: string[] = [];

  beforeAll(async () => {
    buildRelay();
    folder = await mkdtemp(join(tmpdir(), `lethe-tests-${process.pid}-`));
    database = await freshDatabase();
    truth = new pg.Client(database.url);
    await truth.connect();
    proxy = await DatabaseProxy.to(Number(new URL(database.url).port));
    redis = await startRedis();
    servers = await Promise.all([1, 2].map(startServer));
  }, 120_000);
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.kill()));
    proxy.stop();
    await redis.stop();
    await truth.end();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  async function startServer(number: number): Promise<ServerProcess> {
    const env = {
      NODE_ENV: 'test',
      LETHE_HOST: '127.0.0.1',
      LETHE_DATA: join(folder, 'relays'),
      LETHE_LIMIT_SCALE: '10000',
      DATABASE_URL: proxy.through(database.url),
      REDIS_URL: redis.url,
    };
    const script = ['--enable-source-maps', join(process.cwd(), 'dist/src/main.js')];
    const program = { arguments: script, folder, logFile: join(folder, `relay ${number}.log`), env };
    const server = new ServerProcess(`relay ${number}`, await freePort(), program, (how) => surprises.push(how));
    await server.start();
    return server;
  }

  async function crowd(): Promise<{ writers: Writer[]; readers: Reader[] }> {
    const [first] = servers;
    const [bob, carol, ...senders] = await Promise.all(
      ['bob', 'carol', 'alice', 'dave', 'erin', 'frank'].map((name) => Correspondent.arrives(first!, name)),
    );
    const readers: Reader[] = [];
    const writers: Writer[] = [];
    for (const [place, owner] of [bob!, carol!].entries()) {
      const devices = [owner, await owner.addsAnother(), await owner.addsAnother()];
      const listed = (await owner.ownDevices()).map(({ id, registrationId }) => ({ id, registrationId }));
      // The first one keeps all, on two subscriptions.
      for (const device of [owner, ...devices])
        readers.push(new Reader(device, device !== owner, servers, random.fork()));
      for (let n = 0; n < WRITERS / 2; n++) {
        const from = senders[n % senders.length]!;
        writers.push(new Writer(`writer ${place}.${n}`, from, owner.id, listed, servers, random.fork()));
      }
    }
    return { writers, readers };
  }

  /** About ten seconds, and what relays take to start. */
  async function rage(readers: Reader[]): Promise<void> {
    const [one, other] = servers as [ServerProcess, ServerProcess];
    const drop = () => readers.forEach((reader) => reader.drop());
    await pause(1_000);
    drop();
    proxy.swallowAnswers(3);
    await pause(1_000);
    await one.kill();
    await pause(1_000);
    await one.start();
    await redis.kill();
    await pause(1_500);
    proxy.swallowAnswers(3);
    drop();
    await pause(1_000);
    await redis.restart();
    await other.kill();
    await pause(500);
    await other.start();
    drop();
    await pause(1_000);
    await redis.kill();
    await pause(500);
  }

  it('bring every acknowledged delivery to every device, once and in order', async () => {
    const { writers, readers } = await crowd();
    const reading = readers.map((reader) => reader.read());
    const writing = writers.map((writer) => writer.write());
    await rage(readers);
    for (const writer of writers) writer.stop();
    await Promise.all(writing);

    const heads = await truth.query<{ id: string; last: number }>(
      'SELECT device_id AS id, last_position AS last FROM mailboxes',
    );
    const lastOf = new Map(heads.rows.map(({ id, last }) => [id, last]));
    const isLevel = ({ device, positions }: Reader) => positions.at(-1) === lastOf.get(device.deviceId);
    await within(15_000, () => readers.every(isLevel));
    for (const reader of readers) reader.stop();
    await Promise.all(reading);

    expect(surprises).toEqual([]);
    expect(proxy.swallowed).toBeGreaterThan(0);
    for (const { device, positions, words, faults, resumes } of readers) {
      expect(faults).toEqual([]);
      expect(resumes).toBeGreaterThan(2);
      expect(positions).toEqual(Array.from({ length: lastOf.get(device.deviceId)! }, (_, index) => index + 1));
      const place = device.id === readers[0]!.device.id ? 0 : 1;
      for (const [n, { acknowledged }] of writers.slice((place * WRITERS) / 2, ((place + 1) * WRITERS) / 2).entries())
        expect(words.filter((word) => word.startsWith(`writer ${place}.${n} `))).toEqual(acknowledged);
    }
    const said = writers.map(({ acknowledged }) => acknowledged.length);
    expect(Math.min(...said)).toBeGreaterThan(20);
  }, 120_000);
});
