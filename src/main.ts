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
  endOnUncaughtErrors(app.get(Log));
  await app.listen(settings.PORT, settings.LETHE_HOST).catch(listenFailure(settings));
  process.stdout.write(banner({ version, settings, database, url: await app.getUrl() }));
  await stop;
} catch (error) {
  process.stderr.write(startFailure(error));
  process.exitCode = 1;
}
for (const close of closing) await close();
process.exit();
