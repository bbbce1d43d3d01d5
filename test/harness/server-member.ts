import { granted, type GraphqlAnswer } from './graphql-client.js';
import { register } from './people.js';
import { Person, sealed } from './person.js';

export interface ServerFacts {
  id: string;
  sealedMeta: string;
  myRole: string;
  memberCount: number;
}

export interface InviteFacts {
  id: string;
  code: string | null;
  maxUses: number | null;
  uses: number;
  expiresAt: string | null;
}

export interface MemberFacts {
  accountId: string;
  username: string;
  role: string;
}

export const SERVER = 'id sealedMeta myRole memberCount';
const INVITE = 'id code maxUses uses expiresAt';
const CHANNEL = 'id kind serverId isPrivate sealedMeta defaultTtlSeconds epoch minEpoch headSeq';

export interface ServerChannelFacts {
  id: string;
  kind: string;
  serverId: string | null;
  isPrivate: boolean;
  sealedMeta: string | null;
  defaultTtlSeconds: number | null;
  epoch: number;
  minEpoch: number;
  headSeq: number;
}

/** Somebody who lives in servers. */
export class ServerMember extends Person {
  override movesTo(at: { readonly url: string }): ServerMember {
    return new ServerMember(at, this.tokens);
  }

  triesToMakeServer(sealedMeta = sealed('server', 64)): Promise<GraphqlAnswer<{ createServer: ServerFacts }>> {
    return this.tries(`mutation ($input: CreateServerInput!) { createServer(input: $input) { ${SERVER} } }`, {
      input: { sealedMeta },
    });
  }

  async makesServer(): Promise<string> {
    return granted(await this.triesToMakeServer()).createServer.id;
  }

  triesToSeeServer(id: string): Promise<GraphqlAnswer<{ server: ServerFacts }>> {
    return this.tries(`query ($id: ID!) { server(id: $id) { ${SERVER} } }`, { id });
  }

  async seesServer(id: string): Promise<ServerFacts> {
    return granted(await this.triesToSeeServer(id)).server;
  }

  triesToInvite(
    serverId: string,
    input: { maxUses?: number; expiresInSeconds?: number } = {},
  ): Promise<GraphqlAnswer<{ createInvite: InviteFacts }>> {
    return this.tries(`mutation ($input: CreateInviteInput!) { createInvite(input: $input) { ${INVITE} } }`, {
      input: { serverId, ...input },
    });
  }

  async invites(serverId: string, input: { maxUses?: number; expiresInSeconds?: number } = {}): Promise<string> {
    return granted(await this.triesToInvite(serverId, input)).createInvite.code ?? '';
  }

  async invitesOf(serverId: string): Promise<InviteFacts[]> {
    const query = `query ($id: ID!) { server(id: $id) { invites { ${INVITE} } } }`;
    return (await this.asks<{ server: { invites: InviteFacts[] } }>(query, { id: serverId })).server.invites;
  }

  triesToRevoke(id: string): Promise<GraphqlAnswer<{ revokeInvite: boolean }>> {
    return this.tries('mutation ($id: ID!) { revokeInvite(id: $id) }', { id });
  }

  triesToJoin(code: string): Promise<GraphqlAnswer<{ joinServer: ServerFacts }>> {
    return this.tries(`mutation ($code: String!) { joinServer(inviteCode: $code) { ${SERVER} } }`, { code });
  }

  /** Others join by an invite, in this order. */
  async takesIn(serverId: string, ...others: ServerMember[]): Promise<void> {
    const code = await this.invites(serverId);
    for (const other of others) granted(await other.triesToJoin(code));
  }

  triesToLeave(serverId: string): Promise<GraphqlAnswer<{ leaveServer: boolean }>> {
    return this.tries('mutation ($id: ID!) { leaveServer(id: $id) }', { id: serverId });
  }

  triesToDeleteServer(id: string): Promise<GraphqlAnswer<{ deleteServer: boolean }>> {
    return this.tries('mutation ($id: ID!) { deleteServer(id: $id) }', { id });
  }

  triesToRank(serverId: string, other: Person, role: string): Promise<GraphqlAnswer<{ setServerRole: MemberFacts }>> {
    return this.tries(
      'mutation ($input: SetServerRoleInput!) { setServerRole(input: $input) { accountId username role } }',
      { input: { serverId, accountId: other.id, role } },
    );
  }

