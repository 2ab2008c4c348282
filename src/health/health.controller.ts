import { Controller, Get, Header, HttpCode, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { register } from 'prom-client';
import { Public } from '../http/index.js';
import { LivenessView, ReadinessView } from './health.dto.js';
import { Readiness } from './readiness.js';

/** Probes for the platform that runs the process. Public: they tell states and versions, nothing of anybody. */
@ApiTags('health')
@Public()
@Controller()
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('health/live')
  @HttpCode(200)
  @ApiOperation({ summary: 'The process runs' })
  @ApiOkResponse({ type: LivenessView })
  live(): LivenessView {
    return { status: 'ok' };
  }

  @Get('health/ready')
  @ApiOperation({ summary: 'The process can serve: database, Redis and time-zone data answer' })
  @ApiOkResponse({ type: ReadinessView })
  async ready(@Res({ passthrough: true }) response: Response): Promise<ReadinessView> {
    const report = await this.readiness.report();
    response.status(report.status === 'ok' ? 200 : 503);
    return report;
  }

  @Get('metrics')
  @Header('Content-Type', register.contentType)
  @ApiProduces('text/plain')
  @ApiOperation({ summary: 'Metrics in the format of Prometheus' })
  @ApiOkResponse({ schema: { type: 'string' } })
  metrics(): Promise<string> {
    return register.metrics();
  }
}
