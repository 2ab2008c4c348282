import { Module } from '@nestjs/common';
import { DeadLettersController } from './dead-letters.controller.js';
import { EventsController } from './events.controller.js';

/** What a practice and its partners see of the work behind the API: what happened, and what was given up. */
@Module({ controllers: [EventsController, DeadLettersController] })
export class OperationsModule {}
