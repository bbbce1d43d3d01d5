// Prints the files that are made from the code. With --check it writes nothing and fails when one is out of date.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import prettier from 'prettier';
import { choresPage } from './printed/chores.js';
import { errorsPage } from './printed/errors.js';
import { limitsPage } from './printed/limits.js';
import { rightsPage } from './printed/rights.js';
import { schema } from './printed/schema.js';
import { configurationPage, envExample } from './printed/settings.js';

const project = join(import.meta.dirname, '..');
const checkOnly = process.argv.includes('--check');

const files = {
  'schema.graphql': await schema(),
  '.env.example': envExample(),
  'docs/chores.md': await formatted(choresPage()),
  'docs/errors.md': await formatted(errorsPage()),
  'docs/configuration.md': await formatted(configurationPage()),
  'docs/limits.md': await formatted(limitsPage()),
  'docs/rights.md': await formatted(rightsPage()),
};

for (const [name, content] of Object.entries(files)) {
  const path = join(project, name);
  if (existsSync(path) && readFileSync(path, 'utf8') === content) continue;
  process.stdout.write(`${name} ${checkOnly ? 'is out of date: run `npm run generate`' : 'printed'}\n`);
  if (checkOnly) process.exitCode = 1;
  else writeFileSync(path, content);
}

async function formatted(markdown: string): Promise<string> {
  return prettier.format(markdown, { ...(await prettier.resolveConfig(project)), parser: 'markdown' });
}
