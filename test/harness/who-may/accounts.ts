import { randomBytes } from 'node:crypto';
import { Authenticator } from '../authenticator.js';
import { ed25519DeviceKeys } from '../device-keys.js';
import type { DeviceOwner } from '../device-owner.js';
import { PASSWORD } from '../people.js';
import { ALLOWED, anybody, everyone, only } from './answers.js';
import { row, type Rows } from './row.js';
import type { World } from './world.js';

const nothing = () => ({});
const credentialsOf = ({ tokens }: DeviceOwner) => ({ username: tokens.account.username, password: PASSWORD });
const newName = () => `new-${randomBytes(6).toString('hex')}`;

const begun = (world: World, who: DeviceOwner): Promise<Authenticator> =>
  world.once(`secret of ${who.id}`, async () => {
    const { beginTotp } = await who.asks<{ beginTotp: { secret: string } }>(
      'mutation ($password: String!) { beginTotp(password: $password) { secret } }',
      { password: PASSWORD },
    );
    return new Authenticator(beginTotp.secret, world.clock);
  });

const confirmed = (world: World, who: DeviceOwner): Promise<Authenticator> =>
  world.once(`codes of ${who.id}`, async () => {
    const app = await begun(world, who);
    await who.asks('mutation ($code: String!) { confirmTotp(totpCode: $code) }', { code: app.shows() });
    return app;
  });

export const accountRows: Rows = {
  'Mutation.register': row(
    () => ({ input: { username: newName(), password: PASSWORD, device: ed25519DeviceKeys() } }),
    anybody,
  ),
  'Mutation.login': row((_, who) => ({ input: credentialsOf(who) }), anybody),
  'Mutation.login, with a device of the owner’s': row(
    ({ owner }, who) => ({ input: { ...credentialsOf(who), deviceId: owner.deviceId } }),
    { ...only('owner'), stranger: ALLOWED, revoked: ALLOWED },
  ),
  'Mutation.refreshSession': row((_, { tokens }) => ({ refreshToken: tokens.refreshToken }), anybody),
  'Mutation.logout': row(nothing, everyone),
  'Mutation.revokeSession': row((world) => ({ id: world.sessionOf(world.owner) }), only('owner')),
  'Mutation.beginTotp': row(() => ({ password: PASSWORD }), everyone),
  'Mutation.confirmTotp': row(async (world, who) => ({ totpCode: (await begun(world, who)).shows() }), everyone),
  'Mutation.disableTotp': row(
    async (world, who) => ({ input: { password: PASSWORD, totpCode: (await confirmed(world, who)).shows(1) } }),
    everyone,
  ),
  'Mutation.changePassword': row(
    () => ({ input: { currentPassword: PASSWORD, newPassword: `${PASSWORD} too` } }),
    everyone,
  ),
  'Mutation.deleteAccount': row(() => ({ input: { password: PASSWORD } }), everyone),
  'Query.me': row(nothing, everyone),
  'Query.sessions': row(nothing, everyone),
  'Query.securityEvents': row(nothing, everyone),
  'Query.user': row(({ owner }) => ({ id: owner.id }), everyone),
};
