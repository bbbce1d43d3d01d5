import { dirname, join } from 'node:path';
import ts from 'typescript';
import { read, sourcesIn } from './sources.js';

/** A module imports only from modules to its left. A new module takes its place here first. */
const row = [
  'errors',
  'metrics',
  'config',
  'redis',
  'database',
  'graphql',
  'limits',
  'realtime',
  'auth',
  'keys',
  'accounts',
  'servers',
  'channels',
  'attachments',
  'messages',
  'mailbox',
  'presence',
  'maintenance',
  'health',
];

/** `undefined` for the files directly in src, which put the modules together. */
const moduleOf = (path: string) => /^src\/([^/]+)\//.exec(path)?.[1];

const importsOf = (path: string) =>
  ts
    .preProcessFile(read(path))
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => name.startsWith('.'))
    .map((name) => join(dirname(path), name));

/** Why a file of `from` may not import the file, if it may not. */
function fault(from: string, imported: string): string | undefined {
  const to = moduleOf(imported);
  if (to === from || imported.startsWith('migrations/')) return undefined;
  if (to === undefined) return `imports ${imported}, which puts the modules together`;
  return row.indexOf(to) < row.indexOf(from) ? undefined : `imports from ${to}, which is not on its left`;
}

const sources = sourcesIn('src');

it('has a place for every module', () => {
  const modules = new Set(sources.map(moduleOf).filter((module) => module !== undefined));

  expect([...modules].filter((module) => !row.includes(module))).toEqual([]);
});

it('lets modules import from their left only', () => {
  const faults = sources.flatMap((path) => {
    const module = moduleOf(path);
    if (module === undefined) return [];
    return importsOf(path).flatMap((imported) => {
      const found = fault(module, imported);
      return found ? [`${path} ${found}`] : [];
    });
  });

  expect(faults).toEqual([]);
});

it('is the row that CONTRIBUTING.md shows', () => {
  expect(read('CONTRIBUTING.md')).toContain(`${row.join(' · ')} · (app: files directly in src)`);
});
