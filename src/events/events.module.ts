import { Global, Module } from '@nestjs/common';
import { Consumers } from './consumers.js';
import { DeadLetters } from './dead-letters.js';
import { EventFeed } from './event-feed.js';
import { EventRepository } from './event.repository.js';
import { Outbox } from './outbox.js';
import { Relay } from './relay.js';

@Global()
@Module({
  providers: [Consumers, DeadLetters, EventFeed, EventRepository, Outbox, Relay],
  exports: [Consumers, DeadLetters, EventFeed, EventRepository, Outbox, Relay],
})
export class EventsModule {}
