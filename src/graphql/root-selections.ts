import { type DocumentNode, type FieldNode, Kind, type OperationDefinitionNode, type SelectionNode } from 'graphql';

/** What an operation selects at the top, with what its fragments bring in. */
export function* rootSelections(
  { definitions }: DocumentNode,
  { selectionSet }: OperationDefinitionNode,
): Generator<SelectionNode> {
  const unopened = new Map(
    definitions.flatMap((node) => (node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node]] : [])),
  );
  const selections = [...selectionSet.selections];
  for (const selection of selections) {
    yield selection;
    if (selection.kind === Kind.INLINE_FRAGMENT) selections.push(...selection.selectionSet.selections);
    if (selection.kind !== Kind.FRAGMENT_SPREAD) continue;
    selections.push(...(unopened.get(selection.name.value)?.selectionSet.selections ?? []));
    // Once is enough, and ends cycles.
    unopened.delete(selection.name.value);
  }
}

/** The one root field of a subscription that passed validation. */
export function rootFieldOf(document: DocumentNode, operation: OperationDefinitionNode): FieldNode {
  for (const selection of rootSelections(document, operation)) if (selection.kind === Kind.FIELD) return selection;
  throw new Error('A validated operation has a root field.');
}
