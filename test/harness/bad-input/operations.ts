import { type GraphQLField, type GraphQLSchema, getNamedType, isLeafType, isObjectType } from 'graphql';
import { accountOperations } from './accounts.js';
import { attachmentOperations } from './attachments.js';
import type { Operation } from './bad-value.js';
import { channelOperations } from './channels.js';
import { keyOperations } from './keys.js';
import { mailboxOperations } from './mailbox.js';
import { maintenanceOperations } from './maintenance.js';
import { messageOperations } from './messages.js';
import { endingOperations, securingOperations } from './securing.js';
import { serverOperations } from './servers.js';
import { presenceOperations } from './presence.js';
import type { World } from './world.js';

/** Everything that takes input. In this order the good ones can all be done. */
export const operationsIn = (world: World): Record<string, Operation> => ({
  ...messageOperations(world),
  ...attachmentOperations(world),
  ...mailboxOperations(world),
  ...keyOperations(world),
  ...presenceOperations(world),
  ...channelOperations(world),
  ...maintenanceOperations(),
  ...serverOperations(world),
  ...securingOperations(world),
  ...accountOperations(world),
  ...endingOperations(),
});

const roots = ['Query', 'Mutation', 'Subscription'];

/** Fields with arguments, such as `Mutation.register` and `Channel.members`. */
export function fieldsWithInput(schema: GraphQLSchema): Map<string, GraphQLField<unknown, unknown>> {
  const types = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && !type.name.startsWith('__'));
  return new Map(
    types.flatMap((type) =>
      Object.values(isObjectType(type) ? type.getFields() : {})
        .filter(({ args }) => args.length > 0)
        .map((field) => [`${type.name}.${field.name}`, field]),
    ),
  );
}

/** An operation that gives every argument from a variable of the same name. */
export function documentOf(name: string, field: GraphQLField<unknown, unknown>, { group, server }: World): string {
  const [type = ''] = name.split('.');
  const variables = field.args.map((argument) => `$${argument.name}: ${String(argument.type)}`).join(', ');
  const given = field.args.map((argument) => `${argument.name}: $${argument.name}`).join(', ');
  const selection = `${field.name}(${given})${isLeafType(getNamedType(field.type)) ? '' : ' { __typename }'}`;
  if (roots.includes(type)) return `${type.toLowerCase()} (${variables}) { ${selection} }`;
  if (type === 'Channel') return `query (${variables}) { channel(id: "${group}") { ${selection} } }`;
  if (type === 'Server') return `query (${variables}) { server(id: "${server}") { ${selection} } }`;
  throw new Error(`Say in this file how to get to a ${type}.`);
}
