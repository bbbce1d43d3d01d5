export interface GraphqlError {
  message: string;
  path?: (string | number)[];
  extensions: {
    code: string;
    reason?: string;
    fields?: { path: string; message: string }[];
    retryAfterMs?: number;
    ref?: string;
  };
}

export interface GraphqlAnswer<Data> {
  data: Data;
  errors?: GraphqlError[];
}

/** One GraphQL operation over plain HTTP, at the relay's address (`relay.url`). */
export async function graphql<Data = Record<string, unknown>>(
  url: string,
  query: string,
  variables: Record<string, unknown> = {},
  token?: string,
): Promise<GraphqlAnswer<Data>> {
  const response = await fetch(new URL('/graphql', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as GraphqlAnswer<Data>;
}

/** Code and reason of the only error of an answer. */
export function refusal({ errors }: GraphqlAnswer<unknown>): string {
  if (errors?.length !== 1) throw new Error(`Expected one error, got ${JSON.stringify(errors)}`);
  const { code, reason } = errors[0]!.extensions;
  return reason ? `${code}/${reason}` : code;
}

/** Data of an answer that must not be a refusal. */
export function granted<Data>({ data, errors }: GraphqlAnswer<Data>): Data {
  if (errors) throw new Error(`Refused: ${JSON.stringify(errors)}`);
  return data;
}
