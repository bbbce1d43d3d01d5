import { PASSWORD } from '../people.js';
import { bad, INVALID, type Operation } from './bad-value.js';
import { BAD_CREDENTIALS, malformedNewPasswords, malformedPasswords } from './passwords.js';
import { keyset, malformedKeysets, outside } from './values.js';
import type { World } from './world.js';

export const malformedTotpCodes = {
  empty: '',
  '5 digits': '12345',
  '7 digits': '1234567',
  'with a sign': '+12345',
  'with a space before it': ' 123456',
  'with a line break after it': '123456\n',
  'with a full-width digit': '12345６',
  'with NUL': '12345\0',
  'with a lone surrogate': '12345\ud800',
  huge: '1'.repeat(100_000),
};

export const malformedRecoveryCodes = {
  empty: '',
  'only hyphens': '-'.repeat(16),
  '15 letters': 'ABCDEFGHIJKLMNO',
  '17 letters': 'ABCDEFGHIJKLMNOPQ',
  'with a digit that looks like a letter': 'ABCD-EFGH-IJKL-MNO0',
  'with a letter whose lower case is "k"': 'ABCD-EFGH-IJ\u212aL-MNOP',
  'with NUL': 'ABCD-EFGH-IJKL-MNO\0',
  'with a lone surrogate': 'ABCD-EFGH-IJKL-MNO\ud800',
  'of spaces in the main': `ABCDEFGHIJKLMNOP${' '.repeat(49)}`,
  huge: 'A'.repeat(100_000),
  // Every way to share them out would be tried, were the rule a careless one.
  'huge, of hyphens': `${'-'.repeat(50_000)}!`,
};

const malformedCodes = { ...malformedTotpCodes, ...malformedRecoveryCodes };

const badPasswords = (at: string) => [
  ...bad(at, INVALID, malformedPasswords),
  ...bad(at, BAD_CREDENTIALS, { 'a wrong one': `${PASSWORD} `, empty: '' }),
];

/** Alice has begun with an authenticator app, and not confirmed it. */
export function securingOperations({ authenticator }: World): Record<string, Operation> {
  return {
    'Mutation.confirmTotp': {
      good: {
        get totpCode() {
          return authenticator.shows();
        },
      },
      bad: [
        ...bad('totpCode', INVALID, { ...malformedTotpCodes, 'a recovery code': 'ABCD-EFGH-IJKL-MNOP' }),
        ...bad('totpCode', BAD_CREDENTIALS, { 'of another time': authenticator.shows(100) }),
      ],
    },
    'Mutation.disableTotp': {
      good: {
        input: {
          password: PASSWORD,
          get totpCode() {
            return authenticator.shows(1);
          },
        },
      },
      bad: [...badPasswords('input.password'), ...bad('input.totpCode', INVALID, malformedCodes)],
    },
    'Mutation.beginTotp': { good: { password: PASSWORD }, bad: badPasswords('password') },
    'Query.securityEvents': {
      good: { first: 1, after: keyset('securityEvents', '0190b7c0-1234-7abc-8def-0123456789ab') },
      bad: [
        ...outside('first', 1, 100),
        ...bad('after', 'BAD_USER_INPUT/BAD_CURSOR', malformedKeysets('securityEvents')),
      ],
    },
  };
}

/** What ends other sessions, and the account. */
export const endingOperations = (): Record<string, Operation> => ({
  'Mutation.changePassword': {
    good: { input: { currentPassword: PASSWORD, newPassword: PASSWORD, totpCode: null } },
    bad: [
      ...badPasswords('input.currentPassword'),
      ...bad('input.newPassword', INVALID, malformedNewPasswords),
      ...bad('input.totpCode', INVALID, malformedCodes),
    ],
  },
  // The last one: nothing can be asked after it.
  'Mutation.deleteAccount': {
    good: { input: { password: PASSWORD, totpCode: null } },
    bad: [...badPasswords('input.password'), ...bad('input.totpCode', INVALID, malformedCodes)],
  },
});
