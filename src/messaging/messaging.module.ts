import { Module, type OnModuleInit } from '@nestjs/common';
import { CatalogModule } from '../catalog/index.js';
import { PatientsModule } from '../patients/index.js';
import { Connections } from '../plugin-host/index.js';
import { SetupSteps } from '../tenants/index.js';
import { MessageFacts } from './facts.js';
import { MessageRepository } from './message.schema.js';
import { MessagesController } from './messages.controller.js';
import { Messaging } from './messaging.service.js';

@Module({
  imports: [CatalogModule, PatientsModule],
  controllers: [MessagesController],
  providers: [MessageFacts, MessageRepository, Messaging],
})
export class MessagingModule implements OnModuleInit {
  constructor(
    private readonly setup: SetupSteps,
    private readonly connections: Connections,
  ) {}

  onModuleInit(): void {
    this.setup.register({
      id: 'templates',
      order: 50,
      title: 'Messages',
      path: '/v1/connections',
      check: async (scope) =>
        (await this.connections.of(scope, 'notification', { channel: 'email' }))
          ? []
          : ['Add an e-mail connection, so that patients get their confirmation.'],
    });
  }
}
