import { Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { AnyQuery, Public } from '../../http/index.js';
import { ConnectionParams } from '../connections/connections.dto.js';
import { Hooks } from './hooks.service.js';

export class HookReceivedView {
  @ApiProperty({ type: 'boolean', enum: [true] })
  received!: true;
}

@ApiTags('hooks')
@Controller('v1/hooks')
export class HooksController {
  constructor(private readonly hooks: Hooks) {}

  /**
   * Public: vendors have no credential of ours, they sign the bytes, and the plugin checks that. Some add parameters of
   * their own to the address.
   */
  @Post(':connectionId')
  @HttpCode(200)
  @Public()
  @AnyQuery()
  @ApiOperation({
    operationId: 'receiveHook',
    summary: "A vendor's webhook",
    description: 'Any media type. 401 when the signature is not right; repeated events act once.',
  })
  @ApiBody({ required: false, schema: { type: 'string', format: 'binary' } })
  @ApiOkResponse({ type: HookReceivedView })
  async receive(@Param() { connectionId }: ConnectionParams, @Req() request: Request): Promise<HookReceivedView> {
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
    );
    await this.hooks.receive(connectionId, headers, request.rawBody ?? new Uint8Array());
    return { received: true };
  }
}
