import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const project = join(import.meta.dirname, '..');
const OPENS_WITHIN_MS = 120_000;

/** A process beside this one that runs one of our TypeScript files. It ends with this one at the latest. */
export class LoadProcess<Asked, Answer extends { answer: string }> {
  private constructor(private readonly child: ChildProcess) {}

  static start<Asked, Answer extends { answer: string }>(file: string): LoadProcess<Asked, Answer> {
    const loader = join(project, 'scripts/run-typescript.mjs');
    const child = fork(join(project, 'bench', file), { execArgv: ['--import', loader], serialization: 'advanced' });
    const end = () => child.kill('SIGKILL');
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
    return new LoadProcess(child);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  tell(asked: Asked): void {
    this.child.send(asked as object);
  }

  /** The next answer of this kind. */
  answer<Kind extends Answer['answer']>(kind: Kind): Promise<Extract<Answer, { answer: Kind }>> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(giveUp);
        this.child.off('message', hear).off('exit', ended);
        act();
      };
      const hear = (message: unknown) => {
        const answer = message as Answer;
        if (answer.answer === kind) settle(() => resolve(answer as Extract<Answer, { answer: Kind }>));
      };
      const ended = (code: number | null) => settle(() => reject(new Error(`A load generator ended with ${code}.`)));
      const giveUp = setTimeout(
        () => settle(() => reject(new Error(`A load generator did not say "${kind}" in time.`))),
        OPENS_WITHIN_MS,
      );
      this.child.on('message', hear).on('exit', ended);
    });
  }

  async asks<Kind extends Answer['answer']>(asked: Asked, kind: Kind): Promise<Extract<Answer, { answer: Kind }>> {
    const answer = this.answer(kind);
    this.tell(asked);
    return answer;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}
