import { setTimeout as pause } from 'node:timers/promises';
import { type ChannelFacts, sealed } from '../harness/person.js';
import { askOverHttp } from './ask.js';
import type { History, MembershipAct } from './history.js';
import type { Random } from './random.js';
import type { Identity } from './wire.js';

const MUTATIONS = {
  JOINED: 'mutation ($input: ChannelMemberInput!) { addChannelMember(input: $input) { id } }',
  REMOVED: 'mutation ($input: ChannelMemberInput!) { removeChannelMember(input: $input) { id } }',
};
const FOUND = 'mutation ($input: CreateGroupInput!) { createGroup(input: $input) { id } }';

/** Owns the groups: founds them, lets people in and puts them out, as often as it takes. */
export class Operator {
  constructor(
    private readonly who: Identity,
    private readonly servers: readonly { url: string }[],
    private readonly random: Random,
    private readonly history: History,
  ) {}

  async found(memberIds: string[]): Promise<string> {
    for (;;) {
      const input = { memberIds, sealedMeta: sealed('group') };
      const answer = await this.ask<{ createGroup: ChannelFacts } | null>(FOUND, { input });
      if (answer?.data) return answer.data.createGroup.id;
      await this.explain('createGroup', answer?.errors?.[0]?.extensions.code);
    }
  }

  async change(act: MembershipAct): Promise<void> {
    const { channelId, accountId, change } = act;
    for (;;) {
      const answer = await this.ask<Record<string, ChannelFacts> | null>(MUTATIONS[change], {
        input: { channelId, accountId },
      });
      if (answer?.data) return void this.history.changes.push(act);
      const refusal = answer?.errors?.[0]?.extensions;
      // Done by an attempt whose outcome was not known.
      if (refusal?.reason === 'ALREADY_A_MEMBER' || refusal?.code === 'NOT_FOUND') return;
      await this.explain(change, refusal?.code);
    }
  }

  private ask<Data>(query: string, variables: Record<string, unknown>) {
    return askOverHttp<Data>(this.random.pick(this.servers).url, this.who, query, variables);
  }

  private async explain(what: string, code: string | undefined): Promise<void> {
    if (code !== undefined && code !== 'UNAVAILABLE') this.history.surprise(`${what}: ${code}`);
    await pause(this.random.between(50, 250));
  }
}
