import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectFolder, read, sourcesIn } from './sources.js';

const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

interface Block {
  language: string;
  code: string;
  /** The file it is taken from, named in a comment directly above: `<!-- demo/first-conversation.ts -->`. */
  source?: string;
}

const blocksOf = (page: string): Block[] =>
  [...read(page).matchAll(/(?:^<!-- (?<source>\S+) -->\n+)?^```(?<language>\w*)\n(?<code>[\s\S]*?)^```$/gm)].map(
    ({ groups = {} }) => ({ language: groups.language ?? '', code: groups.code ?? '', source: groups.source }),
  );

const inLanguage = (page: string, ...languages: string[]) =>
  blocksOf(page).filter(({ language }) => languages.includes(language));

/** Indentation differs between the page and the story it is taken from. */
const withoutIndentation = (code: string) =>
  code
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .trim();

/** The file is a story itself, or a story imports it. */
const isRunByAStory = (path: string) =>
  sourcesIn('test/e2e').some((story) => story === path || read(story).includes(`'../../${path.replace(/ts$/, 'js')}'`));

describe.each(['README.md', 'docs/apollo-client.md'])('%s', (page) => {
  it('names npm commands that exist', () => {
    const npm = inLanguage(page, 'sh', 'bash', 'shell')
      .flatMap(({ code }) => [...code.matchAll(/\bnpm (?:run )?([\w:-]+)/g)])
      .map(([, name = '']) => name);

    expect(npm).not.toEqual([]);
    expect(npm.filter((name) => !['ci', 'install'].includes(name) && !(name in scripts))).toEqual([]);
  });

  it('shows TypeScript only that a story runs', () => {
    const shown = inLanguage(page, 'ts', 'tsx', 'typescript');
    const isRun = ({ source, code }: Block) =>
      source !== undefined &&
      isRunByAStory(source) &&
      withoutIndentation(read(source)).includes(withoutIndentation(code));

    expect(shown).not.toEqual([]);
    expect(shown.filter((block) => !isRun(block))).toEqual([]);
  });

  it('shows no other code', () => {
    expect(blocksOf(page).filter(({ language }) => !['sh', 'ts'].includes(language))).toEqual([]);
  });

  it('links to files that exist', () => {
    const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, path = '']) => path);

    expect(links.filter((path) => !existsSync(join(projectFolder, dirname(page), path)))).toEqual([]);
  });
});

it('tells how to start and test', () => {
  const commands = inLanguage('README.md', 'sh').map(({ code }) => code.trim());

  expect(commands).toEqual(expect.arrayContaining(['npm ci && npm start', 'npm ci && npm test']));
});

it('shows the client of the guide whole: nothing that it needs is left out', () => {
  const shown = inLanguage('docs/apollo-client.md', 'ts');
  const shownOf = (path: string) => shown.filter(({ source }) => source === path).map(({ code }) => code);
  const bare = (code: string) => code.replaceAll(/\s+/g, '');

  for (const path of sourcesIn('demo/apollo')) expect(bare(shownOf(path).join(''))).toBe(bare(read(path)));
});
