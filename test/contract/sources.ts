import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

export const projectFolder = join(__dirname, '../..');

export const read = (path: string) => readFileSync(join(projectFolder, path), 'utf8');

/** Paths of a folder's TypeScript files, from the project's folder, such as `src/auth/viewer.ts`. */
export const sourcesIn = (folder: string): string[] =>
  readdirSync(join(projectFolder, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(folder, path))
    .sort();

export const parsed = (path: string) => ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest, true);

export function* nodesIn(node: ts.Node): Generator<ts.Node> {
  yield node;
  for (const child of node.getChildren()) yield* nodesIn(child);
}
