export type Variables = Record<string, unknown>;

/** One thing that is wrong with otherwise good variables. */
export interface BadValue {
  /** Where it stands, such as `input.device.oneTimePreKeys.0.keyId`. */
  at: string;
  what: string;
  value: unknown;
  /** Code and reason of the answer. */
  refusal: string;
  /** The `fields` of the answer. */
  fields: string[];
}

export interface Operation {
  /** One for each argument, with every field of it. */
  good: Variables;
  /** What fits the types and is wrong all the same. */
  bad: BadValue[];
  /** Makes something happen that a subscription tells, where nothing is told of how it stands at first. */
  provoke?: () => Promise<unknown>;
}

/** Goes on provoking until there is the answer: what happens before somebody listens is told to nobody. */
export async function provoked(answer: Promise<unknown>, { provoke }: Operation): Promise<void> {
  let waiting = provoke !== undefined;
  const settled = () => (waiting = false);
  void answer.then(settled, settled);
  while (waiting) await provoke?.();
}

/** Stands for a value that is left out. */
export const missing = Symbol('missing');

export const INVALID = 'BAD_USER_INPUT/INVALID_VALUE';
export const BAD_ID = 'BAD_USER_INPUT/BAD_ID';
export const BAD_CURSOR = 'BAD_USER_INPUT/BAD_CURSOR';
export const DEVICE_MISMATCH = 'CONFLICT/DEVICE_MISMATCH';
export const TOO_LARGE = 'LIMIT_REACHED/TOO_LARGE';

/** Values, by what is wrong with them, that are refused alike. Bad input is put down to its place, other refusals are not. */
export function bad(
  at: string,
  refusal: string,
  values: Record<string, unknown>,
  fields: string[] = refusal.startsWith('BAD_USER_INPUT') ? [at] : [],
): BadValue[] {
  return Object.entries(values).map(([what, value]) => ({ at, what, value, refusal, fields }));
}

export function spoilt(good: Variables, { at, value }: Pick<BadValue, 'at' | 'value'>): Variables {
  const variables = structuredClone(good);
  const path = at.split('.');
  const last = path.pop() ?? '';
  const parent = path.reduce<unknown>((within, key) => (within as Variables | undefined)?.[key], variables);
  if (typeof parent !== 'object' || parent === null) throw new Error(`There is nothing good at ${path.join('.')}.`);
  if (value === missing) Reflect.deleteProperty(parent, last);
  else Reflect.set(parent, last, value);
  return variables;
}
