/** A role in a server or, MODERATOR aside, in a group. In direct and notes channels everybody is a MEMBER. */
export type Role = 'OWNER' | 'ADMIN' | 'MODERATOR' | 'MEMBER';

/** From the lowest to the highest. */
const ranks: readonly Role[] = ['MEMBER', 'MODERATOR', 'ADMIN', 'OWNER'];

/** One ranks and removes only those below oneself. */
export const outranks = (role: Role, other: Role): boolean => ranks.indexOf(role) > ranks.indexOf(other);

/** A role is given by those above it; the highest one is handed over by whoever has it. */
export const mayGrant = (role: Role, granted: Role): boolean => role === 'OWNER' || outranks(role, granted);

const nobody: readonly Role[] = [];
const everybody: readonly Role[] = ['OWNER', 'ADMIN', 'MODERATOR', 'MEMBER'];
const moderators: readonly Role[] = ['OWNER', 'ADMIN', 'MODERATOR'];
const admins: readonly Role[] = ['OWNER', 'ADMIN'];
const owner: readonly Role[] = ['OWNER'];

interface RightInServer {
  /** Printed to `docs/rights.md`. */
  what: string;
  roles: readonly Role[];
}

/** What the members of a server may do to it, by their role. */
export const serverRights = {
  see: { what: 'See the server, its members and its open channels.', roles: everybody },
  leave: { what: 'Leave it; the OWNER hands over first.', roles: everybody },
  manageServer: { what: 'Change its `sealedMeta`.', roles: admins },
  deleteServer: { what: 'Delete it.', roles: owner },
  manageInvites: { what: 'See, make and revoke invites.', roles: admins },
  manageMembers: { what: 'Remove members who rank below.', roles: moderators },
  setRoles: {
    what: 'Give those who rank below a role below one’s own. The OWNER may also hand over, and becomes an ADMIN.',
    roles: admins,
  },
  manageChannels: { what: 'Make channels, and see the private ones.', roles: admins },
} satisfies Record<string, RightInServer>;

export type ServerRight = keyof typeof serverRights;

interface RightInChannel {
  /** Printed to `docs/rights.md`. */
  what: string;
  /** `membership`: only members of the channel. `sight`: also members of its server who see it without being in it. */
  needs: 'membership' | 'sight';
  /** Who, by the role in the channel's server. */
  SERVER: readonly Role[];
  /** Who, by the role in the group. */
  GROUP: readonly Role[];
  DIRECT: readonly Role[];
  NOTES: readonly Role[];
}

/** What may be done in a channel: in a server's by the role in the server, in a group by the role in the group. */
export const channelRights = {
  see: {
    what: 'See that it exists, its `sealedMeta`, epochs and head. A private channel of a server is seen by its members and by who may `manageChannels`.',
    needs: 'sight',
    SERVER: everybody,
    GROUP: everybody,
    DIRECT: everybody,
    NOTES: everybody,
  },
  read: {
    what: 'Read and follow its log, see its members, download its attachments, see who types.',
    needs: 'membership',
    SERVER: everybody,
    GROUP: everybody,
    DIRECT: everybody,
    NOTES: everybody,
  },
  post: {
    what: 'Post, edit and retract what is one’s own, react, upload, type.',
    needs: 'membership',
    SERVER: everybody,
    GROUP: everybody,
    DIRECT: everybody,
    NOTES: everybody,
  },
  moderate: {
    what: 'Retract messages of others.',
    needs: 'membership',
    SERVER: moderators,
    GROUP: nobody,
    DIRECT: nobody,
    NOTES: nobody,
  },
  join: {
    what: 'Become a member oneself.',
    needs: 'sight',
    SERVER: everybody,
    GROUP: nobody,
    DIRECT: nobody,
    NOTES: nobody,
  },
  leave: {
    what: 'Leave it. An OWNER of a group hands it over to its longest-standing ADMIN, else member.',
    needs: 'membership',
    SERVER: everybody,
    GROUP: everybody,
    DIRECT: nobody,
    NOTES: nobody,
  },
  manageMembers: {
    what: 'Add members (in a server’s channel: members of the server), remove those who rank below.',
    needs: 'sight',
    SERVER: moderators,
    GROUP: admins,
    DIRECT: nobody,
    NOTES: nobody,
  },
  setRoles: {
    what: 'Set roles in a group, hand it over. Roles in a server’s channel are those of the server.',
    needs: 'membership',
    SERVER: nobody,
    GROUP: owner,
    DIRECT: nobody,
    NOTES: nobody,
  },
  update: {
    what: 'Change its `sealedMeta` and `defaultTtlSeconds`.',
    needs: 'sight',
    SERVER: admins,
    GROUP: admins,
    DIRECT: everybody,
    NOTES: everybody,
  },
  delete: { what: 'Delete it.', needs: 'sight', SERVER: admins, GROUP: owner, DIRECT: nobody, NOTES: nobody },
} as const satisfies Record<string, RightInChannel>;

export type ChannelRight = keyof typeof channelRights;