  async ranks(serverId: string, other: Person, role: string): Promise<void> {
    granted(await this.triesToRank(serverId, other, role));
  }

  triesToRemoveFrom(serverId: string, other: Person): Promise<GraphqlAnswer<{ removeServerMember: boolean }>> {
    return this.tries('mutation ($input: ServerMemberInput!) { removeServerMember(input: $input) }', {
      input: { serverId, accountId: other.id },
    });
  }

  /** `name ROLE` of each member of a server. */
  async membersOfServer(id: string): Promise<string[]> {
    const query = 'query ($id: ID!) { server(id: $id) { members { nodes { accountId username role } } } }';
    const { server } = await this.asks<{ server: { members: { nodes: MemberFacts[] } } }>(query, { id });
    return server.members.nodes.map(({ username, role }) => `${username} ${role}`);
  }

  triesToMakeChannel(
    serverId: string,
    input: Record<string, unknown> = {},
  ): Promise<GraphqlAnswer<{ createChannel: ServerChannelFacts }>> {
    return this.tries(`mutation ($input: CreateChannelInput!) { createChannel(input: $input) { ${CHANNEL} } }`, {
      input: { serverId, sealedMeta: sealed('channel', 64), ...input },
    });
  }

  async makesChannel(serverId: string, input: Record<string, unknown> = {}): Promise<string> {
    return granted(await this.triesToMakeChannel(serverId, input)).createChannel.id;
  }

  triesToJoinChannel(id: string): Promise<GraphqlAnswer<{ joinChannel: ServerChannelFacts }>> {
    return this.tries(`mutation ($id: ID!) { joinChannel(id: $id) { ${CHANNEL} } }`, { id });
  }

  async joinsChannels(...ids: string[]): Promise<void> {
    for (const id of ids) granted(await this.triesToJoinChannel(id));
  }

  triesToSeeChannel(id: string): Promise<GraphqlAnswer<{ channel: ServerChannelFacts }>> {
    return this.tries(`query ($id: ID!) { channel(id: $id) { ${CHANNEL} } }`, { id });
  }

  triesToUpdateChannel(
    channelId: string,
    input: Record<string, unknown>,
  ): Promise<GraphqlAnswer<{ updateChannel: ServerChannelFacts }>> {
    return this.tries(`mutation ($input: UpdateChannelInput!) { updateChannel(input: $input) { ${CHANNEL} } }`, {
      input: { channelId, ...input },
    });
  }

  triesToDeleteChannel(id: string): Promise<GraphqlAnswer<{ deleteChannel: boolean }>> {
    return this.tries('mutation ($id: ID!) { deleteChannel(id: $id) }', { id });
  }

  triesToLeaveChannel(id: string): Promise<GraphqlAnswer<{ leaveChannel: boolean }>> {
    return this.tries('mutation ($id: ID!) { leaveChannel(id: $id) }', { id });
  }

  async channelsOfServer(id: string): Promise<string[]> {
    const query = 'query ($id: ID!) { server(id: $id) { channels { id } } }';
    const { server } = await this.asks<{ server: { channels: { id: string }[] } }>(query, { id });
    return server.channels.map((channel) => channel.id);
  }

  triesToSeeMembers(id: string): Promise<GraphqlAnswer<{ channel: { members: { nodes: MemberFacts[] } } }>> {
    return this.tries('query ($id: ID!) { channel(id: $id) { members { nodes { accountId username role } } } }', {
      id,
    });
  }

  /** `name ROLE` of each member of a channel, in alphabetical order. */
  async membersOfChannel(id: string): Promise<string[]> {
    const { channel } = granted(await this.triesToSeeMembers(id));
    return channel.members.nodes.map(({ username, role }) => `${username} ${role}`).sort();
  }
}

type Inhabitants<Names extends string[]> = { [Index in keyof Names]: ServerMember };

/** New people, each with an account and a device. */
export async function inhabitants<Names extends string[]>(
  at: { readonly url: string },
  ...names: Names
): Promise<Inhabitants<Names>> {
  const people = names.map(async (name) => new ServerMember(at, await register(at, name)));
  return (await Promise.all(people)) as Inhabitants<Names>;
}
