import { registerEnumType } from '@nestjs/graphql';
import type { Settings } from '../config/settings.js';

export enum AccountRole {
  USER = 'USER',
  ADMIN = 'ADMIN',
}

registerEnumType(AccountRole, {
  name: 'AccountRole',
  description: 'What an account may do beside using the relay.',
  valuesMap: {
    USER: { description: 'Uses the relay.' },
    ADMIN: { description: 'Also runs its chores and sees its figures. Reads nobody’s messages: nobody can.' },
  },
});

/** Administrators are granted by hand (`npm run admin`) or listed in the settings, there also before they register. */
export function roleOf(account: { username: string; role: AccountRole }, settings: Settings): AccountRole {
  const listed = settings.LETHE_ADMINS.some((name) => name.toLowerCase() === account.username);
  return listed ? AccountRole.ADMIN : account.role;
}
