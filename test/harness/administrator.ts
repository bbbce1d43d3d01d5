import { granted, type GraphqlAnswer } from './graphql-client.js';
import { register } from './people.js';
import { Person } from './person.js';
import { within } from './within.js';

export interface Run {
  id: string;
  chore: string;
  outcome: string;
  dryRun: boolean;
  affected: number;
  startedAt: string;
  finishedAt: string | null;
  error: string | null;
}

const RUN = 'id chore outcome dryRun affected startedAt finishedAt error';

/** Somebody whom the relay's settings name as its administrator. */
export class Administrator extends Person {
  static async registers(at: { readonly url: string }, username: string): Promise<Administrator> {
    return new Administrator(at, await register(at, username));
  }

  override movesTo(at: { readonly url: string }): Administrator {
    return new Administrator(at, this.tokens);
  }

  triesToRun(name: string, dryRun = false): Promise<GraphqlAnswer<{ runChore: Run }>> {
    return this.tries(`mutation ($input: RunChoreInput!) { runChore(input: $input) { ${RUN} } }`, {
      input: { name, dryRun },
    });
  }

  /** And waits for its end: what takes long is answered before. */
  async runs(name: string): Promise<Run> {
    let run = granted(await this.triesToRun(name)).runChore;
    await within(60_000, async () => {
      if (run.outcome === 'RUNNING') run = (await this.runsOf(name)).find(({ id }) => id === run.id)!;
      return run.outcome !== 'RUNNING';
    });
    return run;
  }

  /** How much is due. */
  async counts(name: string): Promise<number> {
    return granted(await this.triesToRun(name, true)).runChore.affected;
  }

  async runsOf(name: string): Promise<Run[]> {
    const { choreRuns } = await this.asks<{ choreRuns: { nodes: Run[] } }>(
      `query ($name: String) { choreRuns(name: $name) { nodes { ${RUN} } } }`,
      { name },
    );
    return choreRuns.nodes;
  }
}
