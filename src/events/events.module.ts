import { Global, Module } from '@nestjs/common';
import { Consumers } from './consumers.js';
import { DeadLetters } from './dead-letters.js';
import { EventRepository } from './event.repository.js';
import { Outbox } from './outbox.js';
import { Relay } from './relay.js';

@Global()
@Module({
  providers: [Consumers, DeadLetters, EventRepository, Outbox, Relay],
  exports: [Consumers, DeadLetters, EventRepository, Outbox, Relay],
})
export class EventsModule {}
