import {
  type ASTVisitor,
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  OperationTypeNode,
  type ParseOptions,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import type { Settings } from '../config/settings.js';
import { LetheError } from '../errors/lethe-error.js';
import { rootSelections } from './root-selections.js';

/** How large a document may be. Costs that hang on variables stand in `query-cost.ts`. */
const documentLimits = {
  /** Fields within fields. Introspection has a limit of its own in graphql-js and is not counted. */
  depth: 12,
  /** Different top-level fields of one operation. */
  rootFields: 20,
  aliases: 30,
  directives: 50,
};

/** Refused while reading. Validation takes up to the square of the tokens: 1,000 are some 20 ms of it at worst. */
export const parseLimits = { maxLexicalTokens: 1_000, maxSourceLength: 32_768 } satisfies ParseOptions;

/** Looking for what might have been meant costs more than the rest of validation, and tells strangers the schema. */
export const validationOptions = { maxErrors: 20, hideSuggestions: true };

/** Nobody reads more; each repeats the value it is about, before we take it out again. */
export const executionOptions = { maxCoercionErrors: 20 };

/** `http` is for Apollo Server alone and never leaves. */
export function tooCostly(message: string): GraphQLError {
  const originalError = new LetheError('LIMIT_REACHED', message, { reason: 'QUERY_TOO_COSTLY' });
  return new GraphQLError(message, { originalError, extensions: { http: { status: 400 } } });
}

/** The rules every document is held against beside those of the GraphQL specification, over HTTP and sockets alike. */
export function queryLimits({ LETHE_INTROSPECTION, NODE_ENV }: Settings): ValidationRule[] {
  const introspection = LETHE_INTROSPECTION ?? NODE_ENV !== 'production';
  const rules = [SizeRule, SubscriptionRule];
  return introspection ? rules : [...rules, NoSchemaIntrospectionCustomRule];
}

/** Without its one root field (GraphQL specification, section 5.2.4.1) graphql-js breaks on a subscription. */
function SubscriptionRule(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(operation) {
      if (operation.operation !== OperationTypeNode.SUBSCRIPTION) return;
      const conditional = [...rootSelections(context.getDocument(), operation)].filter(({ directives = [] }) =>
        directives.some(({ name }) => name.value === 'skip' || name.value === 'include'),
      );
      if (conditional.length > 0)
        context.reportError(
          new GraphQLError('The root field of a subscription takes neither @skip nor @include.', {
            nodes: conditional,
          }),
        );
    },
  };
}

function SizeRule(context: ValidationContext): ASTVisitor {
  let aliases = 0;
  let directives = 0;
  const hold = (what: string, count: number, most: number) => {
    if (count > most) context.reportError(tooCostly(`Too many ${what}: ${count}, at most ${most}.`));
  };
  return {
    Field({ alias }) {
      if (alias) aliases++;
    },
    Directive() {
      directives++;
    },
    OperationDefinition(operation) {
      const shape = new OperationSize(context.getDocument());
      hold('levels of fields', shape.depth(operation.selectionSet), documentLimits.depth);
      hold('top-level fields', rootNames(context.getDocument(), operation).size, documentLimits.rootFields);
    },
    Document: {
      leave() {
        hold('aliases', aliases, documentLimits.aliases);
        hold('directives', directives, documentLimits.directives);
      },
    },
  };
}

/** What the top-level fields are called in the answer. */
function rootNames(document: DocumentNode, operation: OperationDefinitionNode): Set<string> {
  const selections = [...rootSelections(document, operation)];
  return new Set(
    selections.flatMap((selection) => (selection.kind === Kind.FIELD ? (selection.alias ?? selection.name).value : [])),
  );
}

/** Measures through fragments. Each is measured once, so that neither cycles nor spreads of spreads cost anything. */
class OperationSize {
  private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  private readonly depths = new Map<string, number>();

  constructor(document: DocumentNode) {
    const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
    this.fragments = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
  }

  depth({ selections }: SelectionSetNode): number {
    let deepest = 0;
    for (const selection of selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD)
        deepest = Math.max(deepest, this.fragmentDepth(selection.name.value));
      else if (selection.kind === Kind.INLINE_FRAGMENT) deepest = Math.max(deepest, this.depth(selection.selectionSet));
      else if (!selection.name.value.startsWith('__')) {
        deepest = Math.max(deepest, 1 + (selection.selectionSet ? this.depth(selection.selectionSet) : 0));
      }
    }
    return deepest;
  }

  private fragmentDepth(name: string): number {
    const known = this.depths.get(name);
    if (known !== undefined) return known;
    // What a cycle finds on its way round; another rule refuses the cycle.
    this.depths.set(name, 0);
    const fragment = this.fragments.get(name);
    const depth = fragment ? this.depth(fragment.selectionSet) : 0;
    this.depths.set(name, depth);
    return depth;
  }
}
