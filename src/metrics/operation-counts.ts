import { Injectable } from '@nestjs/common';
import { type ErrorCode, errorCodes } from '../errors/error-codes.js';

/** `none`: refused before an operation was found in the request. */
export const operationKinds = ['query', 'mutation', 'subscription', 'none'] as const;
export type OperationKind = (typeof operationKinds)[number];
export const operationOutcomes = ['OK', ...(Object.keys(errorCodes) as ErrorCode[])] as const;
export type OperationOutcome = (typeof operationOutcomes)[number];

/** How what was asked at either door was answered. */
@Injectable()
export class OperationCounts {
  private readonly counts = new Map<OperationKind, Map<OperationOutcome, number>>(
    // From zero on, or Prometheus would not see the first of a kind.
    operationKinds.map((kind) => [kind, new Map(operationOutcomes.map((outcome) => [outcome, 0]))]),
  );

  /** By the code of the answer's first error, as it left the house. */
  count(kind: OperationKind, errors: readonly { extensions?: Record<string, unknown> }[] = []): void {
    const ofKind = this.counts.get(kind);
    const outcome = errors.length === 0 ? 'OK' : (errors[0]?.extensions?.code as ErrorCode);
    ofKind?.set(outcome, (ofKind.get(outcome) ?? 0) + 1);
  }

  *all(): Iterable<{ kind: OperationKind; code: OperationOutcome; count: number }> {
    for (const [kind, outcomes] of this.counts) for (const [code, count] of outcomes) yield { kind, code, count };
  }
}
