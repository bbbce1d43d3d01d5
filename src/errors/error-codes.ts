/** What the client should do (the code) and why (the reason). `docs/errors.md` is printed from this table. */
export const errorCodes = {
  UNAUTHENTICATED: {
    clientShould: 'refresh the session or log in',
    reasons: {
      TOKEN_MISSING: 'The operation needs an access token and none was sent.',
      TOKEN_INVALID: 'The token is not one of this relay, or was tampered with.',
      SESSION_EXPIRED: 'The access or refresh token is past its time.',
      SESSION_REVOKED: 'The session was ended: logged out, revoked, or its device deactivated.',
      BAD_CREDENTIALS: 'Unknown username, wrong password or wrong code; the answer is the same for all.',
      TOTP_REQUIRED: 'The password is right, and a code of the authenticator app or a recovery code is needed too.',
      TOKEN_REUSED: 'A refresh token was used twice. Its whole family is revoked.',
    },
  },
  FORBIDDEN: {
    clientShould: 'hide the action',
    reasons: {
      RIGHT_MISSING: 'The viewer may see this, but not do that.',
      ADMIN_ONLY: 'Only administrators of the relay may.',
      DIRECT_CHANNEL: 'Nobody joins, leaves, is ranked in, moderates or deletes a direct or notes channel.',
      SERVER_CHANNEL: 'Roles in a channel of a server are those in the server: `setServerRole`.',
      NOT_JOINED: 'The viewer sees the channel and is not in it: `joinChannel` first.',
      NO_AUTHOR_TAG: 'It was posted without an `authorTag`: nobody can show that it is theirs.',
      WRONG_AUTHOR_SECRET: 'The secret is not the one whose SHA-256 came as `authorTag`.',
      DEVICE_REQUIRED: 'The session is not bound to a device. Log in with `deviceId` or call `registerDevice`.',
    },
  },
  NOT_FOUND: {
    clientShould: 'forget it: it does not exist, or it is not theirs to see',
    reasons: {},
  },
  BAD_USER_INPUT: {
    clientShould: 'fix the fields named in `fields: [{ path, message }]`',
    reasons: {
      QUERY_MALFORMED: 'The document or the request around it cannot be parsed.',
      QUERY_INVALID: 'The document does not fit the schema.',
      INVALID_VALUE: 'A value is missing, of the wrong type, or outside its limits.',
      BAD_BASE64: 'Not standard, padded, canonical base64 (RFC 4648 section 4).',
      BAD_ID: 'Not an id of this relay.',
      BAD_CURSOR: 'Not a cursor of this list or channel.',
      NOT_SEALED: 'The body reads as text. Only ciphertext is accepted.',
      NOT_PADDED: 'The length is none of the size buckets.',
      BAD_KEY: 'A public key has the wrong length or type byte, or is not a safe point.',
      BAD_SIGNATURE: 'A signature does not verify under the identity key.',
      BAD_KEY_ID: 'A key id is out of range or used twice in one request.',
      TOO_FEW_KEYS: 'Registering a device needs more one-time prekeys, or a last-resort KEM prekey.',
      NOT_ATTACHABLE:
        'What is to be attached is not there for it: unknown, of another channel or account, not READY, too old, or attached already.',
      UPLOAD_MISMATCH: 'The file is not the one that was announced: its length or SHA-256 is another.',
      IDENTITY_KEY_IMMUTABLE: 'The identity key of a device never changes; a new key is a new device.',
    },
  },
  CONFLICT: {
    clientShould: 'fetch again and decide again',
    reasons: {
      NAME_TAKEN: 'The username belongs to somebody.',
      KEY_REUSED: 'The identity key belongs to an active device of another account.',
      KEY_ID_USED: 'The key id was handed out before with other bytes; take a fresh one.',
      STALE_EPOCH: 'The body was sealed for an epoch outside `minEpoch` to `epoch`; both are given.',
      DEVICE_MISMATCH:
        'The envelopes are not for exactly the devices of the recipient: ids of those that are `missing`, `extra`, or `stale` (another registration id).',
      IDEMPOTENCY_KEY_REUSED: 'The `clientMessageId` was used for another body, other attachments or other envelopes.',
      TOTP_ENABLED: 'Codes are asked for already; turn them off before beginning anew.',
      TOTP_NOT_BEGUN: 'There is no secret that waits for its first code, or nothing to turn off.',
      RETRACTED: 'The message was retracted, or what it refers to was.',
      UPLOAD_INCOMPLETE: 'The store does not have the file that was announced. Upload it, then complete it.',
      ALREADY_A_MEMBER: 'The account is a member of the channel.',
      OWNER_MUST_HAND_OVER:
        'An OWNER makes somebody else the OWNER before leaving; one who is alone deletes the server.',
    },
  },
  EXPIRED: {
    clientShould: 'ask for a new one',
    reasons: {
      MESSAGE_EXPIRED: 'The message is past its time.',
      UPLOAD_EXPIRED: 'The time to upload the file is over. Request another upload.',
      URL_EXPIRED: 'The address of a file is past its time. Ask for the attachment again.',
      STREAM_RESET: 'The relay was restored from a backup; the cursor belongs to the time before. Start without one.',
      INVITE_EXPIRED: 'The invite is past its time, or was used as often as it may be.',
    },
  },
  LIMIT_REACHED: {
    clientShould: 'free something or shrink it',
    reasons: {
      TOO_LARGE: 'More bytes or items than a request may carry or the relay keeps.',
      TOO_MANY_DEVICES: 'An account has at most 10 active devices.',
      TOO_MANY_MEMBERS: 'A group has at most 1,500 members, a server 10,000.',
      TOO_MANY_SERVERS: 'An account is a member of at most 200 servers.',
      TOO_MANY_CHANNELS: 'A server has at most 500 channels.',
      TOO_MANY_INVITES: 'A server has at most 100 invites that work. Revoke some.',
      TOO_MANY_EDITS: 'A message is edited at most 100 times.',
      TOO_MANY_REACTIONS: 'A message has at most 250 reactions at a time.',
      TOO_MANY_WATCHED: 'An account follows the presence of 5,000 others at most, counted for each subscription.',
      TOO_MANY_OPERATIONS: 'A socket carries a limited number of operations at once.',
      QUERY_TOO_COSTLY: 'The document is too deep, too wide, too long, or would fetch too much.',
    },
  },
  RATE_LIMITED: {
    clientShould: 'wait `retryAfterMs` milliseconds',
    reasons: {},
  },
  UNAVAILABLE: {
    clientShould: 'retry with backoff; posting again with the same `clientMessageId` is safe',
    reasons: {
      DATABASE_DOWN: 'PostgreSQL cannot be reached, or the connection broke before the outcome was known.',
      STORE_DOWN: 'The store of encrypted files cannot be reached.',
      OVERLOADED: 'More work is waiting than can be done in time.',
      DEADLINE_EXCEEDED: 'The request took longer than it may. It may still be done.',
      SHUTTING_DOWN: 'This process is stopping; another one will answer.',
    },
  },
  INTERNAL_SERVER_ERROR: {
    clientShould: 'show `ref` to the operator',
    reasons: {},
  },
} as const;

