import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What commits: the statements that append and deliver, and the end of any other transaction. */
const commits = (sent: Buffer) => ['append\0', 'deliver\0', 'COMMIT'].some((words) => sent.includes(words));

/** Stands between the relays and PostgreSQL, and can keep an answer from them. */
export class DatabaseProxy {
  /** Commits whose answers were swallowed. */
  swallowed = 0;
  private toSwallow = 0;
  private readonly clients = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly targetPort: number,
  ) {}

  static async to(targetPort: number): Promise<DatabaseProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new DatabaseProxy(server, targetPort);
    server.on('connection', (client) => proxy.carry(client));
    return proxy;
  }

  /** The URL of a database as it is reached through here. */
  through(databaseUrl: string): string {
    const url = new URL(databaseUrl);
    url.port = String((this.server.address() as AddressInfo).port);
    return url.toString();
  }

  /** The next commits reach PostgreSQL and are done there; their connections break before the answer is delivered. */
  swallowAnswers(count: number): void {
    this.toSwallow = count;
  }

  stop(): void {
    this.server.close();
    for (const client of this.clients) client.destroy();
  }

  private carry(client: Socket): void {
    const database = connect(this.targetPort, '127.0.0.1');
    client.setNoDelay(true);
    database.setNoDelay(true);
    this.clients.add(client);
    // Either end going, in whatever way, takes the other with it.
    for (const [one, other] of [
      [client, database],
      [database, client],
    ] as const) {
      one.on('error', () => undefined);
      one.once('close', () => other.destroy());
    }
    client.once('close', () => this.clients.delete(client));
    client.on('data', (sent) => {
      if (this.toSwallow > 0 && commits(sent)) this.swallowNextAnswer(client, database);
    });
    client.pipe(database);
    database.pipe(client);
  }

  private swallowNextAnswer(client: Socket, database: Socket): void {
    this.toSwallow -= 1;
    database.unpipe(client);
    database.once('data', () => {
      this.swallowed += 1;
      client.destroy();
    });
    database.resume();
  }
}
