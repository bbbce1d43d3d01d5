import { accountRows } from './accounts.js';
import { attachmentRows } from './attachments.js';
import { channelRows } from './channels.js';
import { keyRows } from './keys.js';
import { mailboxRows } from './mailbox.js';
import { maintenanceRows } from './maintenance.js';
import { messageRows } from './messages.js';
import { presenceRows } from './presence.js';
import type { Rows } from './row.js';
import { serverChannelRows } from './server-channels.js';
import { serverRows } from './servers.js';

/**
 * Who may do what: every operation of the schema has a row, and `test/e2e/who-may-do-what.spec.ts` asks as every subject.
 *
 * A new operation needs one line in the file of its module (a new module: a file beside these, named below):
 *
 *   'Mutation.pinMessage': row(async ({ message }) => ({ id: await message }), from('moderator')),
 *
 * that is: its name, good variables made of what there is in the `World`, and what each subject is answered. The usual
 * answers stand in `answers.ts`: `everyone` (who is logged in), `insiders` (who is in the channel or server),
 * `from('admin')` (that rank and those above), `only('owner')` (to others it does not exist), `everybody('FORBIDDEN/…')`;
 * one that differs is put after them: `{ ...from('admin'), owner: 'CONFLICT/…' }`.
 *
 * - Another case of the same operation: the same name, a comma and what is special: `'Mutation.leaveChannel, between two'`.
 * - Something new to ask for (a server, a file): a getter of `World`, in `hiddenOnce` if only some may be told of it.
 * - A subscription that tells nothing at first: `provoke` makes something happen; fields with rights of their own: `select`;
 *   an operation that takes ids and never says NOT_FOUND: `silent`.
 * - Whoever is allowed to change something does so in a world of their own, so a row need not clean up, nor spare anything.
 */
export const table = together(
  accountRows,
  keyRows,
  serverRows,
  channelRows,
  serverChannelRows,
  messageRows,
  attachmentRows,
  mailboxRows,
  presenceRows,
  maintenanceRows,
);

/** `Mutation.leaveChannel` of `Mutation.leaveChannel, between two`. */
export const operationOf = (name: string): string => name.split(',')[0] ?? name;

/** Spread into one object, of two rows of one name the first would go unasked. */
function together(...files: Rows[]): Rows {
  const rows = files.flatMap((file) => Object.entries(file));
  const twice = rows.find(([name], index) => rows.findIndex(([other]) => other === name) !== index);
  if (twice) throw new Error(`There are two rows of the name “${twice[0]}”.`);
  return Object.fromEntries(rows);
}
