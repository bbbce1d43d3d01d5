import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type ClientOptions, WebSocket } from 'ws';
import type { GraphqlAnswer } from './graphql-client.js';

export interface Message {
  type: string;
  id?: string;
  payload?: { data?: Record<string, unknown>; errors?: unknown[] } & Record<string, unknown>;
}

/** A graphql-transport-ws client that does nothing by itself. Messages wait here, so none is missed. */
export class RawSocket {
  private readonly messages: Message[] = [];
  private readonly arrivals: (() => void)[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;

  private constructor(readonly webSocket: WebSocket) {
    webSocket.on('message', (data) => {
      this.messages.push(JSON.parse((data as Buffer).toString()) as Message);
      for (const wake of this.arrivals.splice(0)) wake();
    });
    webSocket.on('error', () => undefined);
    this.closed = new Promise((resolve) =>
      webSocket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
    );
  }

  static async open(
    at: { readonly url: string },
    {
      path = '/graphql',
      protocol = 'graphql-transport-ws',
      ...options
    }: ClientOptions & { path?: string; protocol?: string } = {},
  ): Promise<RawSocket> {
    const socket = new RawSocket(new WebSocket(`${at.url.replace('http', 'ws')}${path}`, protocol, options));
    await once(socket.webSocket, 'open');
    return socket;
  }

  /** Opened and acknowledged. */
  static async as(at: { readonly url: string }, token: string): Promise<RawSocket> {
    const socket = await RawSocket.open(at);
    socket.send({ type: 'connection_init', payload: { accessToken: token } });
    await socket.next('connection_ack');
    return socket;
  }

  /** The HTTP answer to an upgrade that is refused. */
  static async refused(
    at: { readonly url: string },
    { path = '/graphql', ...options }: ClientOptions & { path?: string } = {},
  ): Promise<number> {
    const webSocket = new WebSocket(`${at.url.replace('http', 'ws')}${path}`, 'graphql-transport-ws', options);
    webSocket.on('error', () => undefined);
    const [, response] = (await once(webSocket, 'unexpected-response')) as [
      unknown,
      { statusCode: number; resume(): void },
    ];
    response.resume();
    return response.statusCode;
  }

  send(message: object): void {
    this.webSocket.send(JSON.stringify(message));
  }

  subscribe(id: string, query: string, variables: Record<string, unknown> = {}): void {
    this.send({ type: 'subscribe', id, payload: { query, variables } });
  }

  /** The first answer to an operation; a subscription is ended with it. */
  async asks(query: string, variables: Record<string, unknown> = {}): Promise<GraphqlAnswer<unknown>> {
    const id = randomUUID();
    this.subscribe(id, query, variables);
    for (;;) {
      const message = await this.next();
      if (message.id !== id) continue;
      this.send({ type: 'complete', id });
      return (
        message.type === 'error' ? { data: null, errors: message.payload } : message.payload
      ) as GraphqlAnswer<unknown>;
    }
  }

  async next(type?: string): Promise<Message> {
    for (;;) {
      const message = this.messages.shift();
      if (!message) {
        await Promise.race([
          new Promise<void>((resolve) => this.arrivals.push(resolve)),
          this.closed.then(({ code }) => {
            if (this.messages.length === 0) throw new Error(`Closed with ${code}`);
          }),
        ]);
      } else if (type === undefined || message.type === type) return message;
    }
  }
}
