import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { within } from './within.js';

/** Opcodes of RFC 6455. */
export const frames = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const UPGRADE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
  'Sec-WebSocket-Protocol: graphql-transport-ws',
];

/** A client that says what it likes, byte by byte, answers nothing by itself, and never hangs up. */
export class WireSocket {
  /** All that the relay has sent. */
  received = Buffer.alloc(0);
  /** Whether the relay has hung up. */
  hungUp = false;

  private constructor(readonly tcp: Socket) {
    tcp.on('data', (bytes: Buffer) => (this.received = Buffer.concat([this.received, bytes])));
    for (const end of ['end', 'close', 'error']) tcp.on(end, () => (this.hungUp = true));
  }

  static async connect(at: { readonly url: string }): Promise<WireSocket> {
    const { port, hostname: host } = new URL(at.url);
    const tcp = connect({ port: Number(port), host, allowHalfOpen: true });
    await once(tcp, 'connect');
    return new WireSocket(tcp);
  }

  static async open(at: { readonly url: string }): Promise<WireSocket> {
    const socket = await WireSocket.connect(at);
    socket.asks('GET /graphql', UPGRADE);
    await socket.hears('\r\n\r\n');
    return socket;
  }

  /** Opened and acknowledged. */
  static async as(at: { readonly url: string }, token: string): Promise<WireSocket> {
    const socket = await WireSocket.open(at);
    socket.says({ type: 'connection_init', payload: { accessToken: token } });
    await socket.hears('connection_ack');
    return socket;
  }

  asks(line: string, headers: string[]): void {
    this.tcp.write(`${[`${line} HTTP/1.1`, 'Host: 127.0.0.1', ...headers].join('\r\n')}\r\n\r\n`);
  }

  says(message: object): void {
    this.sends(frame(frames.text, JSON.stringify(message)));
  }

  sends(bytes: Buffer): void {
    this.tcp.write(bytes);
  }

  hears(words: string | Buffer): Promise<void> {
    return within(5_000, () => this.received.includes(words));
  }

  /** The close code that the relay has sent. */
  async closeCode(): Promise<number> {
    const start = Buffer.from([0x80 | frames.close]);
    await this.hears(start);
    return this.received.readUInt16BE(this.received.lastIndexOf(start) + 2);
  }
}

/** Masked with zeros, which leaves the payload readable. */
export function frame(opcode: number, payload: string | Buffer, { last = true, masked = true } = {}): Buffer {
  const bytes = Buffer.from(payload as string);
  const header = Buffer.alloc(bytes.length < 126 ? 2 : 4);
  header[0] = (last ? 0x80 : 0) | opcode;
  header[1] = (masked ? 0x80 : 0) | Math.min(bytes.length, 126);
  if (bytes.length >= 126) header.writeUInt16BE(bytes.length, 2);
  return Buffer.concat([header, Buffer.alloc(masked ? 4 : 0), bytes]);
}
