import {
  type ASTVisitor,
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  type ParseOptions,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import type { Settings } from '../config/settings.js';
import { LetheError } from '../errors/lethe-error.js';

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

/** `http` is for Apollo Server alone and never leaves. */
export function tooCostly(message: string): GraphQLError {
  const originalError = new LetheError('LIMIT_REACHED', message, { reason: 'QUERY_TOO_COSTLY' });
  return new GraphQLError(message, { originalError, extensions: { http: { status: 400 } } });
}

/** The rules every document is held against beside those of the GraphQL specification, over HTTP and sockets alike. */
export function queryLimits({ LETHE_INTROSPECTION, NODE_ENV }: Settings): ValidationRule[] {
  const introspection = LETHE_INTROSPECTION ?? NODE_ENV !== 'production';
  return introspection ? [SizeRule] : [SizeRule, NoSchemaIntrospectionCustomRule];
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
      hold('top-level fields', shape.rootFields(operation).size, documentLimits.rootFields);
    },
    Document: {
      leave() {
        hold('aliases', aliases, documentLimits.aliases);
        hold('directives', directives, documentLimits.directives);
      },
    },
  };
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

  /** What they are called in the answer. */
  rootFields({ selectionSet }: OperationDefinitionNode): Set<string> {
    const names = new Set<string>();
    const visited = new Set<string>();
    const collect = (set: SelectionSetNode | undefined) => {
      for (const selection of set?.selections ?? []) {
        if (selection.kind === Kind.FIELD) names.add((selection.alias ?? selection.name).value);
        else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
        else if (!visited.has(selection.name.value)) {
          visited.add(selection.name.value);
          collect(this.fragments.get(selection.name.value)?.selectionSet);
        }
      }
    };
    collect(selectionSet);
    return names;
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
