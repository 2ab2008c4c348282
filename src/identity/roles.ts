import { PERMISSIONS, type Permission } from '../http/index.js';
import { invalid } from '../kernel/index.js';

/** Who may do what. An agency's admin acts in each practice of the agency; all others in their own practice. */
export const ROLES = ['agency_admin', 'practice_admin', 'scheduler', 'provider', 'read_only'] as const;
export type Role = (typeof ROLES)[number];

const READS = PERMISSIONS.filter((permission) => permission.endsWith(':read'));

/** All that a credential of a practice can ever have. */
export const PRACTICE_PERMISSIONS: readonly Permission[] = PERMISSIONS.filter(
  (permission) => !/^(agency|platform):/.test(permission),
);

export const ROLE_PERMISSIONS: Record<Role, readonly Permission[]> = {
  agency_admin: PERMISSIONS,
  practice_admin: PRACTICE_PERMISSIONS,
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

/** Roles of which an agency or practice keeps at least one. */
export const isAdmin = (role: Role): boolean => role === 'agency_admin' || role === 'practice_admin';

/** What a credential really has: one of a practice never more than a practice can have, whatever its row says. */
export function held(permissions: readonly Permission[], tenantId: string | null): ReadonlySet<Permission> {
  return new Set(tenantId === null ? permissions : permissions.filter((one) => PRACTICE_PERMISSIONS.includes(one)));
}

/** True when `granter` holds everything that `wanted` gives: nobody gives more than they have. */
export function mayGrant(granter: ReadonlySet<Permission>, wanted: readonly Permission[]): boolean {
  return wanted.every((permission) => granter.has(permission));
}

/** A role belongs either to an agency or to a practice; in the other place it would open more, or nothing. */
export function assertRoleFits(role: Role, tenantId: string | null): void {
  if ((role === 'agency_admin') === (tenantId === null)) return;
  throw invalid('/role', 'role', 'An agency_admin belongs to the agency; all other roles belong to a practice.');
}
