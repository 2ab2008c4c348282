export { EVENTS, type EventType } from './catalogue.js';
export { Consumers, type Consumer } from './consumers.js';
export { DeadLetters } from './dead-letters.js';
export { EventFeed, SETTLED_MS } from './event-feed.js';
export { EventRepository } from './event.repository.js';
export type { DomainEvent } from './event.schema.js';
export { EventsModule } from './events.module.js';
export { Outbox, type NewEvent } from './outbox.js';
export { Relay } from './relay.js';
