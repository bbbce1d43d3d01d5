// Bundles the page of graphiql/ into a folder that the relay serves as it is: no CDN, no other host, no inline script.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const root = join(import.meta.dirname, '..');

// What the editor runs beside the page, by the labels it asks for them with.
const workers = {
  editor: 'monaco-editor/esm/vs/editor/editor.worker.js',
  json: 'monaco-editor/esm/vs/language/json/json.worker.js',
  graphql: 'monaco-graphql/esm/graphql.worker.js',
};

/** Every file but `index.html` carries a hash of its content in its name, so that a browser may keep it for ever. */
export async function bundleGraphiql(folder) {
  const { build } = await import('esbuild');
  rmSync(folder, { recursive: true, force: true });
  const options = {
    absWorkingDir: root,
    bundle: true,
    minify: true,
    metafile: true,
    outdir: folder,
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    target: 'es2022',
    loader: { '.ttf': 'file' },
    legalComments: 'linked',
    logLevel: 'warning',
    define: { 'process.env.NODE_ENV': '"production"' },
  };
  const ran = namesOf(await build({ ...options, entryPoints: workers, format: 'iife' }));
  const named = Object.fromEntries(Object.keys(workers).map((name) => [name, `./${ran(name, 'js')}`]));
  const shown = namesOf(
    await build({
      ...options,
      entryPoints: { page: 'graphiql/page.mjs' },
      format: 'esm',
      splitting: true,
      define: { ...options.define, WORKERS: JSON.stringify(named) },
    }),
  );
  const template = readFileSync(join(root, 'graphiql', 'page.html'), 'utf8');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'index.html'),
    template.replace('{{page.css}}', shown('page', 'css')).replace('{{page.js}}', shown('page', 'js')),
  );
}

const namesOf = (result) => {
  const names = Object.keys(result.metafile.outputs).map((path) => basename(path));
  return (name, extension) => names.find((file) => file.startsWith(`${name}-`) && file.endsWith(`.${extension}`));
};
