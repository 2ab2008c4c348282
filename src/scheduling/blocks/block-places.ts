import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Consumers } from '../../events/index.js';
import { DueWork, STANDARD_LADDER, WorkHandlers } from '../../queues/index.js';
import { Blocks } from './blocks.service.js';

/** Kind of due work that places blocks again. */
const PLACE_BLOCKS = 'blocks.place';

/** Blocks go where their provider works, and with the clock of their location. */
@Injectable()
export class BlockPlaces implements OnModuleInit {
  constructor(
    private readonly blocks: Blocks,
    private readonly consumers: Consumers,
    private readonly work: DueWork,
    private readonly handlers: WorkHandlers,
  ) {}

  onModuleInit(): void {
    this.consumers.register({
      name: 'blocks.places',
      types: ['provider.changed', 'location.changed'],
      handle: ({ _id, type, subject }, scope, tx) => {
        const of = type === 'provider.changed' ? 'providerIds' : 'locationId';
        return this.work.add(scope, tx, [{ kind: PLACE_BLOCKS, key: _id, payload: { [of]: subject.id } }]);
      },
    });
    // Not in one transaction: pages that are new have to be there before one begins.
    this.handlers.register({
      kind: PLACE_BLOCKS,
      transactional: false,
      ladder: STANDARD_LADDER,
      handle: async ({ scope, row }) => {
        for (const block of await this.blocks.toCome(scope, row.payload)) await this.blocks.replace(scope, block);
      },
    });
  }
}
