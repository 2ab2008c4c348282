import { Injectable } from '@nestjs/common';
import { defineCollection, Persistence, TenantRepository, type TenantDocument } from '../../persistence/index.js';

/** An event of a vendor that was handled. */
interface InboundReceipt extends TenantDocument {
  /** Digest over connection and the vendor's event id. */
  _id: string;
  expireAt: Date;
}

const receiptCollection = defineCollection<InboundReceipt>({
  name: 'inbound_receipts',
  owner: 'tenantId',
  fields: { expireAt: { type: Date, required: true } },
  indexes: [{ key: { expireAt: 1 }, expireAfterSeconds: 0, acrossTenants: true }],
});

@Injectable()
export class InboundReceipts extends TenantRepository<InboundReceipt> {
  constructor(persistence: Persistence) {
    super(persistence, receiptCollection);
  }
}
