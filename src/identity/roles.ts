import { PERMISSIONS, type Permission } from '../http/index.js';

/** Who may do what. An agency's admin acts in each practice of the agency; all others in their own practice. */
export const ROLES = ['agency_admin', 'practice_admin', 'scheduler', 'provider', 'read_only'] as const;
export type Role = (typeof ROLES)[number];

const READS = PERMISSIONS.filter((permission) => permission.endsWith(':read'));
const OF_PRACTICE = PERMISSIONS.filter((permission) => !permission.startsWith('agency:'));

export const ROLE_PERMISSIONS: Record<Role, readonly Permission[]> = {
  agency_admin: PERMISSIONS,
  practice_admin: OF_PRACTICE,
  scheduler: [
    'practice:read',
    'catalog:read',
    'patients:read',
    'patients:write',
    'schedule:read',
    'schedule:write',
    'messages:read',
    'messages:write',
  ],
  provider: ['practice:read', 'catalog:read', 'patients:read', 'schedule:read'],
  read_only: READS.filter(
    (permission) => !['agency:read', 'keys:read', 'users:read', 'connections:read'].includes(permission),
  ),
};

/** True when `granter` holds everything that `wanted` gives: nobody gives more than they have. */
export function mayGrant(granter: ReadonlySet<Permission>, wanted: readonly Permission[]): boolean {
  return wanted.every((permission) => granter.has(permission));
}
