import { createHash, timingSafeEqual } from 'node:crypto';
import { Controller, Get, Headers, Inject, NotFoundException, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Public } from '../auth/public.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { LetheError } from '../errors/lethe-error.js';
import { Metrics } from './metrics.service.js';

/** For Prometheus: of this process alone, so each is scraped by itself and not through the load balancer. */
@Public()
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly metrics: Metrics,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Get()
  async read(@Res() reply: FastifyReply, @Headers('authorization') authorization?: string): Promise<void> {
    this.admit(authorization);
    const { contentType, body } = await this.metrics.text();
    void reply.header('content-type', contentType).header('cache-control', 'no-store').send(body);
  }

  private admit(authorization = ''): void {
    const { LETHE_METRICS_TOKEN: token, NODE_ENV } = this.settings;
    if (token === undefined) {
      // Whoever asks in production without having been let in is told what any unknown path is told.
      if (NODE_ENV === 'production') throw new NotFoundException();
    } else if (!isSame(authorization, `Bearer ${token}`)) {
      throw new LetheError('UNAUTHENTICATED', 'Metrics need LETHE_METRICS_TOKEN as bearer token.', {
        reason: authorization === '' ? 'TOKEN_MISSING' : 'TOKEN_INVALID',
      });
    }
  }
}

const digest = (text: string) => createHash('sha256').update(text).digest();
const isSame = (given: string, expected: string) => timingSafeEqual(digest(given), digest(expected));
