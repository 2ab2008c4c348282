export { DueWork, workId, type WorkRequest } from './due-work.js';
export {
  STANDARD_LADDER,
  WorkHandlers,
  type OutsideHandler,
  type TransactionalHandler,
  type WorkContext,
} from './handlers.js';
export { QueuesModule } from './queues.module.js';
export { WorkRepository } from './work.repository.js';
export type { WorkRow, WorkState } from './work.schema.js';
export { Worker } from './worker.js';
