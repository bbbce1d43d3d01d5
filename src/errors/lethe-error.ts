import type { ErrorCode, ErrorReason, errorCodes } from './error-codes.js';

export interface FieldFault {
  /** Path of the input field, such as `input.device.signedPreKey.signature`. */
  path: string;
  message: string;
}

/** Facts that may leave the house beside code and reason; nothing else ever does. */
export interface ErrorDetails {
  fields?: FieldFault[];
  retryAfterMs?: number;
  epoch?: number;
  minEpoch?: number;
  /** Ids of devices: those without an envelope, those that are none of the recipient's, those installed anew. */
  missing?: string[];
  extra?: string[];
  stale?: string[];
}

type ReasonOf<C extends ErrorCode> = keyof (typeof errorCodes)[C]['reasons'];

/** The one error that is meant for clients. Anything else that is thrown becomes INTERNAL_SERVER_ERROR with a `ref`. */
export class LetheError<C extends ErrorCode = ErrorCode> extends Error {
  readonly reason: ErrorReason | undefined;
  readonly details: ErrorDetails;

  constructor(
    readonly code: C,
    message: string,
    { reason, ...details }: ErrorDetails & { reason?: ReasonOf<C> } = {},
  ) {
    super(message);
    this.reason = reason as ErrorReason | undefined;
    this.details = details;
  }
}

/** "Missing" and "not yours" are the same words, so that nobody learns which ids exist. */
export const notFound = () => new LetheError('NOT_FOUND', 'Not found.');

export const badInput = (path: string, message: string, reason: ReasonOf<'BAD_USER_INPUT'> = 'INVALID_VALUE') =>
  new LetheError('BAD_USER_INPUT', message, { reason, fields: [{ path, message }] });
