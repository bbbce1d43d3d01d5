import { type ApolloClient, gql, type TypedDocumentNode } from '@apollo/client';
import { concatMap, firstValueFrom, fromEvent, lastValueFrom, race, takeUntil, timer } from 'rxjs';
import { SocketClosed } from './client.js';
import type { Log, LogPage } from './log.js';
import { patience, refusalOf } from './refusal.js';
import type { Session } from './session.js';

const FEED: TypedDocumentNode<{ feed: LogPage }, { after: { channelId: string; after: string }[] }> = gql`
  subscription Feed($after: [ChannelCursorInput!]) {
    feed(after: $after) {
      channelId
      cursor
      caughtUp
      gaps {
        fromSeq
        toSeq
        reason
      }
      entries {
        __typename
        id
        channelId
        seq
        ... on Message {
          sealedBody
        }
      }
    }
  }
`;

/** Keeps a log level with the relay until it is told to stop, or fails with what only a person can mend. */
export async function follow(client: ApolloClient, session: Session, log: Log, stop: AbortSignal): Promise<void> {
  for (let failures = 0; !stop.aborted; failures++) {
    // Fails when nobody is logged in.
    await session.accessToken();
    const failure = await followOnce(client, log, stop, () => (failures = 0)).catch((error: unknown) => error);
    if (!stop.aborted) await recover(failure, failures, { session, log, stop });
  }
}

function followOnce(client: ApolloClient, log: Log, stop: AbortSignal, alive: () => void): Promise<void> {
  const pages = client.subscribe({ query: FEED, variables: { after: log.places() }, fetchPolicy: 'no-cache' });
  return lastValueFrom(
    pages.pipe(
      takeUntil(fromEvent(stop, 'abort')),
      // One page after the other: a cursor must not be stored before what comes before it.
      concatMap(async ({ data, error }) => {
        if (error instanceof Error) throw error;
        if (!data) return;
        await log.take(data.feed);
        raiseHead(client, data.feed);
        alive();
      }),
    ),
    { defaultValue: undefined },
  );
}

/** Lists of channels show what is new without being asked for again. */
function raiseHead({ cache }: ApolloClient, { channelId, entries, gaps }: LogPage): void {
  const last = Math.max(0, ...entries.map(({ seq }) => seq), ...gaps.map(({ toSeq }) => toSeq));
  cache.modify<{ headSeq: number }>({
    id: cache.identify({ __typename: 'Channel', id: channelId }),
    fields: { headSeq: (known) => Math.max(known, last) },
  });
}

interface Following {
  session: Session;
  log: Log;
  stop: AbortSignal;
}

/** Returns when it is time to follow again. */
async function recover(failure: unknown, failures: number, following: Following): Promise<void> {
  const { session, log, stop } = following;
  if (refusalOf(failure)?.reason === 'STREAM_RESET') return log.startOver();
  const next = failure instanceof SocketClosed ? afterClosing(failure.code) : 'WAIT';
  if (next === 'LOG_IN') return session.end();
  if (next === 'RENEW' && failure instanceof SocketClosed)
    return session.renew(failure.token).then(
      () => undefined,
      (error) => recover(error, failures, following),
    );
  const wait = next === 'WAIT' ? patience(failure, failures) : undefined;
  if (wait === undefined) throw failure;
  await firstValueFrom(race(timer(wait), fromEvent(stop, 'abort')));
}

export function afterClosing(code: number): 'LOG_IN' | 'RENEW' | 'WAIT' | 'MEND' {
  switch (code) {
    // The session was ended: logged out, revoked, or its device deactivated.
    case 4401:
      return 'LOG_IN';
    // The access token is past its time.
    case 4403:
      return 'RENEW';
    // Not a message of the protocol, too large, or twice the same: a fault of this client, and it would do it again.
    case 1009:
    case 4400:
    case 4406:
    case 4409:
    case 4429:
      return 'MEND';
    // 1012: the relay is stopping. 4008: this client was too slow. 4029: it was too busy. Others: the network.
    default:
      return 'WAIT';
  }
}
