import { channelRights, type Role, serverRights } from '../../src/servers/rights.js';

const serverRoles: readonly Role[] = ['OWNER', 'ADMIN', 'MODERATOR', 'MEMBER'];
const groupRoles: readonly Role[] = ['OWNER', 'ADMIN', 'MEMBER'];

const marks = (roles: readonly Role[], allowed: readonly Role[]) =>
  roles.map((role) => (allowed.includes(role) ? 'yes' : ''));
const row = (...cells: string[]) => `| ${cells.join(' | ')} |`;
const line = (cells: number) => row(...Array<string>(cells).fill('---'));

/** `docs/rights.md`. */
export function rightsPage(): string {
  const servers = Object.entries(serverRights).map(([name, { what, roles }]) =>
    row(`\`${name}\``, what, ...marks(serverRoles, roles)),
  );
  const channels = Object.entries(channelRights);
  return `# Who may do what

Whoever is not in a server or channel, or does not see it, is answered NOT_FOUND. Whoever sees it and has not the right is answered FORBIDDEN.

## In a server

${row('right', 'what', ...serverRoles)}
${line(6)}
${servers.join('\n')}

## In a channel of a server, by the role in the server

Where _in it_ is _yes_, one must have joined the channel; FORBIDDEN, NOT_JOINED otherwise. A private channel is seen by its members and by who may
\`manageChannels\`; for others it does not exist.

${row('right', 'what', 'in it', ...serverRoles)}
${line(7)}
${channels.map(([name, right]) => row(`\`${name}\``, right.what, right.needs === 'membership' ? 'yes' : '', ...marks(serverRoles, right.SERVER))).join('\n')}

## In a group, a direct channel and notes

Only members see it. In direct channels and notes everybody is a MEMBER.

${row('right', 'group: OWNER', 'ADMIN', 'MEMBER', 'direct', 'notes')}
${line(6)}
${channels.map(([name, { GROUP, DIRECT, NOTES }]) => row(`\`${name}\``, ...marks(groupRoles, GROUP), ...marks(['MEMBER'], DIRECT), ...marks(['MEMBER'], NOTES))).join('\n')}

Printed from \`src/servers/rights.ts\` by \`npm run generate\`.
`;
}
