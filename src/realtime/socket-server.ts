import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { handleProtocols } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { Clock } from '../config/clock.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { closeCodes, httpStatus, type ErrorCode } from '../errors/error-codes.js';
import { LiveSessions } from './live-sessions.js';
import { RelaySocket } from './relay-socket.js';
import { SocketCaps } from './socket-caps.js';

const MAX_MESSAGE_BYTES = 128 * 1024;
const SWEEP_MS = 1_000;

/** Of RFC 6455 and of the relay. What else a client may send is anybody's invention. */
export const countedCloseCodes = [
  ...['1000', '1001', '1005', '1006', '1009', '1011'],
  ...Object.values(closeCodes).map(String),
  'other',
];
type ClosedWith = (typeof countedCloseCodes)[number];

/** What speaks GraphQL on an open socket. Gives what to do when the socket has closed. */
export type SocketProtocol = (socket: RelaySocket) => (code: number, reason: string) => void;

export interface SocketDoor {
  path: string;
  /** Address of the client behind trusted proxies. */
  addressOf(request: IncomingMessage): string;
  /** Whether pages of the request's Origin may open a socket. */
  originAllowed(request: IncomingMessage): boolean;
  speak: SocketProtocol;
}

/** The one WebSocket server: who may connect, how sockets are kept alive, and how they are closed. */
@Injectable()
export class SocketServer {
  private readonly webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    clientTracking: false,
    handleProtocols: (protocols) => handleProtocols(protocols),
  });
  private readonly sockets = new Set<RelaySocket>();
  /** By close code; `other` are those that only clients send. */
  readonly closings = new Map<ClosedWith, number>(countedCloseCodes.map((code) => [code, 0]));
  private draining = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly caps: SocketCaps,
    private readonly sessions: LiveSessions,
  ) {}

  get count(): number {
    return this.sockets.size;
  }

  bytesWaiting(): number {
    let bytes = 0;
    for (const socket of this.sockets) bytes += socket.bytesWaiting;
    return bytes;
  }

  socketsBehind(): number {
    let count = 0;
    for (const { behind } of this.sockets) count += behind ? 1 : 0;
    return count;
  }

  open(server: Server, door: SocketDoor): void {
    this.webSockets.on('wsClientError', (_, stream) => refuse(stream, 'BAD_USER_INPUT', 'The upgrade is malformed.'));
    server.on('upgrade', (request, stream: Duplex, head) => {
      stream.on('error', () => stream.destroy());
      const refusal = this.refusal(request, door);
      if (refusal) return refuse(stream, ...refusal);
      const address = door.addressOf(request);
      if (!this.caps.admitAddress(address))
        return refuse(stream, 'RATE_LIMITED', 'Too many sockets from this address.');
      stream.once('close', () => this.caps.releaseAddress(address));
      this.webSockets.handleUpgrade(request, stream, head, (webSocket) =>
        this.welcome(webSocket, request, address, door),
      );
    });
    this.timer = setInterval(() => this.sweep(), SWEEP_MS).unref();
  }

  closeSessions(sessionIds: string[]): void {
    const ended = new Set(sessionIds);
    for (const socket of this.sockets) {
      if (!socket.identity || !ended.has(socket.identity.sessionId)) continue;
      // In the next turn: whoever ended the session over this very socket has the answer by then.
      setImmediate(() => socket.close(closeCodes.SESSION_REVOKED, 'Session revoked'));
    }
  }

  /** Refuses new sockets and closes the open ones a few at a time, so that they do not all knock elsewhere at once. */
  async drain(): Promise<void> {
    this.draining = true;
    const sockets = [...this.sockets];
    const began = performance.now();
    for (const [index, socket] of sockets.entries()) {
      const early = began + (this.settings.LETHE_DRAIN_MS * index) / sockets.length - performance.now();
      if (early > 10) await new Promise((resolve) => setTimeout(resolve, early));
      socket.closeWhenAnswered(closeCodes.RESTART, 'Service restart');
    }
    await this.waitUntilClosed();
    clearInterval(this.timer);
  }

  private refusal(request: IncomingMessage, door: SocketDoor): [ErrorCode, string] | undefined {
    if (request.url?.split('?')[0] !== door.path) return ['NOT_FOUND', `Sockets are served at ${door.path}.`];
    if (!door.originAllowed(request)) return ['FORBIDDEN', 'This web origin may not open sockets.'];
    if (this.draining) return ['UNAVAILABLE', 'This process is stopping.'];
    return undefined;
  }

  private welcome(webSocket: WebSocket, request: IncomingMessage, address: string, door: SocketDoor): void {
    const { socket: stream, headers } = request;
    stream.setNoDelay(true);
    const socket = new RelaySocket(webSocket, stream, address, this.caps.messagesASecond, this.clock.elapsed());
    socket.host = headers.host;
    this.sockets.add(socket);
    // Faults of the wire (too large, bad frames) close the socket with the code of RFC 6455; there is nothing to add.
    webSocket.on('error', () => undefined);
    const closed = door.speak(socket);
    webSocket.once('close', (code, reason) => {
      this.sockets.delete(socket);
      this.countClosing(code);
      if (socket.identity) {
        this.caps.releaseAccount(socket.identity.accountId);
        this.sessions.depart(socket.identity);
      }
      closed(code, reason.toString());
    });
  }

  private countClosing(code: number): void {
    const known = countedCloseCodes.find((counted) => counted === String(code)) ?? 'other';
    this.closings.set(known, (this.closings.get(known) ?? 0) + 1);
  }

  private sweep(): void {
    const now = this.clock.elapsed();
    const wallClock = this.clock.now();
    for (const socket of this.sockets) socket.sweep(now, wallClock);
  }

  private async waitUntilClosed(): Promise<void> {
    const open = [...this.sockets].map((socket) => new Promise((resolve) => socket.webSocket.once('close', resolve)));
    let giveUp: NodeJS.Timeout | undefined;
    await Promise.race([
      Promise.all(open),
      new Promise((resolve) => (giveUp = setTimeout(resolve, 1_000 + this.settings.LETHE_DRAIN_MS / 5))),
    ]);
    clearTimeout(giveUp);
    for (const socket of this.sockets) socket.webSocket.terminate();
  }
}

function refuse(stream: Duplex, code: ErrorCode, message: string): void {
  const body = JSON.stringify({ errors: [{ message, extensions: { code } }] });
  // Or a client that never hangs up would keep its connection for ever.
  stream.once('finish', () => stream.destroy());
  stream.end(
    `HTTP/1.1 ${httpStatus[code]} ${code}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
