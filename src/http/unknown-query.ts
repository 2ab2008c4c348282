import { SetMetadata, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { Problem } from '../kernel/index.js';

const ANY_QUERY = 'openchair:any-query';

/** The route's callers may add what they like to its address; say in a comment why. */
export const AnyQuery = () => SetMetadata(ANY_QUERY, true);

/** Refuses every query parameter of a route that declares none. Where there is a query DTO, its own check does it. */
export class UnknownQuery implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const [name] = Object.keys(context.switchToHttp().getRequest<Request>().query);
    if (name !== undefined && !takesQuery(context)) {
      const pointer = `query:${name.slice(0, 40)}`;
      const detail = 'This operation has no query parameter of this name.';
      throw new Problem('invalid_request', detail, { errors: [{ pointer, code: 'unknown_field', detail }] });
    }
    return next.handle();
  }
}

function takesQuery(context: ExecutionContext): boolean {
  const [handler, controller] = [context.getHandler(), context.getClass()];
  if (Reflect.getMetadata(ANY_QUERY, handler) ?? Reflect.getMetadata(ANY_QUERY, controller)) return true;
  const declared = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, handler.name) as object | undefined;
  return Object.keys(declared ?? {}).some((key) => key.startsWith(`${RouteParamtypes.QUERY}:`));
}
