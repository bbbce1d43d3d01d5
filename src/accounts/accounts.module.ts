import { Module } from '@nestjs/common';
import { AccountsResolver } from './accounts.resolver.js';
import { Accounts } from './accounts.service.js';

@Module({ providers: [Accounts, AccountsResolver] })
export class AccountsModule {}
