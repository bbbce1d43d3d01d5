import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ChoreRunRow } from './chore-run.entity.js';
import { ChoreRunner } from './chore-runner.service.js';
import { ChoreSchedule } from './chore-schedule.js';
import { Chores } from './chores.service.js';
import { MaintenanceResolver } from './maintenance.resolver.js';
import { RelayProcessRow } from './relay-process.entity.js';
import { RelayProcesses } from './relay-processes.js';
import { RelayFigures } from './relay-stats.service.js';

@Module({
  imports: [ScheduleModule.forRoot(), TypeOrmModule.forFeature([ChoreRunRow, RelayProcessRow])],
  providers: [ChoreRunner, ChoreSchedule, Chores, MaintenanceResolver, RelayFigures, RelayProcesses],
})
export class MaintenanceModule {}
