import { Injectable } from '@nestjs/common';
import { Persistence, TenantRepository } from '../../persistence/index.js';
import { connectionCollection, type Connection } from './connection.schema.js';

@Injectable()
export class ConnectionRepository extends TenantRepository<Connection> {
  constructor(persistence: Persistence) {
    super(persistence, connectionCollection);
  }
}
