declare const brand: unique symbol;

/** Who acts, as it is written into histories and audit rows. Ids only, never a name. */
export interface Actor {
  kind: 'user' | 'api_key' | 'patient' | 'system';
  id: string;
}

/** The right to touch one practice's data. Made by the authentication layer and by the workers' loop alone. */
export interface TenantScope {
  readonly [brand]: 'tenant';
  readonly tenantId: string;
  readonly actor: Actor;
}

/** The right to touch what belongs to one agency: its practices, users and keys. */
export interface AgencyScope {
  readonly [brand]: 'agency';
  readonly agencyId: string;
  readonly actor: Actor;
}

/** The right to look across tenants. `reason` says why; it stands in the code that asks, where a reviewer sees it. */
export interface SystemScope {
  readonly [brand]: 'system';
  readonly reason: string;
}

/** Only the rooms on the allow-list of eslint.config.mjs may call the three minting functions. */
export function mintTenantScope(tenantId: string, actor: Actor): TenantScope {
  if (!tenantId) throw new TypeError('a tenant scope needs a tenantId');
  return Object.freeze({ tenantId, actor: Object.freeze({ ...actor }) }) as unknown as TenantScope;
}

export function mintAgencyScope(agencyId: string, actor: Actor): AgencyScope {
  if (!agencyId) throw new TypeError('an agency scope needs an agencyId');
  return Object.freeze({ agencyId, actor: Object.freeze({ ...actor }) }) as unknown as AgencyScope;
}

export function mintSystemScope(reason: string): SystemScope {
  return Object.freeze({ reason }) as unknown as SystemScope;
}
