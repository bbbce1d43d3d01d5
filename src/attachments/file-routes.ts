import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Clock } from '../config/clock.js';
import { notFound } from '../errors/lethe-error.js';
import { BLOB_STORE, type BlobDescription, type BlobStore } from './blob-store.js';
import { byteRange } from './byte-range.js';
import { DiskBlobStore, mismatch } from './disk-blob-store.js';
import { FILES_PATH } from './signed-urls.js';
import { uploadingSockets } from './uploading-sockets.js';

/** Nothing moves for so long: the connection is closed. */
const STALLED_AFTER_MS = 30_000;
/** With the hour that an address is good for, less than deleted objects stay on the list for. */
const UPLOADED_WITHIN_MS = 3_600_000;

type FileRequest = FastifyRequest<{ Params: { key: string }; Querystring: Record<string, unknown> }>;

/**
 * Takes in and gives out the files on disk. Who may is decided where their addresses are signed; here nobody is asked
 * for. Plain routes of Fastify: bodies stay streams, and its limit for bodies does not hold for them.
 */
@Injectable()
export class FileRoutes implements OnModuleInit, BeforeApplicationShutdown {
  /** Connections with a file on them. */
  private readonly busy = new Set<Socket>();
  private readonly uploads = new Map<string, AbortController>();

  constructor(
    @Inject(BLOB_STORE) private readonly store: BlobStore,
    private readonly http: HttpAdapterHost,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    const { store } = this;
    if (!(store instanceof DiskBlobStore)) return;
    const fastify = this.http.httpAdapter.getInstance<FastifyInstance>();
    fastify.register((routes, _options, done) => {
      routes.removeAllContentTypeParsers();
      routes.addContentTypeParser('*', (_request, body, parsed) => parsed(null, body));
      routes.put(`${FILES_PATH}/:key`, (request: FileRequest, reply) => this.take(store, request, reply));
      routes.get(`${FILES_PATH}/:key`, { exposeHeadRoute: false }, (request: FileRequest, reply) =>
        this.give(store, request, reply),
      );
      done();
    });
  }

  /** What is not through when the sockets are drained is cut off; clients begin anew elsewhere. */
  beforeApplicationShutdown(): void {
    for (const socket of this.busy) socket.destroy();
  }

  private async take(store: DiskBlobStore, request: FileRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { params, query, headers, raw } = request;
    const object = store.urls.readUpload({ ...query, ...params }, this.clock.now());
    if (headers['content-length'] !== `${object.size}`) throw mismatch();
    try {
      await this.upload(store, object, raw);
    } catch (error) {
      // Cut off: there is nobody left to tell.
      if (raw.destroyed && !raw.complete) return reply.hijack();
      throw error;
    }
    return reply.code(204).send();
  }

  private async upload(store: DiskBlobStore, object: BlobDescription, request: IncomingMessage): Promise<void> {
    const { socket } = request;
    // A client that lost its connection begins anew before the relay has noticed.
    this.uploads.get(object.key)?.abort();
    const upload = new AbortController();
    this.uploads.set(object.key, upload);
    upload.signal.addEventListener('abort', () => socket.destroy());
    const deadline = setTimeout(() => upload.abort(), UPLOADED_WITHIN_MS).unref();
    this.watch(socket);
    uploadingSockets.add(socket);
    try {
      await store.put(object, request, upload.signal);
    } finally {
      clearTimeout(deadline);
      socket.setTimeout(0);
      this.busy.delete(socket);
      uploadingSockets.delete(socket);
      if (this.uploads.get(object.key) === upload) this.uploads.delete(object.key);
    }
  }

  private async give(store: DiskBlobStore, request: FileRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { params, query, headers, raw } = request;
    const found = await store.open(store.urls.readDownload({ ...query, ...params }, this.clock.now()));
    if (!found) throw notFound();
    const { file, size } = found;
    // What is stored never changes and has no validators: `If-Range` could only be about something else.
    const range = byteRange(headers['if-range'] === undefined ? headers.range : undefined, size);
    void reply.headers(ofFile).header('accept-ranges', 'bytes');
    if (range === null) {
      await file.close();
      return reply.code(416).header('content-range', `bytes */${size}`).send();
    }
    const { start, end } = range ?? { start: 0, end: size - 1 };
    if (range) void reply.code(206).header('content-range', `bytes ${start}-${end}/${size}`);
    this.watch(raw.socket);
    reply.raw.once('close', () => this.busy.delete(raw.socket));
    return reply.header('content-length', end - start + 1).send(file.createReadStream({ start, end }));
  }

  /** Node closes the connection when nothing moved for that long. */
  private watch(socket: Socket): void {
    this.busy.add(socket);
    socket.setTimeout(STALLED_AFTER_MS);
  }
}

/** Bytes that nobody is to look into, show or keep. */
const ofFile = {
  'content-type': 'application/octet-stream',
  'content-disposition': 'attachment',
  'cache-control': 'private, no-store',
};
