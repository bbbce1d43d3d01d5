import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

/** Somebody who can prove who they are. */
export interface Identity {
  readonly id: string;
  token(): Promise<string>;
}

const CONNECTED_WITHIN_MS = 3_000;
const PING_EVERY_MS = 1_000;
const PONG_WITHIN_MS = 2_500;

/** A server that is stopped accepts connections and says nothing. */
class ImpatientSocket extends WebSocket {
  constructor(url: string, protocols: string[]) {
    super(url, protocols, { handshakeTimeout: CONNECTED_WITHIN_MS, perMessageDeflate: false });
    // The close that follows tells everything; one that is ended while it connects has no other listener.
    this.on('error', () => undefined);
  }
}

/** A graphql-ws client on one socket, to which faults can happen. */
export class Wire {
  readonly client: Client;
  private socket: WebSocket | undefined;
  private stalled = false;
  private pongTimer: NodeJS.Timeout | undefined;

  constructor(url: string, identity: Identity) {
    this.client = createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: ImpatientSocket,
      connectionParams: async () => ({ accessToken: await identity.token() }),
      connectionAckWaitTimeout: CONNECTED_WITHIN_MS,
      retryAttempts: 0,
      // Stays open between operations. Whoever has one under way is told when it closes.
      lazy: false,
      onNonLazyError: () => undefined,
      keepAlive: PING_EVERY_MS,
      on: {
        opened: (socket) => (this.socket = socket as WebSocket),
        ping: (received) => received || this.awaitPong(),
        pong: (received) => received && clearTimeout(this.pongTimer),
        closed: () => clearTimeout(this.pongTimer),
      },
    });
  }

  /** The connection is gone, as when a cable is cut. */
  drop(): void {
    this.socket?.terminate();
  }

  /** Nothing is read any more, as by a device that is asleep. */
  stall(): void {
    this.stalled = true;
    clearTimeout(this.pongTimer);
    this.socket?.pause();
  }

  wake(): void {
    this.stalled = false;
    this.socket?.resume();
  }

  /** For good. */
  close(): void {
    clearTimeout(this.pongTimer);
    this.client.terminate();
    this.socket?.terminate();
  }

  private awaitPong(): void {
    if (!this.stalled) this.pongTimer = setTimeout(() => this.drop(), PONG_WITHIN_MS);
  }
}
