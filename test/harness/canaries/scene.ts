import pg from 'pg';
import type { GraphqlAnswer } from '../graphql-client.js';
import { RawSocket } from '../raw-socket.js';
import type { Canaries, Channel } from './canaries.js';

/** What steps share: where to send, and what of it must not turn up again. */
export class Scene {
  private addresses = 0;

  constructor(
    readonly url: string,
    readonly databaseUrl: string,
    readonly canaries: Canaries,
  ) {}

  /** An address that nobody has spoken from yet, as a trusted proxy tells it. */
  newAddress(): string {
    this.addresses += 1;
    const address = `2001:db8:${(0xc000 + this.addresses).toString(16)}:beef::77`;
    this.canaries.add(`address ${this.addresses}`, address);
    // The block of it that limits count.
    this.canaries.add(`block of address ${this.addresses}`, address.replace('::77', ''));
    return address;
  }

  /** Every request comes from an address of its own, names itself and carries a trace of its sender. */
  headers(token?: string): Record<string, string> {
    return {
      'x-forwarded-for': this.newAddress(),
      'user-agent': this.canaries.word(`user agent ${this.addresses}`),
      cookie: `session=${this.canaries.word(`cookie ${this.addresses}`)}`,
      traceparent: `00-${this.traceId()}-00f067aa0ba902b7-01`,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
  }

  async asks<Data = Record<string, unknown>>(
    query: string,
    variables: Record<string, unknown> = {},
    token?: string,
  ): Promise<GraphqlAnswer<Data>> {
    const response = await this.sends(JSON.stringify({ query, variables }), token);
    const answer = (await response.json()) as GraphqlAnswer<Data>;
    this.plantTokensOf(answer.data);
    return answer;
  }

  sends(body: string, token?: string, path = '/graphql'): Promise<Response> {
    const headers = { 'content-type': 'application/json', ...this.headers(token) };
    return fetch(new URL(path, this.url), { method: 'POST', headers, body });
  }

  /** At an address that the relay has given, or a path; the relay runs elsewhere than it says to clients. */
  fetches(address: string, init: RequestInit = {}): Promise<Response> {
    const { pathname, search } = new URL(address, this.url);
    const headers = { ...this.headers(), ...(init.headers as Record<string, string> | undefined) };
    return fetch(new URL(pathname + search, this.url), { ...init, headers });
  }

  /** What opens a file, and what it is called in the store. */
  plantAddress(address: string): void {
    const { pathname, searchParams } = new URL(address);
    const key = pathname.split('/').at(-1) ?? '';
    const signature = searchParams.get('signature') ?? '';
    this.canaries.add(`signature ${signature.slice(-6)}`, signature);
    this.canaries.add(`signature ${signature.slice(-6)}, as bytes`, Buffer.from(signature, 'base64url'));
    this.canaries.add(`object ${key.slice(-6)}`, key);
  }

  connects(token: string): Promise<RawSocket> {
    const { authorization: _, ...headers } = this.headers();
    return RawSocket.open({ url: this.url }, { headers }).then(async (socket) => {
      socket.send({ type: 'connection_init', payload: { accessToken: token } });
      await socket.next('connection_ack');
      return socket;
    });
  }

  /** Past the relay, as whoever provokes faults. */
  async inDatabase(sql: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.databaseUrl });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  }

  /** 256 bytes that are no text, with a marker within. */
  sealed(name: string, passes?: Channel): string {
    const body = Buffer.alloc(256, 0xff);
    body.write(this.canaries.word(name, passes), 7);
    return body.toString('base64');
  }

  /** Bytes of any length that are a marker alone. */
  bytes(name: string, length: number): Buffer {
    const bytes = Buffer.alloc(length, 0xfe);
    bytes.write(this.canaries.word(name));
    return bytes;
  }

  private traceId(): string {
    const id = this.bytes(`trace ${this.addresses}`, 24).toString('hex').slice(0, 32);
    this.canaries.add(`trace id ${this.addresses}`, id);
    return id;
  }

  private plantTokensOf(data: unknown): void {
    if (typeof data !== 'object' || data === null) return;
    for (const [name, value] of Object.entries(data)) {
      if (/token$|^secret$|^code$/i.test(name) && typeof value === 'string')
        this.canaries.add(`${name} ${value.slice(-6)}`, value);
      this.plantTokensOf(value);
    }
  }
}
