import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import type { Server } from 'node:http';
import { Authenticator } from './auth/authenticator.js';
import { Revocations } from './auth/revocations.js';
import { originAllowed } from './config/allowed-origins.js';
import { SETTINGS, type Settings } from './config/settings.js';
import { withinDeadline } from './errors/deadline.js';
import { LetheError } from './errors/lethe-error.js';
import { Log } from './errors/log.js';
import { outgoingError } from './errors/outgoing-error.js';
import { DocumentCache } from './graphql/document-cache.js';
import type { Identity } from './graphql/operation-context.js';
import { GRAPHQL_PATH } from './graphql-over-http.js';
import { Readiness } from './health/readiness.js';
import { ClientAddresses } from './limits/client-addresses.js';
import { Limits } from './limits/limits.service.js';
import { graphqlTransportWs } from './realtime/graphql-transport-ws.js';
import { LiveSessions } from './realtime/live-sessions.js';
import { SocketCaps } from './realtime/socket-caps.js';
import { SocketServer } from './realtime/socket-server.js';

/** Opens the socket door at `/graphql` beside the HTTP one, and closes it again. */
@Injectable()
export class GraphqlSockets implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly http: HttpAdapterHost,
    private readonly schemaHost: GraphQLSchemaHost,
    private readonly sockets: SocketServer,
    private readonly sessions: LiveSessions,
    private readonly caps: SocketCaps,
    private readonly limits: Limits,
    private readonly addresses: ClientAddresses,
    private readonly authenticator: Authenticator,
    private readonly revocations: Revocations,
    private readonly readiness: Readiness,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    const { schema } = this.schemaHost;
    const speak = graphqlTransportWs({
      schema,
      documents: new DocumentCache(schema, this.settings),
      identify: (token) => this.authenticator.identifyToken(token),
      admit: (identity) => this.admit(identity),
      admitOperation: (address, operations) => this.admitOperation(address, operations),
      withinDeadline: (work) => withinDeadline(this.settings.LETHE_REQUEST_DEADLINE_MS, work),
      formatError: (error) => outgoingError(error, this.log.unexpected),
    });
    this.sockets.open(this.http.httpAdapter.getHttpServer() as Server, {
      path: GRAPHQL_PATH,
      addressOf: (request) => this.addresses.of(request),
      originAllowed: ({ headers }) => originAllowed(headers.origin, headers.host, this.settings),
      speak,
    });
    this.revocations.onRevoked((sessionIds) => this.sockets.closeSessions(sessionIds));
  }

  async onModuleDestroy(): Promise<void> {
    this.readiness.drain();
    await this.sockets.drain();
  }

  private admit(identity: Identity): boolean {
    if (!this.caps.admitAccount(identity.accountId)) return false;
    this.sessions.arrive(identity);
    return true;
  }

  private async admitOperation(address: string, operationsOfSocket: number): Promise<void> {
    if (operationsOfSocket > this.caps.operationsPerSocket)
      throw new LetheError('LIMIT_REACHED', 'Too many operations on this socket. End some first.', {
        reason: 'TOO_MANY_OPERATIONS',
      });
    await this.limits.take('requests', address);
  }
}
