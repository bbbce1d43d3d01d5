import { login, type Tokens } from '../harness/people.js';
import type { Identity } from './wire.js';

const RENEW_BEFORE_MS = 120_000;

/** Somebody with an account and a session that outlasts the run: a long one is longer than a token lives. */
export class Account implements Identity {
  private renewal: Promise<void> | undefined;

  constructor(
    private tokens: Tokens,
    private readonly servers: readonly { url: string }[],
  ) {}

  get id(): string {
    return this.tokens.account.id;
  }

  async token(): Promise<string> {
    if (Date.parse(this.tokens.accessTokenExpiresAt) - Date.now() < RENEW_BEFORE_MS)
      await (this.renewal ??= this.renew().finally(() => (this.renewal = undefined)));
    return this.tokens.accessToken;
  }

  private async renew(): Promise<void> {
    const { account, device } = this.tokens;
    for (const server of this.servers) {
      const tokens = await login(server, account.username, device?.id).catch(() => undefined);
      if (tokens) this.tokens = tokens;
      if (tokens) return;
    }
    // A fault is going on; the token at hand is good for a while yet.
  }
}
