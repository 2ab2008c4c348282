import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiExtension } from '@nestjs/swagger';
import type { Permission } from './permissions.js';

/** Who may call a route. */
export type Policy =
  | { kind: 'public' }
  | { kind: 'platform' }
  | { kind: 'member'; permission: Permission | null; reach: 'practice' | 'agency' }
  | { kind: 'widget' };

export const POLICY = 'openchair:policy';

/** By this extension the OpenAPI document learns that a route is public on purpose; it becomes `security: []`. */
export const PUBLIC_MARK = 'x-openchair-public';

function policy(value: Policy, ...more: (ClassDecorator | MethodDecorator)[]) {
  return applyDecorators(SetMetadata(POLICY, value), ...more);
}

/** Anyone; say in a comment why. */
export const Public = () => policy({ kind: 'public' }, ApiExtension(PUBLIC_MARK, true));

/** The platform's operator. */
export const PlatformOnly = () => policy({ kind: 'platform' }, ApiBearerAuth('platform'));

/** A user or API key with this permission, acting in one practice. */
export const Allow = (permission: Permission) =>
  policy({ kind: 'member', permission, reach: 'practice' }, ApiBearerAuth('member'));

/** A user or API key of an agency with this permission; the route itself is not about one practice. */
export const AllowAgency = (permission: Permission) =>
  policy({ kind: 'member', permission, reach: 'agency' }, ApiBearerAuth('member'));

/** Any user or key of the practice API, for what concerns the caller alone. */
export const AnyMember = () => policy({ kind: 'member', permission: null, reach: 'agency' }, ApiBearerAuth('member'));

/** A widget session, and nothing else. */
export const WidgetSession = () => policy({ kind: 'widget' }, ApiBearerAuth('widget'));
