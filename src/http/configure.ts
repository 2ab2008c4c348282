import type { Server } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { DiscoveryService, Reflector } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import helmet from 'helmet';
import { CONFIG, LOG, type Config, type Log } from '../config/index.js';
import { Problem } from '../kernel/index.js';
import { bodyRules } from './body-rules.js';
import { POLICY } from './policy.js';
import { bodyOf, ProblemFilter } from './problem.filter.js';
import { queryRules } from './query-rules.js';
import { requestContext } from './request-context.js';
import { UnknownQuery } from './unknown-query.js';
import { validationPipe } from './validation.js';

/** What a room puts before the reading of bodies, for the paths below `path`. */
export interface EarlyHandler {
  path: string;
  handler: (request: Request, response: Response, next: NextFunction) => void;
}

/** Puts on the application everything that holds for every route. `main.ts`, the OpenAPI export and the tests call it alike. */
export function configureHttp(app: NestExpressApplication, early: readonly EarlyHandler[] = []): void {
  const config = app.get<Config>(CONFIG);
  const log = app.get<Log>(LOG);
  assertPolicies(app);
  app.set('trust proxy', config.TRUST_PROXY_HOPS);
  app.set('query parser', 'simple');
  app.disable('x-powered-by');
  app.set('etag', false);
  app.use(
    requestContext(log),
    helmet({ contentSecurityPolicy: false, crossOriginResourcePolicy: false, xFrameOptions: false }),
  );
  for (const { path, handler } of early) app.use(path, handler);
  app.use(...bodyRules(), queryRules);
  app.useGlobalFilters(app.get(ProblemFilter));
  app.useGlobalInterceptors(new UnknownQuery());
  app.useGlobalPipes(validationPipe());
  answerBrokenRequests(app.getHttpServer() as Server, config.BASE_URL);
}

/** A route without a declared policy stops the boot: nothing is open by forgetting. */
function assertPolicies(app: INestApplication): void {
  const reflector = app.get(Reflector);
  for (const { instance, metatype } of app.get(DiscoveryService).getControllers()) {
    for (const [name, handler] of methodsOf(instance as object)) {
      if (Reflect.getMetadata('path', handler) === undefined) continue;
      if (reflector.getAllAndOverride(POLICY, [handler, metatype as never]) === undefined) {
        throw new Error(
          `${String((metatype as { name: string }).name)}.${name} declares no policy: put @Allow, @WidgetSession or @Public on it`,
        );
      }
    }
  }
}

type Method = (...args: unknown[]) => unknown;

/** The methods of a controller, inherited ones too; a class's constructor carries the controller's path and is no route. */
function methodsOf(instance: object): [name: string, method: Method][] {
  const found: [string, Method][] = [];
  for (let owner = Object.getPrototypeOf(instance) as object; owner !== Object.prototype;) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(owner))) {
      if (name !== 'constructor' && typeof value === 'function') found.push([name, value as Method]);
    }
    owner = Object.getPrototypeOf(owner) as object;
  }
  return found;
}

/** What Node's parser refuses never reaches Express: broken requests and headers that are too large. */
function answerBrokenRequests(server: Server, baseUrl: string): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return socket.destroy();
    const problem =
      error.code === 'HPE_HEADER_OVERFLOW'
        ? new Problem('headers_too_large', 'The headers may have 16 kB in all.')
        : new Problem('invalid_request', 'This is not a well-formed HTTP request.');
    const body = JSON.stringify(bodyOf(problem, baseUrl, ''));
    socket.end(
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  });
}
