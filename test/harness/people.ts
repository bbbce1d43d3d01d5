import { ed25519DeviceKeys } from './device-keys.js';
import { granted, graphql, type GraphqlAnswer, refusal } from './graphql-client.js';

/** Where somebody talks to: a relay of `startRelay`. */
interface At {
  readonly url: string;
}

/** `AuthPayload`. */
export interface Tokens {
  accessToken: string;
  accessTokenExpiresAt: string;
  refreshToken: string;
  refreshTokenExpiresAt: string;
  account: { id: string; username: string };
  device: { id: string } | null;
}

export const TOKENS =
  'accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt account { id username } device { id }';

/** Everybody's. */
export const PASSWORD = 'correct horse battery staple';

export async function tryToRegister(
  at: At,
  input: Record<string, unknown>,
): Promise<GraphqlAnswer<{ register: Tokens }>> {
  return graphql(at.url, `mutation ($input: RegisterInput!) { register(input: $input) { ${TOKENS} } }`, {
    input: { password: PASSWORD, device: ed25519DeviceKeys(), ...input },
  });
}

/** Somebody new with one device. */
export async function register(at: At, username: string): Promise<Tokens> {
  return granted(await tryToRegister(at, { username })).register;
}

export async function tryToLogin(at: At, input: Record<string, unknown>): Promise<GraphqlAnswer<{ login: Tokens }>> {
  return graphql(at.url, `mutation ($input: LoginInput!) { login(input: $input) { ${TOKENS} } }`, {
    input: { password: PASSWORD, ...input },
  });
}

export async function login(at: At, username: string, deviceId?: string): Promise<Tokens> {
  return granted(await tryToLogin(at, { username, deviceId })).login;
}

export async function tryToRefresh(at: At, refreshToken: string): Promise<GraphqlAnswer<{ refreshSession: Tokens }>> {
  return graphql(at.url, `mutation ($token: String!) { refreshSession(refreshToken: $token) { ${TOKENS} } }`, {
    token: refreshToken,
  });
}

export async function refresh(at: At, { refreshToken }: Tokens): Promise<Tokens> {
  return granted(await tryToRefresh(at, refreshToken)).refreshSession;
}

/** The username of whom the relay takes the bearer for, or why it refuses. */
export async function whois(at: At, accessToken: string | undefined): Promise<string> {
  const answer = await graphql<{ me: { username: string } }>(at.url, '{ me { username } }', {}, accessToken);
  return answer.errors ? refusal(answer) : answer.data.me.username;
}
