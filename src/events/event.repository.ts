import { Injectable } from '@nestjs/common';
import { Persistence, TenantRepository } from '../persistence/index.js';
import { eventCollection, type DomainEvent } from './event.schema.js';

@Injectable()
export class EventRepository extends TenantRepository<DomainEvent> {
  constructor(persistence: Persistence) {
    super(persistence, eventCollection);
  }
}
