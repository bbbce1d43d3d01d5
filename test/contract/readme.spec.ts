import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder, read, sourcesIn } from './sources.js';

const readme = read('README.md');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

interface Block {
  language: string;
  code: string;
  /** The file it is taken from, named in a comment directly above: `<!-- demo/first-conversation.ts -->`. */
  source?: string;
}

const blocks: Block[] = [
  ...readme.matchAll(/(?:^<!-- (?<source>\S+) -->\n+)?^```(?<language>\w*)\n(?<code>[\s\S]*?)^```$/gm),
].map(({ groups = {} }) => ({ language: groups.language ?? '', code: groups.code ?? '', source: groups.source }));

const inLanguage = (...languages: string[]) => blocks.filter(({ language }) => languages.includes(language));

/** Indentation differs between the page and the story it is taken from. */
const withoutIndentation = (code: string) =>
  code
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .trim();

it('names npm commands that exist', () => {
  const npm = inLanguage('sh', 'bash', 'shell')
    .flatMap(({ code }) => [...code.matchAll(/\bnpm (?:run )?([\w:-]+)/g)])
    .map(([, name = '']) => name);

  expect(npm).toEqual(expect.arrayContaining(['ci', 'start', 'test']));
  expect(npm.filter((name) => name !== 'ci' && !(name in scripts))).toEqual([]);
});

/** The file is a story itself, or a story imports it. */
const isRunByAStory = (path: string) =>
  sourcesIn('test/e2e').some((story) => story === path || read(story).includes(`'../../${path.replace(/ts$/, 'js')}'`));

it('shows TypeScript only that a story runs', () => {
  const shown = inLanguage('ts', 'typescript');
  const isRun = ({ source, code }: Block) =>
    source !== undefined &&
    isRunByAStory(source) &&
    withoutIndentation(read(source)).includes(withoutIndentation(code));

  expect(shown).not.toEqual([]);
  expect(shown.filter((block) => !isRun(block))).toEqual([]);
});

it('links to files that exist', () => {
  const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, path = '']) => path);

  expect(links.filter((path) => !existsSync(join(projectFolder, path)))).toEqual([]);
});
