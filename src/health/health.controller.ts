import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Public } from '../auth/public.js';
import { Readiness, type ReadinessReport } from './readiness.js';

/** For load balancers and supervisors. Neither counted against limits nor behind a token. */
@Public()
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /** The process answers: no reason to restart it. */
  @Get('live')
  live() {
    return { status: 'live' };
  }

  /** Whether to send clients here: 200 or 503. */
  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadinessReport> {
    const report = await this.readiness.report();
    const servesClients = report.status === 'ready' || report.status === 'degraded';
    void reply.code(servesClients ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE);
    return report;
  }
}
