import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const START_WITHIN_MS = 90_000;
const STOP_WITHIN_MS = 20_000;

export interface Program {
  /** What Node is given: options, script. */
  arguments: string[];
  env: Record<string, string>;
  /** Where it runs: nothing of the developer's own settings may lie there. */
  folder: string;
  logFile: string;
}

/** One server in a process of its own, always on the same port, started again after every end. */
export class ServerProcess {
  readonly url: string;
  private child: ChildProcess | undefined;
  private expectedToEnd = false;

  constructor(
    readonly name: string,
    readonly port: number,
    private readonly program: Program,
    private readonly endedByItself: (how: string) => void,
  ) {
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Tries until it answers: without its database a relay does not come up. */
  async start(): Promise<void> {
    const deadline = Date.now() + START_WITHIN_MS;
    this.expectedToEnd = false;
    while (!(await this.comesUp(this.spawned()))) {
      if (Date.now() > deadline) throw new Error(`${this.name} does not start; see ${this.program.logFile}`);
      await pause(200);
    }
  }

  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  async restart(): Promise<void> {
    await this.end('SIGTERM');
    await this.start();
  }

  pause(): void {
    this.child?.kill('SIGSTOP');
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    this.expectedToEnd = true;
    const exited = once(child, 'exit');
    child.kill(signal);
    const tooLong = setTimeout(() => {
      if (signal !== 'SIGKILL') this.endedByItself('did not stop when it was asked to');
      child.kill('SIGKILL');
    }, STOP_WITHIN_MS);
    await exited;
    clearTimeout(tooLong);
  }

  private spawned(): ChildProcess {
    const log = openSync(this.program.logFile, 'a');
    const child = spawn(process.execPath, this.program.arguments, {
      cwd: this.program.folder,
      env: { PATH: process.env.PATH, PORT: String(this.port), ...this.program.env },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    const endWithUs = () => child.kill('SIGKILL');
    process.once('exit', endWithUs);
    child.once('exit', () => process.off('exit', endWithUs));
    this.child = child;
    return child;
  }

  private async comesUp(child: ChildProcess): Promise<boolean> {
    while (child.exitCode === null && child.signalCode === null) {
      const answered = await fetch(`${this.url}/health/live`, { signal: AbortSignal.timeout(2_000) }).then(
        ({ ok }) => ok,
        () => false,
      );
      if (answered) {
        child.once('exit', (code, signal) => this.ended(child, `${code ?? signal}`));
        return true;
      }
      await pause(50);
    }
    return false;
  }

  private ended(child: ChildProcess, how: string): void {
    if (this.expectedToEnd || this.child !== child) return;
    this.endedByItself(`ended by itself (${how})`);
    void this.start().catch(() => this.endedByItself('did not come back'));
  }
}
