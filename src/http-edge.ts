import type { Socket } from 'node:net';
import helmet from '@fastify/helmet';
import { MethodNotAllowedException } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { ConnectionError, FastifyError, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { uploadingSockets } from './attachments/uploading-sockets.js';
import { originAllowed } from './config/allowed-origins.js';
import type { Settings } from './config/settings.js';
import { withinDeadline } from './errors/deadline.js';
import { refusedRequest } from './errors/http-error.filter.js';
import { GRAPHIQL_PATH, graphiqlIn } from './graphiql.js';
import { GRAPHQL_PATH } from './graphql-over-http.js';
import { ClientAddresses } from './limits/client-addresses.js';
import { Limits } from './limits/limits.service.js';

const BODY_LIMIT = 256 * 1024;
/** Whoever sends a request slower than this holds a connection for nothing. Looked at every so often. */
const HEADERS_WITHIN_MS = 10_000;
const RECEIVED_WITHIN_MS = 30_000;
const LOOKED_AT_EVERY_MS = 5_000;

export function httpAdapter(): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: BODY_LIMIT,
    requestTimeout: RECEIVED_WITHIN_MS,
    // Node would take the smaller of the two for headers, and its own 60 s for the whole.
    http: { headersTimeout: HEADERS_WITHIN_MS, connectionsCheckingInterval: LOOKED_AT_EVERY_MS },
    // A path that cannot be decoded, and bytes that are not HTTP, get no further than this.
    frameworkErrors: (_: FastifyError, __: FastifyRequest, reply: FastifyReply) =>
      void reply.code(400).send(refusedRequest(400)),
    clientErrorHandler: refuseConnection,
  });
}

/** What every HTTP request passes before its body is read. */
export async function guardHttp(app: NestFastifyApplication, settings: Settings): Promise<void> {
  // Nothing of an API is ever shown, framed or run.
  const directives = { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] };
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives },
    frameguard: { action: 'deny' },
  });
  app.enableCors({
    origin: (origin, decide) => decide(null, origin !== undefined && originAllowed(origin, undefined, settings)),
    // GET and PUT are for files on disk.
    methods: ['POST', 'GET', 'PUT'],
    exposedHeaders: ['retry-after', 'content-range'],
    maxAge: 86_400,
    strictPreflight: false,
  });
  const fastify = app.getHttpAdapter().getInstance();
  // Only JSON is left: a body that a page of any origin could send without asking is never read.
  fastify.removeContentTypeParser('text/plain');
  // Not `onRequest`: what is refused there would go out without the headers above.
  fastify.addHook(
    'preParsing',
    admission(app.get(Limits), app.get(ClientAddresses), graphiqlIn(settings) !== undefined),
  );
  fastify.addHook('onRoute', (route) => {
    if (route.url === GRAPHQL_PATH) answerInTime(route, settings.LETHE_REQUEST_DEADLINE_MS);
  });
}

const admission =
  (limits: Limits, addresses: ClientAddresses, hasGraphiql: boolean) =>
  async (request: FastifyRequest, reply: FastifyReply) => {
    if (!isGraphql(request)) return;
    await limits.take('requests', addresses.of(request.raw));
    if (request.method === 'POST') return;
    // Relative, for a relay behind a proxy that serves it below a path of its own.
    if (hasGraphiql && isVisit(request)) return reply.redirect(GRAPHIQL_PATH.slice(1), 303);
    void reply.header('allow', 'POST');
    throw new MethodNotAllowedException();
  };

// Fastify's own `handlerTimeout` ends with the request's body, before the work has begun.
function answerInTime(route: RouteOptions, milliseconds: number): void {
  const { handler } = route;
  route.handler = function (request, reply) {
    return withinDeadline(milliseconds, Promise.resolve(handler.call(this, request, reply)));
  };
}

/** By the route, however its path was spelled, and by the path for methods that have no route. */
const isGraphql = ({ routeOptions, url }: FastifyRequest) =>
  routeOptions.url === GRAPHQL_PATH || url.split('?')[0] === GRAPHQL_PATH;

/** Somebody typed the address of the API into a browser. */
const isVisit = ({ method, headers, query }: FastifyRequest) =>
  method === 'GET' &&
  headers.accept?.includes('text/html') === true &&
  !Object.hasOwn(query as Record<string, unknown>, 'query');

function refuseConnection({ code }: ConnectionError, socket: Socket): void {
  // A large file on a slow line takes its time; its route has an eye on it.
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT' && uploadingSockets.has(socket)) return;
  if (socket.writable && code !== 'ECONNRESET') {
    const body = JSON.stringify(refusedRequest(400));
    socket.write(
      'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n' +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  }
  socket.destroySoon();
}
