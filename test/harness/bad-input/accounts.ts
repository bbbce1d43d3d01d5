import { PASSWORD } from '../people.js';
import { bad, INVALID, type Operation } from './bad-value.js';
import { newDevice } from './keys.js';
import { BAD_CREDENTIALS, malformedNewPasswords, malformedPasswords } from './passwords.js';
import { malformedRecoveryCodes, malformedTotpCodes } from './securing.js';
import { badIds, notTheirs } from './values.js';
import type { World } from './world.js';

const malformedUsernames = {
  empty: '',
  short: 'al',
  long: 'a'.repeat(33),
  huge: 'a'.repeat(100_000),
  'with NUL': 'new\0comer',
  'with a space before it': ' newcomer',
  'with a line break after it': 'newcomer\n',
  'with a Cyrillic letter': 'newcоmer',
  'with a full-width letter': 'ｎewcomer',
  'with a letter whose lower case is "k"': 'newcomer\u212a',
  'with a letter of no width': 'new\u200bcomer',
  'that turns the line around': 'new\u202ecomer',
  'with a lone surrogate': 'newcomer\udc00',
  'a piece of SQL': "newcomer'; --",
};

const malformedEmails = {
  empty: '',
  'without a host': 'newcomer',
  'without a name': '@example.org',
  'without a domain': 'newcomer@localhost',
  'with two hosts': 'newcomer@example.org@example.net',
  'with an empty label': 'newcomer@example..org',
  'with a space': 'new comer@example.org',
  'with NUL': 'newcomer@example.org\0',
  'with a line break': 'newcomer@example.org\nBcc: other@example.org',
  'with a lone surrogate': 'newcomer\ud800@example.org',
  long: `${'n'.repeat(250)}@example.org`,
};

const hugeEmails = {
  huge: `${'n'.repeat(100_000)}@example.org`,
  'huge, of marks out of order': `newcomer${'\u0301'.repeat(20_000)}${'\u0323'.repeat(20_000)}@example.org`,
};

const unknownTokens = {
  empty: '',
  'a word': 'somewhere',
  'as long as one': 'r'.repeat(43),
  'with NUL': '\0'.repeat(43),
  'with a lone surrogate': '\ud800'.repeat(43),
  huge: 'r'.repeat(100_000),
};

export function accountOperations(world: World): Record<string, Operation> {
  const { alice, bob, spareSessionId, spareTokens, bobsSessionId } = world;
  const { device, badAt } = newDevice();
  return {
    'Mutation.updateAccount': { good: { input: { readReceipts: false } }, bad: [] },
    'Mutation.register': {
      good: { input: { username: 'newcomer', password: PASSWORD, email: 'newcomer@example.org', device } },
      bad: [
        ...bad('input.username', INVALID, malformedUsernames),
        ...bad('input.username', 'CONFLICT/NAME_TAKEN', {
          'of somebody': 'alice',
          'of somebody, in upper case': 'ALICE',
        }),
        ...bad('input.password', INVALID, malformedNewPasswords),
        ...bad('input.email', INVALID, { ...malformedEmails, ...hugeEmails }),
        ...badAt('input.device'),
      ],
    },
    'Mutation.login': {
      good: {
        input: {
          username: 'alice',
          password: PASSWORD,
          // Of no account that needs one.
          totpCode: '123456',
          recoveryCode: null,
          deviceId: alice.deviceId,
        },
      },
      bad: [
        ...bad('input.username', INVALID, malformedUsernames),
        ...bad('input.username', BAD_CREDENTIALS, { 'of nobody': 'nobody' }),
        ...bad('input.password', INVALID, malformedPasswords),
        ...bad('input.password', BAD_CREDENTIALS, { 'a wrong one': `${PASSWORD} `, empty: '' }),
        ...bad('input.totpCode', INVALID, { ...malformedTotpCodes, 'a recovery code': 'ABCD-EFGH-IJKL-MNOP' }),
        ...bad('input.recoveryCode', INVALID, {
          ...malformedRecoveryCodes,
          'a code of an app': '123456',
          'beside a code of an app': 'ABCD-EFGH-IJKL-MNOP',
        }),
        ...badIds('input.deviceId'),
        ...notTheirs('input.deviceId', { 'a device of somebody else': bob.deviceId }),
      ],
    },
    'Mutation.refreshSession': {
      good: { refreshToken: spareTokens.refreshToken },
      bad: bad('refreshToken', 'UNAUTHENTICATED/TOKEN_INVALID', { ...unknownTokens, 'an access token': alice.token }),
    },
    'Query.user': {
      good: { id: null, username: 'bob' },
      bad: [
        ...badIds('id'),
        ...bad('id', INVALID, { 'beside a username': bob.id }, ['username']),
        ...bad('username', INVALID, { ...malformedUsernames, 'null beside no id': null }),
      ],
    },
    'Mutation.revokeSession': {
      good: { id: spareSessionId },
      bad: [...badIds('id'), ...notTheirs('id', { 'a session of somebody else': bobsSessionId })],
    },
    'Mutation.logout': { good: { everywhere: false }, bad: [] },
  };
}
