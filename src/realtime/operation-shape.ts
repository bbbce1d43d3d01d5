import {
  type DocumentNode,
  execute,
  type ExecutionArgs,
  type ExecutionResult,
  getOperationAST,
  type GraphQLFormattedError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { rootFieldOf, rootSelections } from '../graphql/root-selections.js';
import type { LogPage } from './log-entry.js';
import { SharedMessage } from './shared-message.js';

/** Field extension: the value depends on who asks, so an operation that selects it is never executed for many at once. */
export const PER_VIEWER = { perViewer: true };

/** What two operations must have in common to be executed as one. */
export interface OperationShape {
  readonly key: string;
  run(page: LogPage): SharedMessage | Promise<SharedMessage>;
}

interface DocumentFacts {
  shareable: boolean;
  /** Variables used below the root field; those of its arguments (the cursor) play no part in executing a page. */
  variables: string[];
  number: number;
}

/** Finds the shape of subscriptions; what it learns of a document is kept as long as the document is. */
export class OperationShapes {
  private readonly known = new WeakMap<OperationDefinitionNode, DocumentFacts>();
  private documents = 0;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly formatErrors: (result: ExecutionResult) => { errors?: GraphQLFormattedError[] },
  ) {}

  /** Undefined when the operation must be executed for each follower on its own. */
  of({ document, operationName, variableValues }: ExecutionArgs): OperationShape | undefined {
    const operation = getOperationAST(document, operationName);
    if (!operation) return undefined;
    const facts = this.factsOf(document, operation);
    if (!facts.shareable) return undefined;
    const variables = Object.fromEntries(facts.variables.map((name) => [name, variableValues?.[name]]));
    const field = rootFieldOf(document, operation).name.value;
    const args: ExecutionArgs = { schema: this.schema, document, operationName, variableValues, contextValue: {} };
    return {
      key: `${facts.number} ${JSON.stringify(variables)}`,
      run: (page) => {
        const result = execute({ ...args, rootValue: { [field]: page } });
        return result instanceof Promise ? result.then((done) => this.message(done)) : this.message(result);
      },
    };
  }

  private message(result: ExecutionResult): SharedMessage {
    return new SharedMessage(Buffer.from(JSON.stringify({ ...result, ...this.formatErrors(result) })));
  }

  private factsOf(document: DocumentNode, operation: OperationDefinitionNode): DocumentFacts {
    const known = this.known.get(operation);
    if (known) return known;
    const facts = { ...inspect(this.schema, document, operation), number: ++this.documents };
    this.known.set(operation, facts);
    return facts;
  }
}

function inspect(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) {
  const variables = new Set<string>();
  let shareable = true;
  const typeInfo = new TypeInfo(schema);
  const rootArguments = new Set(
    [...rootSelections(document, operation)].flatMap((node) =>
      node.kind === Kind.FIELD ? (node.arguments ?? []) : [],
    ),
  );
  visit(
    document,
    visitWithTypeInfo(typeInfo, {
      VariableDefinition: () => false,
      Argument: (node) => (rootArguments.has(node) ? false : undefined),
      Variable: (node) => void variables.add(node.name.value),
      Field: () => {
        if (typeInfo.getFieldDef()?.extensions.perViewer === true) shareable = false;
      },
    }),
  );
  return { shareable, variables: [...variables].sort() };
}
