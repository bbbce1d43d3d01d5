import argon2 from 'argon2';
import { AccessTokens } from '../../src/auth/access-tokens.js';
import { hashOfRefreshToken, newRefreshToken } from '../../src/auth/refresh-tokens.js';
import { newId } from '../../src/graphql/new-id.js';
import { PASSWORD, type Tokens } from './people.js';
import type { TestRelay } from './relay.js';

/** As cheap to check as argon2 can be: a hash carries its cost with it. */
const cheap = { memoryCost: 1024, timeCost: 2, parallelism: 1 };

/**
 * People by the hundred, each with an account, a device and a session of their own: copies of somebody who registered,
 * so that nobody's password is hashed anew. They share the password and the keys of the device, which has no one-time
 * prekeys left; their tokens are the relay's own.
 */
export async function crowd(relay: TestRelay, model: Tokens, names: string[]): Promise<Tokens[]> {
  const password_hash = await argon2.hash(PASSWORD, cheap);
  const people = names.map((username) => newcomer(relay, username));
  const [session] = await relay.rows<{ id: string }>('SELECT id FROM sessions WHERE account_id = $1 LIMIT 1', [
    model.account.id,
  ]);
  const rowsOf = <Row>(row: (person: Newcomer) => Row) => people.map(row);
  const copies: [table: string, key: string, of: string | undefined, rows: object[]][] = [
    ['accounts', 'id', model.account.id, rowsOf(({ id, username }) => ({ id, username, password_hash }))],
    ['devices', 'id', model.device?.id, rowsOf(({ id, deviceId }) => ({ id: deviceId, account_id: id }))],
    [
      'sessions',
      'id',
      session?.id,
      rowsOf(({ id, deviceId, sessionId }) => ({ id: sessionId, account_id: id, device_id: deviceId })),
    ],
    [
      'refresh_tokens',
      'session_id',
      session?.id,
      rowsOf(({ sessionId, refreshToken }) => ({ session_id: sessionId, token_hash: bytea(refreshToken) })),
    ],
  ];
  for (const [table, key, of, rows] of copies) await copy(relay, table, key, of, rows);
  return people.map((person) => tokensOf(relay, model, person));
}

type Newcomer = ReturnType<typeof newcomer>;

function newcomer({ clock }: TestRelay, username: string) {
  const now = clock.now();
  const [id, deviceId, sessionId] = [newId(now), newId(now), newId(now)];
  return { id, deviceId, sessionId, username, refreshToken: newRefreshToken() };
}

const bytea = (refreshToken: string) => `\\x${hashOfRefreshToken(refreshToken).toString('hex')}`;

/** Columns that are not named are those of the row copied from, whatever columns there are. */
async function copy(relay: TestRelay, table: string, key: string, of: string | undefined, rows: object[]) {
  const copied = await relay.rows(
    `INSERT INTO ${table} SELECT made.* FROM ${table} AS model, jsonb_array_elements($1::jsonb) AS row,
       LATERAL jsonb_populate_record(model, row) AS made WHERE model.${key} = $2 RETURNING 1`,
    [JSON.stringify(rows), of],
  );
  if (copied.length !== rows.length) throw new Error(`There is no one row in ${table} to copy.`);
}

function tokensOf({ app }: TestRelay, model: Tokens, person: Newcomer): Tokens {
  const { id: accountId, deviceId, sessionId, username, refreshToken } = person;
  const { token, expiresAt } = app.get(AccessTokens).issue({ accountId, sessionId, deviceId });
  return {
    accessToken: token,
    accessTokenExpiresAt: expiresAt.toISOString(),
    refreshToken,
    refreshTokenExpiresAt: model.refreshTokenExpiresAt,
    account: { id: accountId, username },
    device: { id: deviceId },
  };
}
