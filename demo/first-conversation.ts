import { randomBytes, randomUUID } from 'node:crypto';
import { CLAIM, connectTo, FEED, OPEN_DIRECT, POST, REGISTER } from './relay-client.js';
import { SignalDevice } from './signal-device.js';

/** Two people meet on a relay, and one writes to the other. Gives what arrived. */
export async function firstConversation(relay: string): Promise<string> {
  const alice = await arrives(relay, 'alice');
  const bob = await arrives(relay, 'bob');

  // Bob listens: to every channel he is in, now and later.
  const heard = new Promise<string>((resolve, reject) => {
    bob.client.subscribe({ query: FEED, variables: { after: [] }, fetchPolicy: 'no-cache' }).subscribe({
      next: ({ data, error }) => {
        if (!data) return reject(new Error('Bob cannot listen.', { cause: error }));
        for (const { sealedBody } of data.feed.entries)
          if (sealedBody) bob.device.opens(sealedBody).then(({ text }) => resolve(text), reject);
      },
    });
  });

  // Alice claims the keys of Bob's devices, which nobody else is given, and begins a session with each.
  const { data: claimed } = await alice.client.mutate({ mutation: CLAIM, variables: { userId: bob.accountId } });
  for (const bundle of claimed?.claimKeyBundles ?? []) await alice.device.meets(bundle);

  const { data: opened } = await alice.client.mutate({ mutation: OPEN_DIRECT, variables: { userId: bob.accountId } });
  if (!opened) throw new Error('No channel.');
  const input = {
    channelId: opened.openDirect.id,
    // Should the answer get lost: post again with the same id, and there is still one message.
    clientMessageId: randomUUID(),
    epoch: opened.openDirect.epoch,
    sealedBody: await alice.device.seals('Hello, Bob!', bob.device.id),
  };
  await alice.client.mutate({ mutation: POST, variables: { input } });

  return heard.finally(() => Promise.all([alice.socket.dispose(), bob.socket.dispose()]));
}

async function arrives(relay: string, name: string) {
  const device = new SignalDevice();
  const input = {
    username: `${name}-${randomBytes(4).toString('hex')}`,
    password: randomBytes(16).toString('base64'),
    device: await device.publishes(),
  };
  const { data } = await connectTo(relay).client.mutate({ mutation: REGISTER, variables: { input } });
  if (!data) throw new Error('Not registered.');
  const { accessToken, account } = data.register;
  device.id = data.register.device.id;
  return { device, accountId: account.id, ...connectTo(relay, accessToken) };
}
