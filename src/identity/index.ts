export { AuthGuard } from './access/auth.guard.js';
export { ApiKeys } from './api-keys/api-keys.service.js';
export { IdentityModule } from './identity.module.js';
export { PatientLinks } from './links/patient-links.js';
export { PracticeDirectory, type PracticeFacts } from './practice-directory.js';
export { ROLES, ROLE_PERMISSIONS, type Role } from './roles.js';
export { Users } from './users/users.service.js';
export { WidgetKeyRepository, type WidgetKey } from './widget-keys/widget-key.schema.js';
export { WidgetSessions, type OpenSession } from './widget-keys/widget-sessions.service.js';
