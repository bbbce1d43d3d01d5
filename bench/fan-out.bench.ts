import { makeCrowd, makeGroup } from './crowd.js';
import type { Bench, Figure, Reporter } from './figure.js';
import {
  type FollowersAnswer,
  type FollowersAsked,
  type PostersAnswer,
  type PostersAsked,
  type SocketPlan,
  stampedBody,
} from './load/protocol.js';
import { LoadProcess } from './load-process.js';
import type { PeerAnswer, PeerAsked } from './peers/protocol.js';
import { cpuOf } from './process-cpu.js';
import { RelayUnderTest } from './relay-process.js';

const FOLLOWERS = 500;
const ACCOUNTS = 50;
const BODY_BYTES = 512;
const WARM_UP = 60;
const MESSAGES = 300;

const FOLLOW = `subscription ($id: ID!) { channelLog(channelId: $id) {
  cursor caughtUp entries { id channelId seq createdAt ... on Message { epoch sealedBody } } } }`;

type Followers = LoadProcess<FollowersAsked, FollowersAnswer>;

const openFollowers = async (plans: SocketPlan[], firstPage: boolean): Promise<Followers> => {
  const followers: Followers = LoadProcess.start('load/followers.ts');
  await followers.asks({ ask: 'open', plans, firstPage, field: 'channelLog' }, 'opened');
  return followers;
};

/** CPU time a delivery costs the server, in µs. */
async function relayCpu(report: Reporter): Promise<number> {
  const relay = await RelayUnderTest.start();
  try {
    const crowd = await makeCrowd(relay, ACCOUNTS + 1);
    const [author] = crowd;
    const channelId = await makeGroup(relay, crowd);
    const posters: LoadProcess<PostersAsked, PostersAnswer> = LoadProcess.start('load/posters.ts');
    const plans = [{ url: relay.socketUrl, token: author!.token, channelId }];
    await posters.asks({ ask: 'open', plans, bodyBytes: BODY_BYTES }, 'opened');
    const post = async (messages: number) => {
      const before = cpuOf(relay.pid);
      await posters.asks({ ask: 'post', messages }, 'posted');
      return cpuOf(relay.pid) - before;
    };
    await post(WARM_UP * 5);
    const postingAlone = await post(MESSAGES);
    report.progress('relay: followers connect');
    const subscribe = { query: FOLLOW, variables: { id: channelId } };
    const followers = await openFollowers(
      Array.from({ length: FOLLOWERS }, (_, n) => ({
        url: relay.socketUrl,
        token: crowd[1 + (n % ACCOUNTS)]!.token,
        subscribe,
      })),
      true,
    );
    const postTo = async (messages: number) => {
      const all = followers.answer('received');
      followers.tell({ ask: 'receive', entries: messages * FOLLOWERS });
      const before = cpuOf(relay.pid);
      await posters.asks({ ask: 'post', messages }, 'posted');
      await all;
      return cpuOf(relay.pid) - before;
    };
    await postTo(WARM_UP);
    report.progress('relay: posting to them');
    const posting = await postTo(MESSAGES);
    await Promise.all([followers.stop(), posters.stop()]);
    return (posting - postingAlone) / (MESSAGES * FOLLOWERS);
  } finally {
    await relay.stop();
  }
}

async function peerCpu(file: string, asPlan: (port: number) => SocketPlan, report: Reporter): Promise<number> {
  report.progress(file);
  const peer: LoadProcess<PeerAsked, PeerAnswer> = LoadProcess.start(file);
  const { port } = await peer.answer('listening');
  const followers = await openFollowers(
    Array.from({ length: FOLLOWERS }, () => asPlan(port)),
    false,
  );
  const broadcast = async (messages: number) => {
    const all = followers.answer('received');
    followers.tell({ ask: 'receive', entries: messages * FOLLOWERS });
    const before = cpuOf(peer.pid);
    await peer.asks({ ask: 'broadcast', sealedBody: stampedBody(BODY_BYTES), messages }, 'broadcast');
    await all;
    return cpuOf(peer.pid) - before;
  };
  await broadcast(WARM_UP);
  const spent = await broadcast(MESSAGES);
  await Promise.all([followers.stop(), peer.stop()]);
  return spent / (MESSAGES * FOLLOWERS);
}

async function run(report: Reporter): Promise<Figure[]> {
  const raw = await peerCpu('peers/raw-broadcast.ts', (port) => ({ url: `ws://127.0.0.1:${port}` }), report);
  const relay = await relayCpu(report);
  const subscribe = {
    query: `subscription { channelLog(channelId: "1") { cursor caughtUp entries { id channelId seq createdAt epoch sealedBody } } }`,
    variables: {},
  };
  const stock = await peerCpu(
    'peers/stock-graphql-ws.ts',
    (port) => ({ url: `ws://127.0.0.1:${port}/graphql`, token: 'none', subscribe }),
    report,
  );
  const figure = { what: 'relay CPU per delivery', value: relay, unit: 'µs' };
  return [
    { ...figure, baseline: { what: 'ws broadcast of equal bytes', value: raw }, goal: { atMost: 1 } },
    { ...figure, baseline: { what: 'graphql-ws with PubSub, as documented', value: stock }, goal: { atMost: 0.35 } },
  ];
}

export const fanOut: Bench = {
  name: 'fan-out',
  what: `one channel, ${FOLLOWERS} live followers, ${BODY_BYTES} B bodies: server CPU per delivery, what the post itself costs taken off`,
  run,
};
