import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { settingsTable } from '../../src/config/settings.js';
import { metricsTable } from '../../src/health/metrics.table.js';
import { projectFolder, read } from './sources.js';

const page = read('docs/operating.md');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
const blocks = [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = '', code = '']) => ({
  language,
  code,
}));
const inLanguage = (language: string) => blocks.filter((block) => block.language === language).map(({ code }) => code);

it('names commands that exist', () => {
  const npm = [...page.matchAll(/\bnpm (?:run )?([\w:-]+)/g)].map(([, name = '']) => name);
  const verbs = [...page.matchAll(/npm run admin -- ([\w-]+)/g)].map(([, verb = '']) => verb);
  const admin = read('src/admin.ts');

  expect(npm).toEqual(expect.arrayContaining(['start', 'admin', 'doctor']));
  expect(npm.filter((name) => name !== 'ci' && !(name in scripts))).toEqual([]);
  expect(verbs).toEqual(expect.arrayContaining(['grant', 'check-email', 'restored']));
  expect(verbs.filter((verb) => !admin.includes(`npm run admin -- ${verb}`))).toEqual([]);
});

it('names settings and metrics that exist', () => {
  const settings = [...page.matchAll(/\bLETHE_[A-Z_]+\b/g)].map(([name]) => name);
  const metrics = [...page.matchAll(/\blethe_[a-z_]+\b/g)].map(([name]) => name.replace(/_bucket$/, ''));

  expect(settings.filter((name) => !(name in settingsTable))).toEqual([]);
  expect(metrics.length).toBeGreaterThan(10);
  expect(metrics.filter((name) => !(name in metricsTable))).toEqual([]);
});

it('shows YAML that can be read', () => {
  expect(inLanguage('yaml')).toHaveLength(2);
  for (const code of inLanguage('yaml')) expect(parse(code)).toEqual(expect.any(Object));
});

it('links to files that exist', () => {
  const links = [...page.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, path = '']) => path);

  expect(links.filter((path) => !existsSync(join(projectFolder, 'docs', path)))).toEqual([]);
});
