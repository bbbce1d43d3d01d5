import { Global, Module } from '@nestjs/common';
import { Caps } from './caps.js';
import { ClientAddresses } from './client-addresses.js';
import { Limits } from './limits.service.js';

@Global()
@Module({ providers: [Limits, Caps, ClientAddresses], exports: [Limits, Caps, ClientAddresses] })
export class LimitsModule {}
