/** What the bench tells its load generators, and what they answer. Each is a process of its own. */
export interface SocketPlan {
  url: string;
  /** Absent: a plain WebSocket, which is sent things without asking. */
  token?: string;
  subscribe?: { query: string; variables: Record<string, unknown> };
}

export type FollowersAsked =
  | { ask: 'open'; plans: SocketPlan[]; firstPage: boolean; field: string }
  | { ask: 'receive'; entries: number }
  | { ask: 'close' };

export interface Latencies {
  count: number;
  p50: number;
  p99: number;
  max: number;
}

export type FollowersAnswer = { answer: 'opened' } | { answer: 'received'; latencies: Latencies };

export interface PosterPlan {
  url: string;
  token: string;
  channelId: string;
}

export type PostersAsked =
  | { ask: 'open'; plans: PosterPlan[]; bodyBytes: number }
  /** `perSecond` spreads them over time; without it each poster posts as soon as it has its answer. */
  | { ask: 'post'; messages: number; perSecond?: number }
  | { ask: 'close' };

export type PostersAnswer =
  { answer: 'opened' } | { answer: 'posted'; seconds: number; refused: number; latencies: Latencies };

export function latenciesOf(milliseconds: number[]): Latencies {
  const sorted = Float64Array.from(milliseconds).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

/** The time by the clock of this machine, in milliseconds and fractions, the same in every process. */
export const clock = (): number => performance.timeOrigin + performance.now();

/** Stands at the head of every body, so that whoever receives it knows how long it took. */
export function stampedBody(bytes: number): string {
  const body = Buffer.alloc(bytes, 0xff);
  body.writeDoubleLE(clock());
  return body.toString('base64');
}

export const stampOf = (sealedBody: string): number => Buffer.from(sealedBody.slice(0, 12), 'base64').readDoubleLE();
