import { Injectable } from '@nestjs/common';
import { Problem, type TenantScope } from '../../kernel/index.js';
import type { Tx } from '../../persistence/index.js';
import { PluginRegistry, type Connection } from '../../plugin-host/index.js';
import { capabilitiesOf } from '../site/site.js';
import { ListRegister } from './list-register.js';
import type { ListState } from './list-state.schema.js';
import { LIST_WORDS, LISTS, listsOf, type List } from './lists.js';
import { ReasonWarnings, type ReasonWarning } from './reason-warnings.js';

export interface ListStanding {
  list: List;
  /** Whether the practice system lets it be read. */
  offered: boolean;
  /** Null: nobody has begun yet. */
  state: ListState | null;
}

/** How the lists beside the book stand, and what of the catalogue does not fit them. */
@Injectable()
export class ListStandings {
  constructor(
    private readonly registry: PluginRegistry,
    private readonly register: ListRegister,
    private readonly warnings: ReasonWarnings,
  ) {}

  /** `locationId`: the place of the practice system; null while it is not known. */
  async of(
    scope: TenantScope,
    connection: Connection,
    locationId: string | null,
  ): Promise<{ lists: ListStanding[]; warnings: ReasonWarning[] }> {
    const known = await this.register.known(scope, connection._id);
    const offered = this.offered(connection);
    return {
      lists: LISTS.map((list) => ({ list, offered: offered.includes(list), state: known.get(list) ?? null })),
      warnings: await this.warnings.of(scope, connection._id, locationId, known),
    };
  }

  /** Reads one list, or all that there are, as soon as a worker is free, also after a failure. */
  async hasten(scope: TenantScope, tx: Tx, connection: Connection, list?: List): Promise<void> {
    const offered = this.offered(connection);
    if (list && !offered.includes(list)) {
      throw new Problem('unprocessable', `This practice system does not let its ${LIST_WORDS[list]} be read.`);
    }
    await this.register.ask(scope, tx, connection, list ? [list] : offered, 'person');
  }

  private offered(connection: Connection): List[] {
    const capabilities = capabilitiesOf(this.registry, connection);
    return capabilities ? listsOf(capabilities) : [];
  }
}
