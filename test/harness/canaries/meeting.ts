import { granted, refusal } from '../graphql-client.js';
import type { Step } from './step.js';

/** Servers, invites, and what the relay does by itself. */
export const meeting: Step[] = [
  {
    name: 'one makes a server and a channel in it, and the other comes by an invite',
    async play(scene, { alice, bob, ids }) {
      const asks = <Data>(query: string, input: Record<string, unknown>) =>
        scene.asks<Data>(query, { input }, alice.tokens.accessToken).then(granted);
      const { createServer } = await asks<{ createServer: { id: string } }>(
        'mutation ($input: CreateServerInput!) { createServer(input: $input) { id } }',
        { sealedMeta: scene.sealed('meta of the server') },
      );
      const serverId = createServer.id;
      const { createChannel } = await asks<{ createChannel: { id: string } }>(
        'mutation ($input: CreateChannelInput!) { createChannel(input: $input) { id } }',
        { serverId, sealedMeta: scene.sealed('meta of a channel') },
      );
      ids.push(serverId, createChannel.id);
      await asks('mutation ($input: UpdateServerInput!) { updateServer(input: $input) { id } }', {
        serverId,
        sealedMeta: scene.sealed('new meta of the server'),
      });
      const { createInvite } = await asks<{ createInvite: { code: string } }>(
        'mutation ($input: CreateInviteInput!) { createInvite(input: $input) { id code } }',
        { serverId, maxUses: 1 },
      );
      const join = 'mutation ($code: String!) { joinServer(inviteCode: $code) { id } }';
      const joined = await scene.asks(join, { code: createInvite.code }, bob.tokens.accessToken);
      return joined.errors ?? 'OK';
    },
    answers: 'OK',
  },
  {
    name: 'an invite that is none, and a code that is none',
    async play(scene, { bob }) {
      const join = 'mutation ($code: String!) { joinServer(inviteCode: $code) { id } }';
      const invite = scene.canaries.word('no invite').slice(-22);
      scene.canaries.add('no invite, as it was sent', invite);
      const code = scene.canaries.word('no code of an invite');
      return [
        refusal(await scene.asks(join, { code: invite }, bob.tokens.accessToken)),
        refusal(await scene.asks(join, { code }, bob.tokens.accessToken)),
      ];
    },
    answers: ['NOT_FOUND', 'BAD_USER_INPUT/INVALID_VALUE'],
  },
  {
    name: 'an administrator looks at the relay and has its chores done',
    async play(scene, { alice }) {
      const { accessToken } = alice.tokens;
      // Without a value: PostgreSQL would write it down as part of the statement.
      await scene.inDatabase(`UPDATE accounts SET role = 'ADMIN'`);
      const { chores } = granted(
        await scene.asks<{ chores: { name: string }[] }>(
          '{ chores { name } relayStats { accounts } }',
          {},
          accessToken,
        ),
      );
      const run = 'mutation ($input: RunChoreInput!) { runChore(input: $input) { outcome } }';
      for (const { name } of chores) granted(await scene.asks(run, { input: { name } }, accessToken));
      const name = scene.canaries.word('no chore');
      const answer = refusal(await scene.asks(run, { input: { name } }, accessToken));
      await scene.inDatabase(`UPDATE accounts SET role = 'USER'`);
      return answer;
    },
    answers: 'BAD_USER_INPUT/INVALID_VALUE',
  },
];
