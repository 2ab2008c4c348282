import { Id } from '../../http/index.js';

export class SyncConnectionParams {
  @Id('connection')
  connectionId!: string;
}
