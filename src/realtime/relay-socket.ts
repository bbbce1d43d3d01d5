import type { Socket as TcpSocket } from 'node:net';
import type { WebSocket } from 'ws';
import { closeCodes } from '../errors/error-codes.js';
import type { Identity } from '../graphql/operation-context.js';
import type { LiveSink } from './follower.js';

/** Bytes that may wait for a socket before its followers stop being live. */
const LIVE_UP_TO = 65_536;
/** Bytes that may wait before nothing more is read from the client either. */
const PAUSE_ABOVE = 1_048_576;

export const PING_EVERY_MS = 30_000;
const SLOW_AFTER_MS = 60_000;
/** So many times what a second allows. */
const FLOOD = 10;
/** For the client to take the close frame and answer it. */
const CLOSED_WITHIN_MS = 5_000;

/** One client's connection: its frames, its identity, and how it keeps up. */
export class RelaySocket implements LiveSink {
  identity: Identity | undefined;
  /** Whom the client asked, as its `Host` header says. */
  host: string | undefined;
  /** What runs for the client. graphql-ws forgets a stream whose id is used again before it has begun; this does not. */
  readonly streams = new Set<AsyncGenerator>();
  private answering = 0;
  private leave: (() => void) | undefined;
  private messages = 0;
  private heardPong = true;
  private nextPing: number;
  private blockedSince: number | undefined;
  private closingSince: number | undefined;
  private readonly closed: Promise<void>;

  constructor(
    readonly webSocket: WebSocket,
    private readonly tcp: TcpSocket,
    readonly address: string,
    private readonly messagesASecond: number,
    now: number,
  ) {
    // Spread, so that ten thousand sockets opened together are not pinged together.
    this.nextPing = now + PING_EVERY_MS * (0.5 + Math.random() / 2);
    this.closed = new Promise((resolve) => webSocket.once('close', () => resolve()));
    webSocket.once('close', () => {
      for (const stream of this.streams) void stream.return(undefined);
    });
    // `ws` has answered the ping. That costs as much as a message, and may not be had for nothing either.
    webSocket.on('ping', () => this.takeMessage());
    webSocket.on('pong', () => {
      this.heardPong = true;
      this.takeMessage();
    });
  }

  get isOpen(): boolean {
    return this.webSocket.readyState === this.webSocket.OPEN;
  }

  /** Bytes that the client has not taken yet. */
  get bytesWaiting(): number {
    return this.tcp.writableLength;
  }

  /** Open, and bytes were waiting at the last sweep. */
  get behind(): boolean {
    return this.blockedSince !== undefined && this.isOpen;
  }

  get protocol(): string {
    return this.webSocket.protocol;
  }

  /** Resolves once the bytes have left for the client, so that whoever waits sends no faster than they are taken. */
  send(text: string): Promise<void> {
    // One that is closing takes nothing more: who has something to send waits for the end instead of going on reading.
    if (!this.isOpen) return this.closed;
    return new Promise((resolve) => {
      this.webSocket.send(text, () => {
        if (this.webSocket.isPaused && this.tcp.writableLength < PAUSE_ABOVE) this.webSocket.resume();
        resolve();
      });
      if (this.tcp.writableLength >= PAUSE_ABOVE) this.webSocket.pause();
    });
  }

  /** Frames written as they are, beside `ws`: it never holds back part of a frame, since nothing is compressed. */
  write(frames: Buffer[]): boolean {
    if (!this.isOpen || this.tcp.writableLength > LIVE_UP_TO) return false;
    if (frames.length > 1) this.tcp.cork();
    for (const frame of frames) this.tcp.write(frame);
    if (frames.length > 1) this.tcp.uncork();
    return true;
  }

  /** Whether to listen to what the client sends: not once it is more than a second allows, nor on the way out. */
  takeMessage(): boolean {
    this.messages += 1;
    if (this.messages > this.messagesASecond) this.close(closeCodes.TOO_MANY_REQUESTS, 'Too many messages');
    // A flood is not read until its sender has read the close frame.
    if (this.messages > this.messagesASecond * FLOOD) this.webSocket.terminate();
    return this.isOpen;
  }

  close(code: number, reason: string): void {
    this.webSocket.close(code, reason);
  }

  get isLeaving(): boolean {
    return this.leave !== undefined;
  }

  /** Closes once what runs has been answered; nothing new begins meanwhile. */
  closeWhenAnswered(code: number, reason: string): void {
    this.leave = () => this.close(code, reason);
    if (this.answering === 0) this.leave();
  }

  /** A query or mutation that the socket waits for before it leaves. */
  async untilAnswered<T>(work: () => Promise<T>): Promise<T> {
    this.answering += 1;
    try {
      return await work();
    } finally {
      this.answering -= 1;
      // The answer itself is sent in the turns of promises that follow.
      if (this.answering === 0 && this.leave) setImmediate(this.leave);
    }
  }

  /** Once a second: is the client alive, entitled, and keeping up? */
  sweep(now: number, wallClock: Date): void {
    this.messages = 0;
    if (!this.isOpen) return this.hurry(now);
    if (this.identity && this.identity.expiresAt <= wallClock)
      return this.close(closeCodes.TOKEN_EXPIRED, 'Token expired');
    if (this.tcp.writableLength === 0) this.blockedSince = undefined;
    else this.blockedSince ??= now;
    if (this.blockedSince !== undefined && now - this.blockedSince >= SLOW_AFTER_MS)
      return this.close(closeCodes.SLOW_CONSUMER, 'Slow consumer');
    if (now >= this.nextPing) this.ping(now);
  }

  private hurry(now: number): void {
    this.closingSince ??= now;
    if (now - this.closingSince >= CLOSED_WITHIN_MS) this.webSocket.terminate();
  }

  private ping(now: number): void {
    // A client that is slow to read cannot answer a ping either; that is the slow consumer's case.
    if (!this.heardPong && this.blockedSince === undefined) return this.webSocket.terminate();
    this.heardPong = false;
    this.nextPing = now + PING_EVERY_MS;
    this.webSocket.ping();
  }
}