export type ErrorCode = keyof typeof errorCodes;
export type ErrorReason = { [C in ErrorCode]: keyof (typeof errorCodes)[C]['reasons'] }[ErrorCode];

/** HTTP status of an error outside GraphQL (health, unknown paths, refused requests). */
export const httpStatus: Record<ErrorCode, number> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  BAD_USER_INPUT: 400,
  CONFLICT: 409,
  EXPIRED: 410,
  LIMIT_REACHED: 413,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
  INTERNAL_SERVER_ERROR: 500,
};

/** Close codes of the socket (RFC 6455 section 7.4; 4000–4999 are private use). */
export const closeCodes = {
  RESTART: 1012,
  SLOW_CONSUMER: 4008,
  SESSION_REVOKED: 4401,
  TOKEN_EXPIRED: 4403,
  TOO_MANY_REQUESTS: 4029,
} as const;

/** What a client should make of a close code. */
export const closeCodeMeanings: Record<keyof typeof closeCodes, string> = {
  RESTART: 'The process is stopping. Connect again, with a short random delay.',
  SLOW_CONSUMER: 'The client did not take what it follows for too long. Connect again and resume by cursor.',
  SESSION_REVOKED: 'The session was ended. Do not connect again: log in.',
  TOKEN_EXPIRED: 'The access token is past its time. Refresh the session and connect again.',
  TOO_MANY_REQUESTS: 'More messages than a socket may send. Connect again later and send less.',
};
