import type { GraphqlAnswer } from '../harness/graphql-client.js';
import type { Identity, Wire } from './wire.js';

/** Who hears nothing for so long asks again. */
const PATIENCE_MS = 4_000;

/** Over HTTP. Undefined: what came of it is not known. */
export async function askOverHttp<Data>(
  url: string,
  identity: Identity,
  query: string,
  variables: Record<string, unknown>,
): Promise<GraphqlAnswer<Data> | undefined> {
  try {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await identity.token()}` },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return (await response.json()) as GraphqlAnswer<Data>;
  } catch {
    return undefined;
  }
}

/** Over a socket that is open already, or is opened for it. Undefined: what came of it is not known. */
export function askOverSocket<Data>(
  { client }: Wire,
  query: string,
  variables: Record<string, unknown>,
): Promise<GraphqlAnswer<Data> | undefined> {
  return new Promise((resolve) => {
    let answer: GraphqlAnswer<Data> | undefined;
    const giveUp = setTimeout(() => {
      resolve(undefined);
      release();
    }, PATIENCE_MS);
    const settle = (known: GraphqlAnswer<Data> | undefined) => {
      clearTimeout(giveUp);
      resolve(known);
    };
    const release = client.subscribe<Data>(
      { query, variables },
      {
        next: ({ data, errors }) => (answer = { data, errors } as GraphqlAnswer<Data>),
        error: (error) => settle(Array.isArray(error) ? ({ errors: error } as GraphqlAnswer<Data>) : undefined),
        complete: () => settle(answer),
      },
    );
  });
}
