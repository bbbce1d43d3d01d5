import { Module } from '@nestjs/common';
import { AccountDeletion } from './account-deletion.service.js';
import { AccountsResolver } from './accounts.resolver.js';
import { Accounts } from './accounts.service.js';

@Module({ providers: [AccountDeletion, Accounts, AccountsResolver] })
export class AccountsModule {}
