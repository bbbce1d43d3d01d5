import { randomUUID } from 'node:crypto';
import type { DeviceOwner } from '../device-owner.js';
import { Correspondent, toEach } from '../mail.js';
import { ALLOWED, everybody, everyone, NOT_FOUND } from './answers.js';
import { row, type Rows } from './row.js';

/** Where the mailbox of somebody's device ends. */
const endOf = async ({ at, tokens }: DeviceOwner) => (await new Correspondent(at, tokens).mailbox()).cursor;

export const mailboxRows: Rows = {
  'Mutation.deliver': row(async ({ people: { newcomer }, owner }) => {
    const envelopes = toEach(await owner.devicesOf(newcomer.id), 'hello');
    return { input: { recipientId: newcomer.id, clientMessageId: randomUUID(), envelopes } };
  }, everyone),
  'Mutation.deliver, to a device instead of an account': row(
    ({ owner }) => ({ input: { recipientId: owner.deviceId, clientMessageId: randomUUID(), envelopes: [] } }),
    everybody(NOT_FOUND),
  ),
  'Query.mailbox': row(() => ({}), everyone),
  'Mutation.acknowledgeMailbox': row(async (_, who) => ({ upTo: await endOf(who) }), everyone),
  'Mutation.acknowledgeMailbox, of the owner’s device': row(async ({ owner }) => ({ upTo: await endOf(owner) }), {
    ...everybody('BAD_USER_INPUT/BAD_CURSOR'),
    owner: ALLOWED,
  }),
  'Subscription.mailbox': row(() => ({}), everyone),
};
