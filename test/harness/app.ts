import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createApp } from '../../src/create-app.js';
import type { Clock } from '../../src/kernel/index.js';
import { Migrator, Persistence } from '../../src/persistence/index.js';
import { testConfig } from './config.js';

export interface RunningApp {
  app: NestExpressApplication;
  baseUrl: string;
  /** Ends the application and drops its database. */
  stop(): Promise<void>;
}

/** The whole application in this process, on a free port, against the real data services. */
export async function startApp(options: { clock?: Clock; env?: Record<string, string> } = {}): Promise<RunningApp> {
  const app = await createApp(testConfig(options.env), options.clock);
  await app.get(Migrator).run();
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return {
    app,
    baseUrl: `http://127.0.0.1:${port}`,
    async stop() {
      await app.get(Persistence).connection.dropDatabase();
      await app.close();
    },
  };
}
