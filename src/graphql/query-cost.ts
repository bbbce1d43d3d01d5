import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  getNullableType,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  isCompositeType,
  isListType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { tooCostly } from './query-limits.js';

interface Asked {
  schema: GraphQLSchema;
  document: DocumentNode;
  operation: OperationDefinitionNode;
  /** Absent: whatever they may be. */
  variables?: Readonly<Record<string, unknown>>;
}

const MOST = 10_000;
/** Every object counts one, and a field of bytes as much again as it weighs: it may be 64 KiB. */
const BYTES = 4;
/** Items of a list that says nothing about its length: devices, reactions, edits. */
const TYPICAL_LIST = 5;
const TYPICAL_PAGE = 50;
/** No page is larger; whoever asks for more is refused by the field itself. */
const LARGEST_PAGE = 100;

/** Throws when the operation, with these variables, could ask for more than a request may. */
export function holdCost(asked: Asked): void {
  const cost = costOf(asked);
  if (cost > MOST) throw tooCostly(`Too much at once: a cost of ${cost}, at most ${MOST}. Ask for smaller pages.`);
}

/** Whether no variables can make any operation of the document too costly. */
export function isCheap(schema: GraphQLSchema, document: DocumentNode): boolean {
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  return operations.every((operation) => costOf({ schema, document, operation }) <= MOST);
}

/**
 * What a valid operation could answer at most, in objects: lists are multiplied by the `first` or `last` above them,
 * as it stands in the document or in the variables.
 */
function costOf(asked: Asked): number {
  const root = asked.schema.getRootType(asked.operation.operation);
  return root ? new Cost(asked).ofSelections(asked.operation.selectionSet, root, TYPICAL_LIST) : 0;
}

class Cost {
  private readonly fragments = new Map<string, FragmentDefinitionNode>();
  private readonly known = new Map<string, number>();

  constructor(private readonly asked: Asked) {
    for (const definition of asked.document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.fragments.set(definition.name.value, definition);
    }
  }

  /** `listSize`: how many items the lists among these fields hold. */
  ofSelections({ selections }: SelectionSetNode, type: GraphQLCompositeType, listSize: number): number {
    let cost = 0;
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) cost += this.ofField(selection, type, listSize);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) cost += this.ofFragment(selection.name.value, listSize);
      else cost += this.ofSelections(selection.selectionSet, this.typeOf(selection) ?? type, listSize);
    }
    return cost;
  }

  private ofField(node: FieldNode, parent: GraphQLCompositeType, listSize: number): number {
    const field = isUnionType(parent) ? undefined : parent.getFields()[node.name.value];
    // Introspection: `__typename` is for nothing, and the schema is as large as it is.
    if (!field) return 0;
    const type = getNamedType(field.type);
    const items = isListType(getNullableType(field.type)) ? listSize : 1;
    if (!isCompositeType(type)) return type.name === 'Bytes' ? items * BYTES : 0;
    const within = node.selectionSet ? this.ofSelections(node.selectionSet, type, this.pageSize(field, node)) : 0;
    return items * (1 + within);
  }

  // Remembered, or spreads of spreads of spreads would be counted an exponential number of times.
  private ofFragment(name: string, listSize: number): number {
    const key = `${listSize} ${name}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const fragment = this.fragments.get(name);
    const type = fragment && this.typeOf(fragment);
    const cost = type ? this.ofSelections(fragment.selectionSet, type, listSize) : 0;
    this.known.set(key, cost);
    return cost;
  }

  private typeOf({ typeCondition }: Pick<FragmentDefinitionNode, 'typeCondition'> | { typeCondition?: undefined }) {
    const type = typeCondition && this.asked.schema.getType(typeCondition.name.value);
    return isCompositeType(type) ? type : undefined;
  }

  private pageSize({ args }: GraphQLField<unknown, unknown>, node: FieldNode): number {
    const sizes = args.filter(({ name }) => name === 'first' || name === 'last');
    if (sizes.length === 0) return TYPICAL_LIST;
    const given = sizes.map((argument) => this.given(argument, node)).filter((size) => typeof size === 'number');
    return given.length === 0 ? TYPICAL_PAGE : Math.min(Math.max(0, ...given), LARGEST_PAGE);
  }

  private given(argument: GraphQLArgument, { arguments: nodes = [] }: FieldNode): unknown {
    const value = nodes.find(({ name }) => name.value === argument.name)?.value;
    if (value?.kind === Kind.INT) return Number(value.value);
    if (value?.kind !== Kind.VARIABLE) return argument.defaultValue;
    const { variables, operation } = this.asked;
    if (!variables) return LARGEST_PAGE;
    const name = value.name.value;
    if (Object.hasOwn(variables, name)) return variables[name];
    const definition = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name);
    return definition?.defaultValue?.kind === Kind.INT ? Number(definition.defaultValue.value) : argument.defaultValue;
  }
}
