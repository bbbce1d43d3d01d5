import { newDevice, randomBytes } from './new-device.js';

interface Tab {
  query: string;
  variables?: string;
}

const REGISTER = `# Run this (Ctrl-Enter), and you have an account to try
# things out with. Its keys were made in this page; the
# private ones are thrown away.
#
# The other tabs then use its access token. All that can
# be asked is explained on the left (top icon).
mutation Register($input: RegisterInput!) {
  register(input: $input) {
    accessToken
    accessTokenExpiresAt
    account {
      id
      username
    }
    device {
      id
    }
  }
}
`;

const LOG_IN = `# With an account that you have. The access token of the
# answer is sent with what you run next. It is forgotten
# with the page, and so is all that you type here.
#
# A token from elsewhere goes into Headers, below:
#   { "authorization": "Bearer …" }
mutation LogIn($input: LoginInput!) {
  login(input: $input) {
    accessToken
    accessTokenExpiresAt
    account {
      id
      username
    }
    device {
      id
    }
  }
}
`;

const ME = `query Me {
  me {
    id
    username
    devices {
      id
      profile
      active
    }
  }
  channels {
    nodes {
      id
      kind
      epoch
      headSeq
    }
  }
}
`;

const OPEN_NOTES = `# A channel of your own, between your devices. Its id
# goes into the variables of Post.
mutation OpenNotes {
  openNotes {
    id
    epoch
    headSeq
  }
}
`;

const POST = `# Twice, this still makes one message: the second answer
# says duplicate, because of the clientMessageId.
#
# The body is random here. A client seals what it has to
# say, padded to 256 bytes, 512, 1 KiB … 64 KiB.
mutation Post($input: PostMessageInput!) {
  postMessage(input: $input) {
    id
    seq
    createdAt
    duplicate
  }
}
`;

const FOLLOW = `# Every channel of yours, over a socket: what there is,
# then live. With the cursor of the last page in "after"
# it goes on from there: nothing is missed, or told twice.
subscription Follow($after: [ChannelCursorInput!]) {
  feed(after: $after) {
    channelId
    cursor
    caughtUp
    gaps {
      fromSeq
      toSeq
      reason
    }
    entries {
      __typename
      id
      seq
      createdAt
      ... on Message {
        sealedBody
      }
    }
  }
}
`;

/** What a new page shows: a way from nothing to a message that arrives, with all that has to be filled in. */
export async function firstTabs(): Promise<Tab[]> {
  return [
    { query: REGISTER, variables: json({ input: await newAccount() }) },
    { query: LOG_IN, variables: json({ input: { username: '', password: '' } }) },
    { query: ME },
    { query: OPEN_NOTES },
    { query: POST, variables: json({ input: newMessage() }) },
    { query: FOLLOW, variables: json({ after: [] }) },
  ];
}

/** Browsers make keys on pages of localhost and of HTTPS only, and older ones not of these kinds. */
async function newAccount() {
  const device = await newDevice().catch(() => ({ profile: 'ED25519', 'this browser': 'cannot make keys here' }));
  return { username: `guest-${crypto.getRandomValues(new Uint32Array(1))[0]}`, password: randomBytes(16), device };
}

const newMessage = () => ({
  channelId: 'the id that OpenNotes gave',
  clientMessageId: uuid(),
  epoch: 1,
  sealedBody: randomBytes(256),
});

/** `crypto.randomUUID` is there on pages of localhost and of HTTPS only. */
function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

const json = (value: unknown) => JSON.stringify(value, null, 2);
