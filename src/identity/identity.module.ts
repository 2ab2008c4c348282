import { Global, Module, RequestMethod, type MiddlewareConsumer, type NestModule } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import { AccessTokenStrategy } from './access/access-token.strategy.js';
import { AuthGuard } from './access/auth.guard.js';
import { SigningKeys } from './access/signing-keys.js';
import { ApiKeyRepository } from './api-keys/api-key.schema.js';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { ApiKeys } from './api-keys/api-keys.service.js';
import { PatientLinkRepository, PatientLinks } from './links/patient-links.js';
import { PracticeDirectory } from './practice-directory.js';
import { AuthController } from './users/auth.controller.js';
import { Sessions } from './users/sessions.service.js';
import { LoginSessionRepository, UserRepository } from './users/user.schema.js';
import { UsersController } from './users/users.controller.js';
import { Users } from './users/users.service.js';
import { widgetCors } from './widget-cors.js';
import { WidgetKeyRepository, WidgetSessionRepository } from './widget-keys/widget-key.schema.js';
import { WidgetKeysController } from './widget-keys/widget-keys.controller.js';
import { WidgetSessions } from './widget-keys/widget-sessions.service.js';

@Global()
@Module({
  imports: [PassportModule],
  controllers: [AuthController, UsersController, ApiKeysController, WidgetKeysController],
  providers: [
    AccessTokenStrategy,
    ApiKeyRepository,
    ApiKeys,
    AuthGuard,
    LoginSessionRepository,
    PatientLinkRepository,
    PatientLinks,
    PracticeDirectory,
    Sessions,
    SigningKeys,
    UserRepository,
    Users,
    WidgetKeyRepository,
    WidgetSessionRepository,
    WidgetSessions,
  ],
  exports: [ApiKeys, AuthGuard, PatientLinks, PracticeDirectory, Users, WidgetKeyRepository, WidgetSessions],
})
export class IdentityModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(widgetCors).forRoutes({ path: 'v1/widget/*path', method: RequestMethod.ALL });
  }
}
