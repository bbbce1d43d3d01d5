/**
 * Who asks. In groups a moderator is a member like others; everywhere else people
 * have the rank they are called by. `other` has an account and nothing to do with the rest;
 * neither has `operator`, who is an administrator of the relay. `former` was a member and was removed. `revoked` holds the
 * token of a device of the owner's that was deactivated.
 */
export const subjects = [
  'stranger',
  'revoked',
  'other',
  'operator',
  'former',
  'member',
  'moderator',
  'admin',
  'owner',
] as const;

export type Subject = (typeof subjects)[number];

/** What each of them is answered: `ALLOWED`, or code and reason of the refusal. */
export type Answers = Record<Subject, string>;

export const ALLOWED = 'allowed';
export const NOT_FOUND = 'NOT_FOUND';
export const RIGHT_MISSING = 'FORBIDDEN/RIGHT_MISSING';
export const INVALID = 'BAD_USER_INPUT/INVALID_VALUE';

export const withoutSession = ['stranger', 'revoked'] as const satisfies Subject[];
/** To whom nothing is said about what is in channels and servers, not even that they are there. */
export const outsiders: readonly Subject[] = ['other', 'operator', 'former'];
/** In a channel or a server, from the lowest to the highest. */
export const ranks = ['member', 'moderator', 'admin', 'owner'] as const satisfies Subject[];

const all = (answer: string) => Object.fromEntries(subjects.map((subject) => [subject, answer])) as Answers;

/** With an account or without. */
export const anybody: Answers = all(ALLOWED);

/** The same answer to everybody who is logged in. */
export const everybody = (answer: string): Answers => ({
  ...all(answer),
  stranger: 'UNAUTHENTICATED/TOKEN_MISSING',
  revoked: 'UNAUTHENTICATED/SESSION_REVOKED',
});

/** Whoever is logged in. */
export const everyone = everybody(ALLOWED);

/** To all others it does not exist. */
export const only = (...allowed: Subject[]): Answers => ({
  ...everybody(NOT_FOUND),
  ...Object.fromEntries(allowed.map((subject) => [subject, ALLOWED])),
});

/** Members of this rank or a higher one. Others in it are refused; to those outside it does not exist. */
export const from = (least: (typeof ranks)[number], refusal = RIGHT_MISSING): Answers => ({
  ...everybody(NOT_FOUND),
  ...Object.fromEntries(ranks.map((rank) => [rank, ranks.indexOf(rank) >= ranks.indexOf(least) ? ALLOWED : refusal])),
});

/** Whoever is in it. */
export const insiders = from('member');
