import DataLoader from 'dataloader';
import type { OperationContext } from './operation-context.js';

/**
 * Loads in one go what many objects of one answer ask for. One loader an operation, found by its context; nothing is
 * remembered, since a subscription executes many answers in one context.
 */
export class OperationLoader<Key, Value> {
  private readonly loaders = new WeakMap<OperationContext, DataLoader<Key, Value>>();

  constructor(private readonly loadAll: (accountId: string, keys: readonly Key[]) => Promise<Value[]>) {}

  load(context: OperationContext, accountId: string, key: Key): Promise<Value> {
    let loader = this.loaders.get(context);
    if (!loader) {
      loader = new DataLoader((keys: readonly Key[]) => this.loadAll(accountId, keys), { cache: false });
      this.loaders.set(context, loader);
    }
    return loader.load(key);
  }
}
