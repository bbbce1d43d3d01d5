import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { projectFolder } from './relay-process.js';

export interface Said {
  code: number;
  output: string;
  errors: string;
}

/** A command of an operator (`admin`, `doctor`) in a process of its own, with these settings and no others. */
export async function command(
  name: 'admin' | 'doctor',
  settings: Record<string, string>,
  ...words: string[]
): Promise<Said> {
  const program = join(projectFolder, `dist/src/${name}.js`);
  const child = spawn(process.execPath, ['--enable-source-maps', program, ...words], {
    cwd: settings.LETHE_DATA,
    env: { PATH: process.env.PATH, ...settings },
  });
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, output, errors };
}
