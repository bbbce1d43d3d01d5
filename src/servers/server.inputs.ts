import { Field, ID, InputType, Int } from '@nestjs/graphql';
import { z } from 'zod';
import { Bytes } from '../graphql/bytes.scalar.js';
import { sealedBytes, uuid } from '../graphql/input-rules.js';
import { ServerRole } from './server-role.js';

const sealedMeta = sealedBytes(4_096);
const sealedMetaField = { description: 'Name and description, encrypted: 16 to 4,096 bytes that are no text.' };

const neededUses = 'Needs 1 to 10000.';
const neededSeconds = 'Needs 60 to 2592000 seconds.';

@InputType({ description: 'A new server.' })
export class CreateServerInput {
  static readonly rules = z.object({ sealedMeta });

  @Field(() => Bytes, sealedMetaField)
  sealedMeta!: Buffer;
}

@InputType({ description: 'What is to be different about a server.' })
export class UpdateServerInput {
  static readonly rules = z.object({ serverId: uuid, sealedMeta });

  @Field(() => ID, { description: 'The server.' })
  serverId!: string;

  @Field(() => Bytes, sealedMetaField)
  sealedMeta!: Buffer;
}

@InputType({ description: 'A new invite.' })
export class CreateInviteInput {
  static readonly rules = z.object({
    serverId: uuid,
    maxUses: z.number().int().min(1, neededUses).max(10_000, neededUses).nullish(),
    expiresInSeconds: z.number().int().min(60, neededSeconds).max(2_592_000, neededSeconds).nullish(),
  });

  @Field(() => ID, { description: 'Where it leads.' })
  serverId!: string;

  @Field(() => Int, { nullable: true, description: 'How many accounts may join by it: 1 to 10,000. Null: any number.' })
  maxUses?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How long it works, in seconds: 60 to 2,592,000 (30 days). Null: until it is revoked or used up.',
  })
  expiresInSeconds?: number | null;
}

@InputType({ description: 'A new role for a member of a server.' })
export class SetServerRoleInput {
  static readonly rules = z.object({ serverId: uuid, accountId: uuid, role: z.enum(ServerRole) });

  @Field(() => ID, { description: 'The server.' })
  serverId!: string;

  @Field(() => ID, { description: 'The member.' })
  accountId!: string;

  @Field(() => ServerRole, { description: 'OWNER hands the server over: the viewer becomes an ADMIN.' })
  role!: ServerRole;
}

@InputType({ description: 'A member of a server.' })
export class ServerMemberInput {
  static readonly rules = z.object({ serverId: uuid, accountId: uuid });

  @Field(() => ID, { description: 'The server.' })
  serverId!: string;

  @Field(() => ID, { description: 'The account to remove.' })
  accountId!: string;
}
