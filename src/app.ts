import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { Clock } from './config/clock.js';
import type { Settings } from './config/settings.js';
import { serveGraphiql } from './graphiql.js';
import { guardHttp, httpAdapter } from './http-edge.js';

/** The whole relay on a database, not yet listening. Used by `main.ts` and by every story. */
export async function createApp(
  settings: Settings,
  databaseUrl: string,
  clock = new Clock(),
): Promise<NestFastifyApplication> {
  const module = AppModule.with(settings, databaseUrl, clock);
  const app = await NestFactory.create<NestFastifyApplication>(module, httpAdapter(), {
    abortOnError: false,
    logger: false,
    bodyParser: false,
  });
  await guardHttp(app, settings);
  serveGraphiql(app, settings);
  return app;
}
