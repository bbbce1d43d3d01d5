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

/** One client's connection: its frames, its identity, and how it keeps up. */
export class RelaySocket implements LiveSink {
  identity: Identity | undefined;
  private messages = 0;
  private heardPong = true;
  private nextPing: number;
  private blockedSince: number | undefined;

  constructor(
    readonly webSocket: WebSocket,
    private readonly tcp: TcpSocket,
    readonly address: string,
    private readonly messagesASecond: number,
    now: number,
  ) {
    // Spread, so that ten thousand sockets opened together are not pinged together.
    this.nextPing = now + PING_EVERY_MS * (0.5 + Math.random() / 2);
    webSocket.on('pong', () => (this.heardPong = true));
  }

  /** Bytes that the client has not taken yet. */
  get bytesWaiting(): number {
    return this.tcp.writableLength;
  }

  /** Open, and bytes were waiting at the last sweep. */
  get behind(): boolean {
    return this.blockedSince !== undefined && this.webSocket.readyState === this.webSocket.OPEN;
  }

  get protocol(): string {
    return this.webSocket.protocol;
  }

  /** Resolves once the bytes have left for the client, so that whoever waits sends no faster than they are taken. */
  send(text: string): Promise<void> {
    if (this.webSocket.readyState === this.webSocket.CLOSED) return Promise.resolve();
    // One that is closing takes nothing more: who has something to send waits for the end instead of going on reading.
    if (this.webSocket.readyState !== this.webSocket.OPEN)
      return new Promise((resolve) => this.webSocket.once('close', () => resolve()));
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
    if (this.webSocket.readyState !== this.webSocket.OPEN || this.tcp.writableLength > LIVE_UP_TO) return false;
    if (frames.length > 1) this.tcp.cork();
    for (const frame of frames) this.tcp.write(frame);
    if (frames.length > 1) this.tcp.uncork();
    return true;
  }

  /** False once the client has sent more messages than a second allows. */
  takeMessage(): boolean {
    this.messages += 1;
    return this.messages <= this.messagesASecond;
  }

  close(code: number, reason: string): void {
    this.webSocket.close(code, reason);
  }

  /** Once a second: is the client alive, entitled, and keeping up? */
  sweep(now: number, wallClock: Date): void {
    this.messages = 0;
    if (this.webSocket.readyState !== this.webSocket.OPEN) return;
    if (this.identity && this.identity.expiresAt <= wallClock)
      return this.close(closeCodes.TOKEN_EXPIRED, 'Token expired');
    if (this.tcp.writableLength === 0) this.blockedSince = undefined;
    else this.blockedSince ??= now;
    if (this.blockedSince !== undefined && now - this.blockedSince >= SLOW_AFTER_MS)
      return this.close(closeCodes.SLOW_CONSUMER, 'Slow consumer');
    if (now >= this.nextPing) this.ping(now);
  }

  private ping(now: number): void {
    // A client that is slow to read cannot answer a ping either; that is the slow consumer's case.
    if (!this.heardPong && this.blockedSince === undefined) return this.webSocket.terminate();
    this.heardPong = false;
    this.nextPing = now + PING_EVERY_MS;
    this.webSocket.ping();
  }
}
