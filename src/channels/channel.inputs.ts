import { Field, ID, InputType, Int } from '@nestjs/graphql';
import { z } from 'zod';
import { Bytes } from '../graphql/bytes.scalar.js';
import { sealedBytes, uuid } from '../graphql/input-rules.js';
import { ChannelRole } from './channel-kind.js';

const sealedMeta = sealedBytes(4_096);

/** A second to ten years. */
const needed = 'Needs 1 to 315360000 seconds.';
export const timeToLive = z.number().int().min(1, needed).max(315_360_000, needed);

@InputType({ description: 'A new group.' })
export class CreateGroupInput {
  static readonly rules = z.object({
    // Too many of them are no bad input but a limit, which `Channels` holds.
    memberIds: z.array(uuid),
    sealedMeta,
    defaultTtlSeconds: timeToLive.nullish(),
  });

  @Field(() => [ID], {
    description: 'Accounts that take part from the beginning, beside the viewer, who becomes the OWNER: at most 1,499.',
  })
  memberIds!: string[];

  @Field(() => Bytes, { description: 'Name and description, encrypted: 16 to 4,096 bytes that are no text.' })
  sealedMeta!: Buffer;

  @Field(() => Int, {
    nullable: true,
    description:
      'Seconds after which messages posted without a time of their own expire: 1 to 315,360,000. Null: they do not.',
  })
  defaultTtlSeconds?: number | null;
}

@InputType({ description: 'A new channel of a server.' })
export class CreateChannelInput {
  static readonly rules = z.object({
    serverId: uuid,
    sealedMeta,
    isPrivate: z.boolean().nullish(),
    defaultTtlSeconds: timeToLive.nullish(),
  });

  @Field(() => ID, { description: 'The server.' })
  serverId!: string;

  @Field(() => Bytes, { description: 'Name and description, encrypted: 16 to 4,096 bytes that are no text.' })
  sealedMeta!: Buffer;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'Whether members of the server need to be added, and do not see it until they are.',
  })
  isPrivate?: boolean | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Seconds after which messages posted without a time of their own expire: 1 to 315,360,000. Null: they do not.',
  })
  defaultTtlSeconds?: number | null;
}

@InputType({ description: 'What is to be different about a channel; what is left out stays.' })
export class UpdateChannelInput {
  static readonly rules = z.object({
    channelId: uuid,
    sealedMeta: sealedMeta.nullish(),
    defaultTtlSeconds: timeToLive.nullish(),
  });

  @Field(() => ID, { description: 'The channel, of any kind.' })
  channelId!: string;

  @Field(() => Bytes, {
    nullable: true,
    description:
      'Name and description, encrypted: 16 to 4,096 bytes that are no text. Null takes them away, from direct and notes channels only.',
  })
  sealedMeta?: Buffer | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Seconds after which messages that are posted from now on without a time of their own expire: 1 to 315,360,000. Null: they do not.',
  })
  defaultTtlSeconds?: number | null;
}

@InputType({ description: 'An account in, or to be in, a channel.' })
export class ChannelMemberInput {
  static readonly rules = z.object({ channelId: uuid, accountId: uuid });

  @Field(() => ID, { description: 'A group, or a channel of a server.' })
  channelId!: string;

  @Field(() => ID, { description: 'The account to add or remove.' })
  accountId!: string;
}

@InputType({ description: 'A new role for a member of a group.' })
export class SetChannelRoleInput {
  static readonly rules = z.object({ channelId: uuid, accountId: uuid, role: z.enum(ChannelRole) });

  @Field(() => ID, { description: 'A group.' })
  channelId!: string;

  @Field(() => ID, { description: 'The member.' })
  accountId!: string;

  @Field(() => ChannelRole, { description: 'OWNER hands the group over: the viewer becomes an ADMIN.' })
  role!: ChannelRole;
}
