import { once } from 'node:events';
import { cpSync, mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Canaries } from '../harness/canaries/canaries.js';
import { Scene } from '../harness/canaries/scene.js';
import type { Cast } from '../harness/canaries/step.js';
import { steps } from '../harness/canaries/steps.js';
import { freshDatabase } from '../harness/postgres-for-tests.js';
import { describeWithRedis, startRedis, type TestRedis } from '../harness/redis.js';
import { buildRelay, projectFolder, RelayProcess } from '../harness/relay-process.js';
import { within } from '../harness/within.js';

const telemetry = (folder: string) => `--import=${join(folder, 'dist/src/telemetry.js')}`;

/** A collector that keeps what it is sent; in protobuf, words lie as they are. */
class Collector {
  received = '';

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => {
      void buffer(request).then((body) => {
        this.received += body.toString('latin1');
        response.end();
      });
    });
  }

  static async start(): Promise<Collector> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Collector(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

let folder: string;

beforeAll(buildRelay, 120_000);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lethe-telemetry-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describeWithRedis('a relay that is traced', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  it('tells what took how long, and nothing of whom or what', async () => {
    const [collector, database] = [await Collector.start(), await freshDatabase()];
    const canaries = new Canaries();
    const settings = {
      NODE_ENV: 'test',
      LETHE_HOST: '127.0.0.1',
      LETHE_TRUSTED_PROXIES: '127.0.0.1',
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_BSP_SCHEDULE_DELAY: '100',
    };
    const relay = RelayProcess.run(folder, settings, telemetry(projectFolder));
    const cast = {} as Cast;
    const scene = new Scene(await relay.ready(), database.url, canaries);
    for (const { name, play, answers } of steps) expect([name, await play(scene, cast)]).toEqual([name, answers]);

    for (const told of [
      'POST',
      'graphql.parse',
      'mutation',
      'pg.query:',
      'INSERT INTO channel_entries',
      'evalsha',
      'publish',
    ])
      await within(5_000, () => collector.received.includes(told));
    expect(canaries.foundIn(collector.received)).toEqual([]);
    expect(cast.ids.filter((id) => collector.received.includes(id))).toEqual([]);

    await relay.kill();
    collector.stop();
    await database.drop();
  }, 120_000);
});

it('says what to install where the packages are missing', async () => {
  mkdirSync(join(folder, 'data'));
  cpSync(join(projectFolder, 'dist'), join(folder, 'dist'), { recursive: true });
  cpSync(join(projectFolder, 'package.json'), join(folder, 'package.json'));

  const relay = RelayProcess.run(folder, {}, telemetry(folder));

  expect(await relay.ended).toBe(1);
  expect(relay.errors).toMatch(/npm install --no-save .*@opentelemetry\/sdk-node@\d+\.\d+\.\d+/);
  expect(relay.errors).not.toMatch(/^\s+at /m);
});
