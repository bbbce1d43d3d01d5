import { PASSWORD } from '../people.js';

export const BAD_CREDENTIALS = 'UNAUTHENTICATED/BAD_CREDENTIALS';

const overlongPasswords = {
  '129 characters': 'p'.repeat(129),
  '129 characters of two units each': '🔑'.repeat(129),
  huge: 'p'.repeat(100_000),
  // Normalizing it would take seconds.
  'huge, of marks out of order': `p${'\u0301'.repeat(20_000)}${'\u0323'.repeat(20_000)}`,
};

export const malformedPasswords = {
  ...overlongPasswords,
  'with NUL': `${PASSWORD}\0`,
  'with a lone surrogate': `${PASSWORD}\ud800`,
};

export const malformedNewPasswords = {
  ...malformedPasswords,
  empty: '',
  '9 characters': 'p'.repeat(9),
  '9 keys': '🔑'.repeat(9),
};
