import { Inject, Injectable } from '@nestjs/common';
import { isPluginError, type InboundEvent, type InboundRequest } from '@openchair/plugin-kit';
import { CLOCK, digest, mintTenantScope, notFound, Problem, type Clock, type TenantScope } from '../../kernel/index.js';
import { isDuplicateKey, UnitOfWork } from '../../persistence/index.js';
import { Plugins } from '../adapters/plugins.service.js';
import { ConnectionReader } from '../connections/connection-reader.js';
import type { Connection } from '../connections/connection.schema.js';
import { InboundHandlers, type InboundTopic } from './inbound-handlers.js';
import { InboundReceipts } from './receipt.repository.js';

/** Longer than any vendor repeats a webhook. */
const KEPT_MS = 14 * 86_400_000;

/** Vendors' webhooks: verified by the plugin over the raw bytes, then handed to whom their topic belongs, once. */
@Injectable()
export class Hooks {
  constructor(
    private readonly connections: ConnectionReader,
    private readonly plugins: Plugins,
    private readonly handlers: InboundHandlers,
    private readonly receipts: InboundReceipts,
    private readonly unitOfWork: UnitOfWork,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Throws `not_found` when there is no such connection, it is inactive or its plugin takes no webhooks; `unauthenticated` when
   * the bytes are not the vendor's; `invalid_request` when they cannot be read.
   */
  async receive(connectionId: string, headers: InboundRequest['headers'], body: Uint8Array): Promise<void> {
    const connection = await this.connections.ofWebhook(connectionId);
    if (!connection) throw notFound('connection');
    const scope = mintTenantScope(connection.tenantId, { kind: 'system', id: connectionId });
    const request = { headers, body, receivedAt: this.clock.now() };
    const events = await this.plugins.verifyInbound(scope, connection, request).catch(refuse);
    if (!events) throw notFound('connection');
    for (const event of events) await this.handle(scope, connection, event as InboundEvent<InboundTopic>);
  }

  private async handle(scope: TenantScope, connection: Connection, event: InboundEvent<InboundTopic>): Promise<void> {
    const handler = this.handlers.of(event.topic);
    if (!handler) return;
    const receiptId = digest(`${connection._id}|${event.id}`);
    const receipts = this.receipts.forTenant(scope);
    if (await receipts.findById(receiptId)) return;
    try {
      await this.unitOfWork.run(async (tx) => {
        const expireAt = new Date(this.clock.now() + KEPT_MS);
        await this.receipts.forTenant(scope, tx).insert({ _id: receiptId, expireAt });
        await handler({ event, connection, scope }, tx);
      });
    } catch (error) {
      // The same event came twice at once: the other one's receipt says that it was handled.
      if (!isDuplicateKey(error) || !(await receipts.findById(receiptId))) throw error;
    }
  }
}

function refuse(error: unknown): never {
  if (!isPluginError(error) || error.kind !== 'rejected') {
    throw new Problem('unavailable', 'The webhook could not be verified now. Send it again.', {
      retryAfter: 30,
      cause: error,
    });
  }
  if (error.reason === 'bad_payload') throw new Problem('invalid_request', 'The webhook cannot be read.');
  throw new Problem('unauthenticated', 'The signature of the webhook is not right: check the signing secret.');
}
