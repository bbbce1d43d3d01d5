import { randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { v7 as uuidv7 } from 'uuid';
import type { RelayUnderTest } from './relay-process.js';

export interface Participant {
  accountId: string;
  token: string;
}

/** Accounts written straight into the database, with tokens signed by the relay's own key. */
export async function makeCrowd({ database, signingKey, url }: RelayUnderTest, size: number): Promise<Participant[]> {
  const accountIds = Array.from({ length: size }, () => uuidv7());
  await database.query(
    `INSERT INTO accounts (id, username, password_hash, created_at)
     SELECT id, 'bench-' || id, '', now() FROM unnest($1::uuid[]) AS id`,
    [accountIds],
  );
  const published = (await (await fetch(`${url}/.well-known/jwks.json`)).json()) as { keys: { kid: string }[] };
  const keyid = published.keys[0]!.kid;
  const now = Math.floor(Date.now() / 1000);
  return accountIds.map((accountId) => {
    const claims = { iss: 'lethe', aud: 'lethe', sub: accountId, sid: randomUUID(), iat: now, exp: now + 900 };
    return { accountId, token: jwt.sign(claims, signingKey, { algorithm: 'ES256', keyid }) };
  });
}

/** A group of all of them. */
export async function makeGroup({ database }: RelayUnderTest, members: Participant[]): Promise<string> {
  const channelId = uuidv7();
  await database.query(`INSERT INTO channels (id, kind, created_at) VALUES ($1, 'GROUP', now())`, [channelId]);
  await database.query('INSERT INTO channel_heads (channel_id) VALUES ($1)', [channelId]);
  await database.query(
    `INSERT INTO channel_members (channel_id, account_id, joined_seq, role, joined_at)
     SELECT $1, id, 0, 'MEMBER', now() FROM unnest($2::uuid[]) AS id`,
    [channelId, members.map(({ accountId }) => accountId)],
  );
  return channelId;
}
