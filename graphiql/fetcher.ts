import type { Fetcher } from '@graphiql/toolkit';
import { type ExecutionResult, Kind, type OperationDefinitionNode, OperationTypeNode, parse } from 'graphql';
import { createClient } from 'graphql-ws';
import { heldToken } from './held-token.js';

type Headers = Record<string, string>;
type Operation = Parameters<Fetcher>[0];

const endpoint = new URL('graphql', document.baseURI);

/** Queries and mutations over HTTP, subscriptions over a socket; both with the headers of the tab. */
export const fetcher: Fetcher = (given, options) => {
  const headers = withToken(headersOf(options?.headers));
  const chosen = chosenOperation(given);
  const operation = { ...given, operationName: chosen?.name?.value ?? given.operationName };
  return chosen?.operation === OperationTypeNode.SUBSCRIPTION ? follow(operation, headers) : ask(operation, headers);
};

/** Read anew: for a moment after the tab has changed, GraphiQL still names the operation of the one before. */
function chosenOperation({ query, operationName }: Operation): OperationDefinitionNode | undefined {
  const operations = operationsIn(query);
  const named = operations.find(({ name }) => name?.value === operationName);
  return named ?? (operations.length === 1 ? operations[0] : undefined);
}

function operationsIn(query: string): OperationDefinitionNode[] {
  try {
    return parse(query).definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  } catch {
    // The relay says what is wrong with it.
    return [];
  }
}

function headersOf(given: unknown): Headers {
  const entries = typeof given === 'object' && given !== null ? Object.entries(given) : [];
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), String(value)]));
}

function withToken(headers: Headers): Headers {
  const token = heldToken.read();
  return token && !headers.authorization ? { ...headers, authorization: `Bearer ${token}` } : headers;
}

async function ask(operation: Operation, headers: Headers): Promise<ExecutionResult> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(operation),
  });
  const result = (await response.json()) as ExecutionResult;
  heldToken.learnFrom(result);
  return result;
}

/** On a socket of its own, so that each run begins with the headers as they are then. */
async function* follow(operation: Operation, headers: Headers): AsyncGenerator<ExecutionResult, void> {
  const socket = createClient({
    url: endpoint.href.replace(/^http/, 'ws'),
    connectionParams: headers,
    // Whoever watches is to see that it ended, and why.
    retryAttempts: 0,
  });
  try {
    yield* socket.iterate(operation) as AsyncIterable<ExecutionResult>;
  } catch (error) {
    throw error instanceof CloseEvent ? new Error(`The socket was closed: ${error.code} ${error.reason}`) : error;
  } finally {
    await socket.dispose();
  }
}
