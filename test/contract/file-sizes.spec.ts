import ts from 'typescript';
import { nodesIn, parsed, read, sourcesIn } from './sources.js';

const MOST_LINES_OF_A_FILE = 300;
const MOST_LINES_OF_A_FUNCTION = 40;

/** What a file may be within its module: `noun.role.ts`. A file without a role is a plain idea. */
const roles = [
  'module',
  'resolver',
  'controller',
  'service',
  'access',
  'live',
  'queries',
  'entity',
  'type',
  'types',
  'input',
  'inputs',
  'guard',
  'filter',
  'scalar',
  'table',
];

const unitTest = /\.spec\.ts$/;
const sources = sourcesIn('src').filter((path) => !unitTest.test(path));
const everything = ['src', 'test', 'migrations', 'scripts', 'demo'].flatMap(sourcesIn);

const linesOf = (node: ts.Node) => {
  const file = node.getSourceFile();
  const lineAt = (position: number) => file.getLineAndCharacterOfPosition(position).line;
  return lineAt(node.getEnd()) - lineAt(node.getStart()) + 1;
};

const placeOf = (path: string, node: ts.Node) =>
  `${path}:${node.getSourceFile().getLineAndCharacterOfPosition(node.getStart()).line + 1}`;

it('keeps every file within 300 lines', () => {
  expect(sources.filter((path) => read(path).trimEnd().split('\n').length > MOST_LINES_OF_A_FILE)).toEqual([]);
});

it('keeps every function within 40 lines', () => {
  const tooLong = sources.flatMap((path) =>
    [...nodesIn(parsed(path))]
      .filter((node) => ts.isFunctionLike(node) && linesOf(node) > MOST_LINES_OF_A_FUNCTION)
      .map((node) => placeOf(path, node)),
  );

  expect(tooLong).toEqual([]);
});

it('gives files no role but those of the list', () => {
  const roleOf = (path: string) => /\/[^/.]+\.(.+)\.ts$/.exec(path)?.[1];

  expect(sources.filter((path) => !roles.includes(roleOf(path) ?? 'module'))).toEqual([]);
});

it('says what every value is', () => {
  const anys = everything.flatMap((path) =>
    [...nodesIn(parsed(path))]
      .filter((node) => node.kind === ts.SyntaxKind.AnyKeyword)
      .map((node) => placeOf(path, node)),
  );

  expect(anys).toEqual([]);
});

it('leaves nothing for later', () => {
  // Put together, so that this file does not find itself.
  const marks = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].join('|')})\\b`);

  expect(everything.filter((path) => marks.test(read(path)))).toEqual([]);
});
