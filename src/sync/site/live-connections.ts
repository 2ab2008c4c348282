import { Injectable } from '@nestjs/common';
import { notFound, Problem, type TenantScope } from '../../kernel/index.js';
import { Connections, PluginRegistry, type Connection } from '../../plugin-host/index.js';
import { workKeyOf } from '../state/rhythm.js';
import { capabilitiesOf, Sites, type Site } from './site.js';

/** What a row of due work says of its connection. */
export interface WorkPayload extends Record<string, string | number> {
  connectionId: string;
  revision: number;
}

export function payloadOf({ _id, revision }: Connection): WorkPayload {
  return { connectionId: _id, revision };
}

/** The site that due work is about. */
@Injectable()
export class LiveConnections {
  constructor(
    private readonly connections: Connections,
    private readonly registry: PluginRegistry,
    private readonly sites: Sites,
  ) {}

  /** A connection with a practice system; any other, and one whose plugin is gone, is `not_found`. */
  async known(scope: TenantScope, connectionId: string): Promise<Connection> {
    const connection = await this.connections.get(scope, connectionId);
    if (!capabilitiesOf(this.registry, connection)) throw notFound('practice system connection');
    return connection;
  }

  /** `gone`: removed, switched off, or changed, so that newer work stands for it; `not_now`: it cannot be used as it is. */
  async siteOf(scope: TenantScope, payload: Record<string, unknown>): Promise<Site | 'gone' | 'not_now'> {
    const { connectionId, revision } = payload as unknown as WorkPayload;
    try {
      const connection = await this.connections.get(scope, connectionId);
      if (!connection.active || workKeyOf(connection) !== workKeyOf({ _id: connectionId, revision })) return 'gone';
      return await this.sites.of(scope, connection);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.code === 'not_found') return 'gone';
      if (error.code === 'unprocessable') return 'not_now';
      throw error;
    }
  }
}
