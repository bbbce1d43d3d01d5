import { makeCrowd, makeGroup } from './crowd.js';
import type { Bench, Figure, Reporter } from './figure.js';
import type { PosterPlan, PostersAnswer, PostersAsked } from './load/protocol.js';
import { LoadProcess } from './load-process.js';
import { availablePgbench, insertsOfPgbench } from './peers/pgbench.js';
import { cpuOf, cpuOfFamily } from './process-cpu.js';
import { RelayUnderTest } from './relay-process.js';

const POSTERS = 64;
const CHANNELS = 200;
const BODY_BYTES = 512;
const MESSAGES = 20_000;

interface Cost {
  perSecond: number;
  relayUs: number;
  postgresUs: number;
}

async function postsTo(relay: RelayUnderTest, plans: PosterPlan[]): Promise<Cost> {
  const posters: LoadProcess<PostersAsked, PostersAnswer> = LoadProcess.start('load/posters.ts');
  await posters.asks({ ask: 'open', plans, bodyBytes: BODY_BYTES }, 'opened');
  await posters.asks({ ask: 'post', messages: MESSAGES / 10 }, 'posted');
  const before = [cpuOf(relay.pid), cpuOfFamily(relay.postgresPid)] as const;
  const { seconds, refused } = await posters.asks({ ask: 'post', messages: MESSAGES }, 'posted');
  const after = [cpuOf(relay.pid), cpuOfFamily(relay.postgresPid)] as const;
  await posters.stop();
  if (refused > 0) throw new Error(`${refused} posts were refused.`);
  return {
    perSecond: MESSAGES / seconds,
    relayUs: (after[0] - before[0]) / MESSAGES,
    postgresUs: (after[1] - before[1]) / MESSAGES,
  };
}

async function run(report: Reporter): Promise<Figure[]> {
  const relay = await RelayUnderTest.start();
  try {
    const crowd = await makeCrowd(relay, POSTERS);
    const hot = await makeGroup(relay, crowd);
    const plan = ({ token }: { token: string }, channelId: string) => ({ url: relay.socketUrl, token, channelId });
    report.progress('one hot channel');
    const one = await postsTo(
      relay,
      crowd.map((poster) => plan(poster, hot)),
    );
    const channels: string[] = [];
    while (channels.length < CHANNELS) channels.push(await makeGroup(relay, crowd));
    report.progress(`${CHANNELS} channels`);
    // Each poster has several sockets, so that every channel is posted to.
    const many = await postsTo(
      relay,
      channels.map((channelId, n) => plan(crowd[n % POSTERS]!, channelId)),
    );
    if (!availablePgbench()) {
      report.skipped('pgbench is not installed (Debian package postgresql-contrib or postgresql)');
      return figures(one, many, undefined);
    }
    report.progress('pgbench: single rows into the same table shape');
    return figures(one, many, await insertsOfPgbench(relay, POSTERS, BODY_BYTES));
  } finally {
    await relay.stop();
  }
}

function figures(one: Cost, many: Cost, pgbench: { perSecond: number; postgresUs: number } | undefined): Figure[] {
  const speed = (what: string, { perSecond }: Cost): Figure => ({
    what: `posts a second, ${what}`,
    value: perSecond,
    unit: '/s',
    ...(pgbench && {
      baseline: { what: 'pgbench, as many clients', value: pgbench.perSecond },
      goal: { atLeast: 0.5 },
    }),
  });
  return [
    speed('one channel', one),
    speed(`${CHANNELS} channels`, many),
    {
      what: 'PostgreSQL CPU per post, one channel',
      value: one.postgresUs,
      unit: 'µs',
      ...(pgbench && { baseline: { what: 'pgbench', value: pgbench.postgresUs }, goal: { atMost: 0.5 } }),
    },
    { what: `PostgreSQL CPU per post, ${CHANNELS} channels`, value: many.postgresUs, unit: 'µs' },
    { what: 'relay CPU per post, one channel', value: one.relayUs, unit: 'µs', goal: { atMost: 120 } },
    { what: `relay CPU per post, ${CHANNELS} channels`, value: many.relayUs, unit: 'µs', goal: { atMost: 120 } },
  ];
}

export const post: Bench = {
  name: 'post',
  what: `durable posts by ${POSTERS} posters over sockets, ${BODY_BYTES} B bodies`,
  run,
};
