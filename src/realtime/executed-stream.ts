import { execute, type ExecutionArgs, type ExecutionResult, getOperationAST } from 'graphql';
import { rootFieldOf } from '../graphql/root-selections.js';

/**
 * The values of a subscription's stream, each executed for its operation. graphql-js maps streams with a generator
 * that cannot be ended while it waits for a value; this one ends at once.
 */
export class ExecutedStream implements AsyncGenerator<ExecutionResult, void, void> {
  private readonly field: string;

  constructor(
    private readonly values: AsyncIterator<unknown>,
    private readonly args: ExecutionArgs,
    private readonly ended: () => void,
  ) {
    const operation = getOperationAST(args.document, args.operationName);
    if (!operation) throw new Error('A subscription was started, so it is in the document.');
    this.field = rootFieldOf(args.document, operation).name.value;
  }

  async next(): Promise<IteratorResult<ExecutionResult, void>> {
    try {
      const result = await this.values.next();
      if (result.done) return await this.return();
      return { done: false, value: await execute({ ...this.args, rootValue: { [this.field]: result.value } }) };
    } catch (error) {
      // Nobody ends what has failed by itself.
      await this.return();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<ExecutionResult, void>> {
    this.ended();
    await this.values.return?.();
    return { done: true, value: undefined };
  }

  throw(): Promise<IteratorResult<ExecutionResult, void>> {
    return this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}
