import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';

const projectFolder = join(__dirname, '../..');

/** Compiles what `npm start` runs, unless that is done. */
export const buildRelay = () =>
  void execFileSync(process.execPath, ['scripts/build.mjs', '--if-needed'], { cwd: projectFolder });

/** Bundles what relays serve at `/graphiql`, unless that is done. */
export const buildGraphiql = () =>
  void execFileSync(process.execPath, ['scripts/build.mjs', '--if-needed', 'graphiql'], { cwd: projectFolder });

/** A relay as an operator runs it: a process of its own, which says on its outputs how it goes. */
export class RelayProcess {
  output = '';
  errors = '';
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;

  private constructor(readonly child: ChildProcess) {
    child.stdout?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
    this.ended = new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)));
  }

  /** With these settings and no others, not even those of a `.env` file unless `folder` has one. */
  static run(folder: string, settings: Record<string, string>): RelayProcess {
    const main = join(projectFolder, 'dist/src/main.js');
    const env = { PATH: process.env.PATH, PORT: '0', LETHE_DATA: join(folder, 'data'), ...settings };
    const options = { cwd: folder, env, detached: true };
    return new RelayProcess(spawn(process.execPath, ['--enable-source-maps', main], options));
  }

  /** By `npm start`, whose shell and build step stand between. */
  static npmStart(folder: string): RelayProcess {
    const env = { ...process.env, PORT: '0', LETHE_DATA: join(folder, 'data') };
    return new RelayProcess(spawn('npm', ['start'], { cwd: projectFolder, env, detached: true }));
  }

  /** The address it says it is running on. */
  async ready(): Promise<string> {
    const said = new Promise<string>((resolve) => {
      const look = () => {
        const url = /is running on (\S+)\/graphql/.exec(this.output)?.[1];
        if (url) resolve(url);
      };
      this.child.stdout?.on('data', look);
      look();
    });
    const ended = this.ended.then((code) => {
      throw new Error(`The relay ended with ${code} instead of starting.\n${this.errors}`);
    });
    return Promise.race([said, ended]);
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** With all it started but its PostgreSQL, which is in a group of its own. */
  async kill(): Promise<void> {
    try {
      process.kill(-Number(this.child.pid), 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    await this.ended;
  }
}
