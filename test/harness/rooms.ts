import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import { ConfigModule } from '../../src/config/index.js';
import { EventsModule } from '../../src/events/index.js';
import { configureHttp, HttpModule, PERMISSIONS } from '../../src/http/index.js';
import { mintAgencyScope, mintTenantScope, type Clock } from '../../src/kernel/index.js';
import { Migrator, Persistence, PersistenceModule } from '../../src/persistence/index.js';
import { QueuesModule } from '../../src/queues/index.js';
import type { ApiAnswer } from './api.js';
import { testConfig } from './config.js';
import { request } from './http.js';

export interface Rooms {
  app: NestExpressApplication;
  /** Sends a request as a member of `practice` with every permission. */
  call(
    practice: string,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<ApiAnswer>;
  /** Ends the application; `drop` removes its database too. */
  stop(drop?: boolean): Promise<void>;
}

class RoomsUnderTest {}
Module({})(RoomsUnderTest);

/** A few rooms on the real ground floors and data services. Who calls is said by a header: logging in is not tested here. */
export async function startRooms(
  rooms: (Type | DynamicModule)[],
  env: Record<string, string>,
  clock?: Clock,
): Promise<Rooms> {
  const config = testConfig({ ROLE: 'api', ...env });
  const ground = [ConfigModule.with(config, clock), PersistenceModule, QueuesModule, EventsModule, HttpModule];
  const app = await NestFactory.create<NestExpressApplication>(
    { module: RoomsUnderTest, imports: [...ground, ...rooms] },
    { logger: false, bodyParser: false, abortOnError: false },
  );
  app.use((request: Request, _response: Response, next: NextFunction) => {
    const actor = { kind: 'user', id: 'usr_spec' } as const;
    const practice = String(request.headers['x-practice']);
    request.principal = {
      kind: 'member',
      credentialId: `spec-${practice}`,
      actor,
      role: 'practice_admin',
      permissions: new Set(PERMISSIONS),
      agency: mintAgencyScope('agy_spec', actor),
      ofAgency: false,
      tenant: mintTenantScope(practice, actor),
    };
    next();
  });
  configureHttp(app);
  await app.get(Migrator).run();
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return {
    app,
    call: (practice, method, path, body, headers = {}) =>
      request(method, `http://127.0.0.1:${port}${path}`, body, { 'x-practice': practice, ...headers }),
    async stop(drop = true) {
      if (drop) await app.get(Persistence).connection.dropDatabase();
      await app.close();
    },
  };
}
