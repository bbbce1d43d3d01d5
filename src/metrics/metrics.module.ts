import { Global, Module } from '@nestjs/common';
import { OperationCounts } from './operation-counts.js';

@Global()
@Module({ providers: [OperationCounts], exports: [OperationCounts] })
export class MetricsModule {}
