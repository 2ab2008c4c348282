/**
 * What a credential may do. A route names one with `@Allow`; roles and API keys carry lists of them. A route without a
 * declared policy stops the boot.
 */
export const PERMISSIONS = [
  'agency:read',
  'agency:write',
  'practice:read',
  'practice:write',
  'users:read',
  'users:write',
  'keys:read',
  'keys:write',
  'catalog:read',
  'catalog:write',
  'patients:read',
  'patients:write',
  'schedule:read',
  'schedule:write',
  'connections:read',
  'connections:write',
  'messages:read',
  'messages:write',
  'events:read',
  'events:write',
] as const;

export type Permission = (typeof PERMISSIONS)[number];
