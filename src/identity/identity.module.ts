import { Global, Module } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import { AccessTokenStrategy } from './access/access-token.strategy.js';
import { AuthGuard } from './access/auth.guard.js';
import { SigningKeys } from './access/signing-keys.js';
import { ApiKeyRepository } from './api-keys/api-key.schema.js';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { ApiKeys } from './api-keys/api-keys.service.js';
import { PatientLinkRepository, PatientLinks } from './links/patient-links.js';
import { AgencyDirectory, PracticeDirectory, Standing } from './practice-directory.js';
import { AuthController } from './users/auth.controller.js';
import { Sessions } from './users/sessions.service.js';
import { LoginSessionRepository, UserRepository } from './users/user.schema.js';
import { UsersController } from './users/users.controller.js';
import { Users } from './users/users.service.js';
import { WidgetKeyRepository, WidgetSessionRepository } from './widget-keys/widget-key.schema.js';
import { WidgetKeysController } from './widget-keys/widget-keys.controller.js';
import { WidgetKeys } from './widget-keys/widget-keys.service.js';
import { WidgetSessions } from './widget-keys/widget-sessions.service.js';

@Global()
@Module({
  imports: [PassportModule],
  controllers: [AuthController, UsersController, ApiKeysController, WidgetKeysController],
  providers: [
    AccessTokenStrategy,
    AgencyDirectory,
    ApiKeyRepository,
    ApiKeys,
    AuthGuard,
    LoginSessionRepository,
    PatientLinkRepository,
    PatientLinks,
    PracticeDirectory,
    Sessions,
    SigningKeys,
    Standing,
    UserRepository,
    Users,
    WidgetKeyRepository,
    WidgetKeys,
    WidgetSessionRepository,
    WidgetSessions,
  ],
  exports: [
    AgencyDirectory,
    ApiKeys,
    AuthGuard,
    PatientLinks,
    PracticeDirectory,
    Users,
    WidgetKeyRepository,
    WidgetKeys,
    WidgetSessions,
  ],
})
export class IdentityModule {}
