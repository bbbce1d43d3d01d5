import { isUtf8 } from 'node:buffer';
import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { Args, ID } from '@nestjs/graphql';
import { z } from 'zod';
import type { errorCodes } from '../errors/error-codes.js';
import { badInput, LetheError } from '../errors/lethe-error.js';

type InputReason = keyof (typeof errorCodes)['BAD_USER_INPUT']['reasons'];

/** An input class that states its rules beside its fields: `static readonly rules = z.object({ … })`. */
interface InputWithRules {
  rules?: z.ZodType;
}

/** Holds every input against the rules of its class before the resolver sees it. */
@Injectable()
export class InputRules implements PipeTransform {
  transform(value: unknown, { metatype, data }: ArgumentMetadata): unknown {
    const rules = (metatype as InputWithRules | undefined)?.rules;
    return rules ? checked(rules, value, data ?? 'input') : value;
  }
}

/** Faults that are told of one input: a list may hold thousands, and the answer should not be longer than the question. */
const MOST_FAULTS_TOLD = 20;

function checked(rules: z.ZodType, value: unknown, argument: string): unknown {
  const result = rules.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.slice(0, MOST_FAULTS_TOLD);
  const fields = issues.map((issue) => ({ path: [argument, ...issue.path].join('.'), message: issue.message }));
  const reason = issues.map(reasonOf).find((found) => found !== undefined) ?? 'INVALID_VALUE';
  throw new LetheError('BAD_USER_INPUT', fields.map(({ path, message }) => `${path}: ${message}`).join(' '), {
    reason,
    fields,
  });
}

const reasonOf = (issue: z.core.$ZodIssue): InputReason | undefined =>
  issue.code === 'custom' ? (issue.params as { reason?: InputReason } | undefined)?.reason : undefined;

const uuidShape = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** A UUID in its usual text form (RFC 9562), in lower case afterwards. */
export const uuid = z
  .string()
  .refine((text) => uuidShape.test(text), { message: 'Not an id of this relay.', params: { reason: 'BAD_ID' } })
  .transform((text) => text.toLowerCase());

@Injectable()
class IdRule implements PipeTransform {
  transform(value: unknown, { data }: ArgumentMetadata): unknown {
    if (value === undefined || value === null) return value;
    const result = uuid.safeParse(value);
    if (!result.success) throw badInput(data ?? 'id', 'Not an id of this relay.', 'BAD_ID');
    return result.data;
  }
}

/** An argument that is the id of an account, device, session, channel …: a UUID. */
export const IdArg = (name: string, options: { nullable?: boolean; description?: string } = {}) =>
  Args(name, { type: () => ID, ...options }, IdRule);

class ListRule implements PipeTransform {
  private readonly rules: z.ZodType;

  constructor(ofItem: z.ZodType, most: number) {
    this.rules = z.array(ofItem).max(most, `Needs at most ${most} items.`);
  }

  transform(value: unknown, { data }: ArgumentMetadata): unknown {
    if (value === undefined || value === null) return value;
    return checked(this.rules, value, data ?? 'list');
  }
}

/** An argument that is a list of such ids. */
export const IdListArg = (name: string, most: number, options: { nullable?: boolean; description?: string } = {}) =>
  Args(name, { type: () => [ID], ...options }, new ListRule(uuid, most));

/** An argument that is a list of inputs. Their class does not show through the list, so it is named here. */
export const InputListArg = (
  name: string,
  input: (new () => object) & { rules: z.ZodType },
  most: number,
  options: { nullable?: boolean; description?: string } = {},
) => Args(name, { type: () => [input], ...options }, new ListRule(input.rules, most));

/** Bytes between two lengths. */
export const bytes = (least: number, most: number) =>
  z.instanceof(Buffer).refine((value) => value.length >= least && value.length <= most, {
    message: least === most ? `Needs exactly ${least} bytes.` : `Needs ${least} to ${most} bytes.`,
  });

/** Lengths a message body may have: what it says must not show in how long it is. */
export const sizeBuckets = [256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536];

const notText = (value: Buffer) => value.length === 0 || !isUtf8(value);
const notTextFault = { message: 'Reads as text; only ciphertext is accepted.', params: { reason: 'NOT_SEALED' } };

/** Ciphertext of a name or description: no text, 16 bytes (an authentication tag alone) or more. */
export const sealedBytes = (most: number) => bytes(16, most).refine(notText, notTextFault);

/** Ciphertext of a message: no text, padded to one of these sizes. */
export const sealedBodyOf = (...sizes: number[]) =>
  z
    .instanceof(Buffer)
    .refine(notText, { ...notTextFault, abort: true })
    .refine((value) => sizes.includes(value.length), {
      message: `Needs ${sizes.length === 1 ? 'the padded size' : 'one of the padded sizes'}: ${sizes.join(', ')} bytes.`,
      params: { reason: 'NOT_PADDED' },
    });

export const sealedBody = sealedBodyOf(...sizeBuckets);

/** `first` and `last` of a page. */
export const pageSize = (value: number | null | undefined, most: number, path: string): number | undefined => {
  if (value === undefined || value === null) return undefined;
  if (!Number.isInteger(value) || value < 1 || value > most) throw badInput(path, `Needs 1 to ${most}.`);
  return value;
};
