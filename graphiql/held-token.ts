import type { ExecutionResult } from 'graphql';

let token: string | undefined;
const listeners = new Set<() => void>();

/** The access token that an answer brought last. In memory alone: it goes with the page. */
export const heldToken = {
  read: (): string | undefined => token,
  forget: (): void => hold(undefined),
  onChange(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  /** Takes the token out of what `register`, `login` and the like answer; what ends the session lets go of it. */
  learnFrom({ data }: ExecutionResult): void {
    for (const [field, value] of Object.entries(data ?? {})) {
      if (isGrant(value)) hold(value.accessToken);
      else if (value === true && (field === 'logout' || field === 'deleteAccount')) hold(undefined);
    }
  },
};

const isGrant = (value: unknown): value is { accessToken: string } =>
  typeof value === 'object' && value !== null && 'accessToken' in value && typeof value.accessToken === 'string';

function hold(next: string | undefined): void {
  token = next;
  for (const tell of listeners) tell();
}
