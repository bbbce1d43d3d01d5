import { existsSync, readFileSync } from 'node:fs';
import { createApp } from './app.js';
import { banner } from './banner.js';
import { readSettings } from './config/read-settings.js';
import { endOnUncaughtErrors } from './end-on-uncaught-errors.js';
import { Log } from './errors/log.js';
import { openDatabase } from './open-database.js';
import { listenFailure, startFailure } from './start-failure.js';
import { stopAsked } from './stop-asked.js';

const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
const { version } = JSON.parse(manifest) as { version: string };
const stop = stopAsked();
const closing: (() => Promise<unknown>)[] = [];

try {
  if (existsSync('.env')) process.loadEnvFile();
  const settings = readSettings(process.env);
  const database = await openDatabase(settings);
  closing.unshift(() => database.close());
  const app = await createApp(settings, database.url);
  closing.unshift(() => app.close());
  const log = app.get(Log);
  endOnUncaughtErrors(log);
  await app.listen(settings.PORT, settings.LETHE_HOST).catch(listenFailure(settings));
  process.stdout.write(banner({ version, settings, database, url: await app.getUrl() }));
  log.info('started', { version });
  closing.push(() => Promise.resolve(log.info('stopped')));
  await stop;
  log.info('stopping');
} catch (error) {
  process.stderr.write(startFailure(error));
  process.exitCode = 1;
}
for (const close of closing) await close();
process.exit();
