import { Field, ID, Int, InterfaceType, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Bytes } from '../graphql/bytes.scalar.js';
import { Cursor } from '../graphql/cursor.scalar.js';
import { PageInfo } from '../graphql/page-info.type.js';
import { EntryKind, GapReason, type LogEntry, MembershipChangeKind } from '../realtime/log-entry.js';

registerEnumType(MembershipChangeKind, {
  name: 'MembershipChangeKind',
  description: 'What happened to a member.',
  valuesMap: {
    JOINED: { description: 'Was added.' },
    LEFT: { description: 'Left by themselves.' },
    REMOVED: { description: 'Was removed.' },
    DEVICES_CHANGED: { description: 'Added or deactivated a device: fetch their devices and seal for those.' },
  },
});

registerEnumType(GapReason, {
  name: 'GapReason',
  description: 'Why places of a log are not shown.',
  valuesMap: {
    EXPIRED: { description: 'Their time was over.' },
    NOT_A_MEMBER: { description: 'The viewer was no member then.' },
  },
});

const typeNames: Record<EntryKind, string> = {
  [EntryKind.MESSAGE]: 'Message',
  [EntryKind.EDIT]: 'MessageEdit',
  [EntryKind.REACTION]: 'Reaction',
  [EntryKind.RETRACTION]: 'Retraction',
  [EntryKind.MEMBERSHIP_CHANGE]: 'MembershipChange',
};

@InterfaceType({
  description: 'One place of a channel’s log. Who wrote it is known to nobody but those who can open it.',
  resolveType: (entry: LogEntry) => typeNames[entry.kind],
})
export abstract class ChannelEntry {
  @Field(() => ID, { description: 'Stands for the channel and the seq together.' })
  id!: string;

  @Field(() => ID, { description: 'The channel.' })
  channelId!: string;

  @Field(() => Int, { description: 'The place: 1, 2, 3 … without a gap.' })
  seq!: number;

  @Field({ description: 'When the relay gave it its place.' })
  createdAt!: Date;
}

@ObjectType({ implements: () => ChannelEntry, description: 'A message.' })
export class Message extends ChannelEntry {
  @Field(() => Int, { description: 'The key epoch the body is sealed for.' })
  epoch!: number;

  @Field(() => Bytes, {
    nullable: true,
    description: 'Ciphertext of 256 to 65,536 bytes; null once the message was retracted.',
  })
  sealedBody!: Buffer | null;

  @Field(() => ID, { nullable: true, description: 'The entry this one answers.' })
  refersTo!: string | null;

  @Field(() => Date, { nullable: true, description: 'When it is forgotten; null: it is not.' })
  expiresAt!: Date | null;
}

@ObjectType({ implements: () => ChannelEntry, description: 'A new version of a message, by its author.' })
export class MessageEdit extends ChannelEntry {
  @Field(() => Int, { description: 'The key epoch the body is sealed for.' })
  epoch!: number;

  @Field(() => Bytes, {
    nullable: true,
    description: 'Ciphertext of 256 to 65,536 bytes; null once the message was retracted.',
  })
  sealedBody!: Buffer | null;

  @Field(() => ID, { description: 'The message.' })
  refersTo!: string;
}

@ObjectType({ implements: () => ChannelEntry, description: 'A reaction to a message.' })
export class Reaction extends ChannelEntry {
  @Field(() => Int, { description: 'The key epoch the body is sealed for.' })
  epoch!: number;

  @Field(() => Bytes, {
    nullable: true,
    description: 'Ciphertext of 256 bytes; null once it was retracted, or its message.',
  })
  sealedBody!: Buffer | null;

  @Field(() => ID, { description: 'The message.' })
  refersTo!: string;
}

@ObjectType({
  implements: () => ChannelEntry,
  description:
    'A message or reaction was taken back, by its author or a moderator: delete it and, of a message, its edits, reactions and attachments.',
})
export class Retraction extends ChannelEntry {
  @Field(() => ID, { description: 'What was taken back.' })
  refersTo!: string;
}

@ObjectType({ implements: () => ChannelEntry, description: 'A change of who takes part, or with which devices.' })
export class MembershipChange extends ChannelEntry {
  @Field(() => Int, { description: 'The key epoch that begins with it.' })
  epoch!: number;

  @Field(() => ID, {
    description:
      'Whom it is about. Of a deleted account a random id that nobody has (UUIDv4), the same in all entries of this channel; ask for `members` to see who is left.',
  })
  accountId!: string;

  @Field(() => MembershipChangeKind, { description: 'What happened.' })
  change!: MembershipChangeKind;
}

@ObjectType({ description: 'Places of the log that are told of but not shown, both ends included.' })
export class Gap {
  @Field(() => Int, { description: 'First place of the gap.' })
  fromSeq!: number;

  @Field(() => Int, { description: 'Last place of the gap.' })
  toSeq!: number;

  @Field(() => GapReason, { description: 'Why.' })
  reason!: GapReason;
}

@ObjectType({
  description:
    'One page of a channel’s log after a cursor: at most 100 entries and about 1 MiB. Every place after the cursor is in `entries` or in `gaps`.',
})
export class LogPage {
  @Field(() => ID, { description: 'The channel.' })
  channelId!: string;

  @Field(() => [ChannelEntry], { description: 'In the order of the log.' })
  entries!: LogEntry[];

  @Field(() => [Gap], { description: 'In the order of the log.' })
  gaps!: Gap[];

  @Field(() => Cursor, { description: 'Where the page ends. Store it together with what the page held.' })
  cursor!: string;

  @Field({ description: 'True on the page that reaches the head.' })
  caughtUp!: boolean;
}

@ObjectType({ description: 'A message in a list.' })
export class MessageEdge {
  @Field(() => Cursor, { description: 'Its place; good for `channelLog`, too.' })
  cursor!: string;

  @Field(() => Message, { description: 'The message.' })
  node!: LogEntry;
}

@ObjectType({ description: 'A page of messages.' })
export class MessageConnection {
  @Field(() => [MessageEdge], { description: 'Messages with their places, oldest first.' })
  edges!: MessageEdge[];

  @Field(() => [Message], { description: 'Messages, oldest first.' })
  nodes!: LogEntry[];

  @Field(() => PageInfo, { description: 'Where the page stands.' })
  pageInfo!: PageInfo;
}

@ObjectType({ description: 'The place a message has.' })
export class PostedMessage {
  @Field(() => ID, { description: 'The entry.' })
  id!: string;

  @Field(() => Int, { description: 'Its place in the channel.' })
  seq!: number;

  @Field({ description: 'When it got its place.' })
  createdAt!: Date;

  @Field({ description: 'True when the same `clientMessageId` had been posted before: this is the first one’s place.' })
  duplicate!: boolean;
}
