/** Every way in which the promise can be broken. */
export const violationKinds = {
  hole: 'The places of a log are not 1, 2, 3 … up to its head.',
  doubled: 'A client message id stands in a log more than once.',
  lost: 'An acknowledged message or membership change is not in the log.',
  misplaced: 'A message is in the log, but not with the place or the body that was acknowledged.',
  'wrong retry': 'A first answer called a message a duplicate, or a later one did not.',
  'refused yet kept': 'A message that was refused for good is in the log.',
  intruder: 'Somebody posted who was no member at that place.',
  'wrong epoch': 'A message is sealed for somebody who was gone by then, or for an epoch that had not begun.',
  'members disagree': 'The members of a channel are not what its log tells of them.',
  skipped: 'A follower was led past places in silence.',
  repeated: 'A follower was given places again, or out of order.',
  altered: 'A follower was given another entry than the log holds.',
  invented: 'A follower was given an entry the log does not hold.',
  leaked: 'A follower was given something from a place at which it was no member.',
  'wrong gap': 'A gap was told for places that should have been shown, or an expiry before its time.',
  'past its time': 'A follower was given a message long after it had expired.',
  behind: 'A follower did not reach the head of a channel it is a member of.',
  surprise: 'Something happened that no fault explains.',
} as const;

export type ViolationKind = keyof typeof violationKinds;

export interface Violation {
  kind: ViolationKind;
  detail: string;
}

export function countByKind(violations: Violation[]): Partial<Record<ViolationKind, number>> {
  const counts: Partial<Record<ViolationKind, number>> = {};
  for (const { kind } of violations) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
