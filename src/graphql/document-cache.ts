import {
  type DocumentNode,
  getOperationAST,
  GraphQLError,
  type GraphQLSchema,
  parse,
  specifiedRules,
  validate,
  type ValidationRule,
} from 'graphql';
import type { Settings } from '../config/settings.js';
import { holdCost, isCheap } from './query-cost.js';
import { parseLimits, queryLimits, validationOptions } from './query-limits.js';
import { holdVariables } from './variable-limits.js';

interface OperationRequest {
  query: string;
  operationName?: string | null;
  variables?: Readonly<Record<string, unknown>> | null;
}

interface KnownDocument {
  document: DocumentNode;
  /** Its cost need not be counted each time. */
  cheap: boolean;
}

/** Characters of all remembered documents together; what is made of one takes up to 150 bytes a character. */
const MOST_CHARACTERS = 250_000;

/**
 * Reads documents for the socket server as Apollo Server does for HTTP: parsed, validated and held to the query limits.
 * What passed is remembered, so that the next socket with the same operation costs next to nothing.
 *
 *     const documents = new DocumentCache(schema, settings);
 *     const read = documents.read({ query, operationName, variables });
 *     if ('errors' in read) return read.errors;   // each through `outgoingError`
 *     execute({ schema, document: read.document, … });
 */
export class DocumentCache {
  /** In the order of their last use. */
  private readonly valid = new Map<string, KnownDocument>();
  private characters = 0;
  private readonly rules: ValidationRule[];

  constructor(
    private readonly schema: GraphQLSchema,
    settings: Settings,
  ) {
    this.rules = [...specifiedRules, ...queryLimits(settings)];
  }

  read({ query, operationName, variables }: OperationRequest): { document: DocumentNode } | { errors: GraphQLError[] } {
    try {
      holdVariables(variables ?? {});
      const known = this.valid.get(query) ?? this.checked(query);
      if (Array.isArray(known)) return { errors: known };
      this.remember(query, known);
      const { document, cheap } = known;
      const operation = cheap ? undefined : getOperationAST(document, operationName);
      if (operation) holdCost({ schema: this.schema, document, operation, variables: variables ?? {} });
      return { document };
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [error] };
      throw error;
    }
  }

  private checked(query: string): KnownDocument | GraphQLError[] {
    const document = parse(query, parseLimits);
    const errors = validate(this.schema, document, this.rules, validationOptions);
    return errors.length > 0 ? [...errors] : { document, cheap: isCheap(this.schema, document) };
  }

  private remember(query: string, known: KnownDocument): void {
    if (!this.valid.delete(query)) this.characters += query.length;
    this.valid.set(query, known);
    for (const oldest of this.valid.keys()) {
      if (this.characters <= MOST_CHARACTERS) break;
      this.valid.delete(oldest);
      this.characters -= oldest.length;
    }
  }
}
