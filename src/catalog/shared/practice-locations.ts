import type { TenantScope } from '../../kernel/index.js';
import type { Tx } from '../../persistence/index.js';

/** Which locations the practice has; answered by the room that owns them. */
export abstract class PracticeLocations {
  /** Their ids, as this transaction sees them. */
  abstract known(scope: TenantScope, tx: Tx): Promise<ReadonlySet<string>>;
}
