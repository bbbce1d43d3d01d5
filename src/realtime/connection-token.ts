const names = ['authorization', 'accesstoken', 'token'];

/**
 * The access token in the payload of `connection_init`: `{ accessToken }` or `{ authorization: "Bearer …" }`, as
 * clients write either; names are read without case.
 */
export function connectionToken(payload: Record<string, unknown> | undefined): string | undefined {
  const found = Object.entries(payload ?? {}).find(
    ([name, value]) => names.includes(name.toLowerCase()) && typeof value === 'string',
  );
  return typeof found?.[1] === 'string' ? found[1].replace(/^Bearer +/i, '') : undefined;
}
