import { Inject, Injectable } from '@nestjs/common';
import { DataSource, QueryFailedError } from 'typeorm';
import { AccountRow } from '../auth/account.entity.js';
import { AccountRole } from '../auth/account-role.js';
import { username as usernameRule } from '../auth/credentials.js';
import type { IssuedTokens } from '../auth/issued-tokens.js';
import { Passwords } from '../auth/passwords.js';
import { SecurityEventKind } from '../auth/security-event.type.js';
import { SecurityEvents } from '../auth/security-events.service.js';
import { Sessions } from '../auth/sessions.service.js';
import type { Viewer } from '../auth/viewer.js';
import { Clock } from '../config/clock.js';
import { SECRETS, type Secrets } from '../config/secrets.js';
import { badInput, LetheError, notFound } from '../errors/lethe-error.js';
import { newId } from '../graphql/new-id.js';
import { Devices } from '../keys/devices.service.js';
import { Limits } from '../limits/limits.service.js';
import { hashOfEmail } from './email-address.js';
import type { RegisterInput } from './register.input.js';
import type { UpdateAccountInput } from './update-account.input.js';

@Injectable()
export class Accounts {
  constructor(
    private readonly dataSource: DataSource,
    private readonly devices: Devices,
    private readonly passwords: Passwords,
    private readonly sessions: Sessions,
    private readonly events: SecurityEvents,
    private readonly limits: Limits,
    private readonly clock: Clock,
    @Inject(SECRETS) private readonly secrets: Secrets,
  ) {}

  async register({ device, ...input }: RegisterInput, address: string): Promise<IssuedTokens> {
    await this.limits.take('credentials', address);
    // What is cheap comes first: nobody gets a password hashed with a bad key or a taken name.
    await this.devices.check(device, 'input.device');
    if (await this.dataSource.manager.existsBy(AccountRow, { username: input.username })) throw nameTaken();
    const account = await this.newAccount(input);
    return this.dataSource.transaction(async (manager) => {
      await manager.insert(AccountRow, account).catch(unlessNameTaken);
      const { id } = await this.devices.add(manager, account.id, device);
      const tokens = await this.sessions.open(manager, account, id);
      await this.events.write(manager, SecurityEventKind.REGISTERED, { accountId: account.id, ...tokens });
      return tokens;
    });
  }

  /** The viewer's own account. */
  async own(viewer: Viewer): Promise<AccountRow> {
    const account = await this.dataSource.manager.findOneBy(AccountRow, { id: viewer.accountId });
    if (!account) throw notFound();
    return account;
  }

  async update(viewer: Viewer, { readReceipts }: UpdateAccountInput): Promise<AccountRow> {
    if (typeof readReceipts === 'boolean')
      await this.dataSource.manager.update(AccountRow, { id: viewer.accountId }, { readReceipts });
    return this.own(viewer);
  }

  /** By exactly one of the two; null when there is nobody. */
  find(id: string | null | undefined, username: string | null | undefined): Promise<AccountRow | null> {
    const { manager } = this.dataSource;
    if (typeof id === 'string' && typeof username !== 'string') return manager.findOneBy(AccountRow, { id });
    if (typeof id === 'string' || typeof username !== 'string') {
      throw badInput('username', 'Needs exactly one of "id" and "username".');
    }
    const name = usernameRule.safeParse(username);
    if (!name.success) throw badInput('username', name.error.issues.map(({ message }) => message).join(' '));
    return manager.findOneBy(AccountRow, { username: name.data });
  }

  private async newAccount({ username, password, email }: Omit<RegisterInput, 'device'>): Promise<AccountRow> {
    const passwordHash = await this.passwords.hash(password);
    const now = this.clock.now();
    return this.dataSource.manager.create(AccountRow, {
      id: newId(now),
      username,
      passwordHash,
      ...(email ? hashOfEmail(email, this.secrets.emailPeppers[0]) : { emailHash: null, emailPepperVersion: null }),
      role: AccountRole.USER,
      totpConfirmed: false,
      readReceipts: true,
      createdAt: now,
    });
  }
}

const nameTaken = () => new LetheError('CONFLICT', 'The username belongs to somebody.', { reason: 'NAME_TAKEN' });

// Of two who register a name at once, both found it free before.
function unlessNameTaken(error: unknown): never {
  const { constraint } = error instanceof QueryFailedError ? (error.driverError as { constraint?: string }) : {};
  throw constraint === 'accounts_username_key' ? nameTaken() : error;
}
