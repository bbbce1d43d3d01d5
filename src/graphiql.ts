import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { extname, join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SettingsError, type Settings } from './config/settings.js';

export const GRAPHIQL_PATH = '/graphiql';

const PAGE = 'index.html';
/** Nothing that could lead out of the folder, and not the page itself. */
const FILE_NAME = /^(?!index\.html$)\w[\w.-]*$/;

/** Where `scripts/build.mjs` puts the page, seen from what it compiles and from the sources. */
const places = ['../graphiql', '../dist/graphiql'].map((place) => join(import.meta.dirname, place));

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.ttf': 'font/ttf',
  '.txt': 'text/plain; charset=utf-8',
};

// The editor writes rules of its own into style elements, and its style sheet carries fonts in data: addresses.
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join(';');

/** The folder of the page, where it is to be served. */
export function graphiqlIn({ LETHE_GRAPHIQL, NODE_ENV }: Settings): string | undefined {
  if (!(LETHE_GRAPHIQL ?? NODE_ENV !== 'production')) return undefined;
  const folder = places.find((place) => existsSync(join(place, PAGE)));
  if (folder === undefined && LETHE_GRAPHIQL)
    throw new SettingsError(['LETHE_GRAPHIQL: the page is not built; `npm run build` does it']);
  return folder;
}

/** Serves the page and its files, and no others: neither limited nor behind a token, as nothing of the relay is in them. */
export function serveGraphiql(app: NestFastifyApplication, settings: Settings): void {
  const folder = graphiqlIn(settings);
  if (folder === undefined) return;
  const fastify = app.getHttpAdapter().getInstance();
  fastify.get(GRAPHIQL_PATH, (request, reply) => sendPage(join(folder, PAGE), request, reply));
  fastify.get<{ Params: { name: string } }>(`${GRAPHIQL_PATH}/:name`, ({ params }, reply) =>
    sendPart(folder, params.name, reply),
  );
}

async function sendPage(path: string, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const page = await readFile(path);
  const etag = `"${createHash('sha256').update(page).digest('base64url')}"`;
  void reply.headers({ etag, 'cache-control': 'no-cache', 'content-security-policy': policy });
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  return reply.type(types['.html'] ?? '').send(page);
}

/** Its name changes with its content. Scripts that run beside the page are bound to a policy of their own, this one. */
async function sendPart(folder: string, name: string, reply: FastifyReply): Promise<FastifyReply | void> {
  const type = FILE_NAME.test(name) ? types[extname(name)] : undefined;
  const content = type && (await readFile(join(folder, name)).catch(() => undefined));
  if (!type || !content) return reply.callNotFound();
  void reply.headers({ 'cache-control': 'public, max-age=31536000, immutable', 'content-security-policy': policy });
  return reply.type(type).send(content);
}
