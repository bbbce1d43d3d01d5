/** `channel_entries.kind`. */
export enum EntryKind {
  MESSAGE = 0,
  EDIT = 1,
  REACTION = 2,
  RETRACTION = 3,
  MEMBERSHIP_CHANGE = 4,
}

/** `channel_entries.change`. */
export enum MembershipChangeKind {
  JOINED = 'JOINED',
  LEFT = 'LEFT',
  REMOVED = 'REMOVED',
  DEVICES_CHANGED = 'DEVICES_CHANGED',
}

/** The order in which PostgreSQL numbers them; only ever append. */
export const membershipChanges = [
  MembershipChangeKind.JOINED,
  MembershipChangeKind.LEFT,
  MembershipChangeKind.REMOVED,
  MembershipChangeKind.DEVICES_CHANGED,
];

/** One entry of a channel's log as every entitled member sees it. */
export interface LogEntry {
  readonly id: string;
  readonly channelId: string;
  readonly seq: number;
  readonly kind: EntryKind;
  readonly createdAt: Date;
  readonly epoch: number;
  readonly sealedBody: Buffer | null;
  readonly refersTo: string | null;
  readonly expiresAt: Date | null;
  /** Of a membership change: whom it is about. */
  readonly accountId: string | null;
  readonly change: MembershipChangeKind | null;
}

export enum GapReason {
  EXPIRED = 'EXPIRED',
  NOT_A_MEMBER = 'NOT_A_MEMBER',
}

/** Places a reader is told about instead of shown: both ends belong to it. */
export interface Gap {
  fromSeq: number;
  toSeq: number;
  reason: GapReason;
}

/** One page of a channel's log after a cursor. */
export interface LogPage {
  channelId: string;
  entries: LogEntry[];
  gaps: Gap[];
  cursor: string;
  caughtUp: boolean;
}

/** The account that sees nothing after this entry, if the entry is a departure. */
export const departs = (entry: LogEntry): string | null =>
  entry.change === MembershipChangeKind.LEFT || entry.change === MembershipChangeKind.REMOVED ? entry.accountId : null;

/** Whether it stands for an account that was deleted: such ids are of version 4, those of accounts of version 7. */
export const isPseudonym = (accountId: string): boolean => accountId[14] === '4';
