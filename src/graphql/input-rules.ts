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

function checked(rules: z.ZodType, value: unknown, argument: string): unknown {
  const result = rules.safeParse(value);
  if (result.success) return result.data;
  const fields = result.error.issues.map((issue) => ({
    path: [argument, ...issue.path].join('.'),
    message: issue.message,
  }));
  const reason = result.error.issues.map(reasonOf).find((found) => found !== undefined) ?? 'INVALID_VALUE';
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

class IdListRule implements PipeTransform {
  constructor(private readonly most: number) {}

  transform(value: unknown, { data }: ArgumentMetadata): unknown {
    if (value === undefined || value === null) return value;
    return checked(z.array(uuid).max(this.most, `Needs at most ${this.most} ids.`), value, data ?? 'ids');
  }
}

/** An argument that is a list of such ids. */
export const IdListArg = (name: string, most: number, options: { nullable?: boolean; description?: string } = {}) =>
  Args(name, { type: () => [ID], ...options }, new IdListRule(most));

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

/** Ciphertext of a message: no text, padded to one of the size buckets. */
export const sealedBody = z
  .instanceof(Buffer)
  .refine(notText, { ...notTextFault, abort: true })
  .refine((value) => sizeBuckets.includes(value.length), {
    message: `Needs one of the padded sizes: ${sizeBuckets.join(', ')} bytes.`,
    params: { reason: 'NOT_PADDED' },
  });

/** `first` and `last` of a page. */
export const pageSize = (value: number | null | undefined, most: number, path: string): number | undefined => {
  if (value === undefined || value === null) return undefined;
  if (!Number.isInteger(value) || value < 1 || value > most) throw badInput(path, `Needs 1 to ${most}.`);
  return value;
};
