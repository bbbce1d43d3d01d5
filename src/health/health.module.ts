import { Module } from '@nestjs/common';
import { MaintenanceModule } from '../maintenance/maintenance.module.js';
import { MessagesModule } from '../messages/messages.module.js';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';
import { Metrics } from './metrics.service.js';
import { Readiness } from './readiness.js';

@Module({
  imports: [MaintenanceModule, MessagesModule],
  controllers: [HealthController, MetricsController],
  providers: [Readiness, Metrics],
  exports: [Readiness],
})
export class HealthModule {}
