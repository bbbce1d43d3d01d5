import { setTimeout as pause } from 'node:timers/promises';
import type { Operator } from './operator.js';
import type { Place } from './writer.js';

interface Channel extends Place {
  /** Who is in it or was; those that were go on trying. */
  readonly writerIds: Set<string>;
}

interface Group extends Channel {
  readonly memberIds: Set<string>;
  /** Who is about to be put out. */
  readonly leavingIds: Set<string>;
}

const NEW_GROUP_WEIGHT = 1;

/** The channels there are, and who is in them as far as the operator of the groups knows. */
export class Groups {
  private readonly groups: Group[] = [];
  private readonly directs: Channel[] = [];

  constructor(
    private readonly operator: Operator,
    /** Everybody but the operator, who never leaves. */
    private readonly others: readonly string[],
  ) {}

  add(channelId: string, memberIds: readonly string[], weight: number): void {
    this.groups.push({
      channelId,
      weight,
      memberIds: new Set(memberIds),
      writerIds: new Set(memberIds),
      leavingIds: new Set(),
    });
  }

  addDirect(channelId: string, memberIds: readonly string[], weight: number): void {
    this.directs.push({ channelId, weight, writerIds: new Set(memberIds) });
  }

  placesOf(accountId: string): Place[] {
    const desperate = this.groups.find(({ leavingIds }) => leavingIds.has(accountId));
    if (desperate) return [{ channelId: desperate.channelId, weight: 1, desperate: true }];
    return [...this.groups, ...this.directs].filter(({ writerIds }) => writerIds.has(accountId));
  }

  /** Some who are in are put out and some who are out let in; soon it is as it was. */
  async changeMembers(which: number, count: number, holdMs: number): Promise<void> {
    const group = this.groups[which % Math.min(this.groups.length, 2)];
    if (!group) return;
    const chosen = Array.from(
      { length: count },
      (_, index) => this.others[(which + index * 5) % this.others.length] ?? '',
    );
    const accountIds = [...new Set(chosen)];
    for (const accountId of accountIds) await this.toggle(group, accountId);
    // Not long: what was said meanwhile then still lies in the relays' memory when they come back.
    await pause(holdMs / 4);
    for (const accountId of accountIds) await this.toggle(group, accountId);
  }

  async found(which: number): Promise<void> {
    const memberIds = this.others.filter((_, index) => (index + which) % 2 === 0);
    this.add(await this.operator.found(memberIds), memberIds, NEW_GROUP_WEIGHT);
  }

  /** Put out for good, in the midst of the writing. */
  async putOut(count: number): Promise<void> {
    const [group] = this.groups;
    if (!group) return;
    const members = this.others.filter((accountId) => group.memberIds.has(accountId));
    for (const accountId of members.slice(-count)) await this.toggle(group, accountId);
  }

  private async toggle(group: Group, accountId: string): Promise<void> {
    const { channelId, memberIds, writerIds, leavingIds } = group;
    if (memberIds.delete(accountId)) {
      leavingIds.add(accountId);
      await this.operator.change({ channelId, accountId, change: 'REMOVED' });
      leavingIds.delete(accountId);
    } else {
      await this.operator.change({ channelId, accountId, change: 'JOINED' });
      memberIds.add(accountId);
      writerIds.add(accountId);
    }
  }
}
