import argon2 from 'argon2';
import { LetheError } from '../errors/lethe-error.js';
import { Passwords } from './passwords.js';

const passwords = new Passwords();

it('knows the password it hashed, and no other', async () => {
  const hash = await passwords.hash('correct horse');
  expect(hash).not.toBe(await passwords.hash('correct horse'));
  expect(await passwords.verify('correct horse', hash)).toBe(true);
  expect(await passwords.verify('correct horses', hash)).toBe(false);
});

it('works as hard for somebody who does not exist', async () => {
  const began = performance.now();
  expect(await passwords.verify('correct horse', undefined)).toBe(false);
  // Three passes over 64 MiB: no machine does it faster, and skipping it takes less than one millisecond.
  expect(performance.now() - began).toBeGreaterThan(10);
});

it('sends away at once whoever would wait too long, and serves the others', async () => {
  const cheap = await argon2.hash('x', { memoryCost: 1024, timeCost: 2, parallelism: 1 });
  const outcomes = await Promise.allSettled(Array.from({ length: 40 }, () => passwords.verify('x', cheap)));
  const sentAway = outcomes.filter((outcome) => outcome.status === 'rejected');
  expect(sentAway).toHaveLength(40 - 2 - 32);
  for (const { reason } of sentAway) expect((reason as LetheError).reason).toBe('OVERLOADED');
  expect(await passwords.verify('x', cheap)).toBe(true);
});
