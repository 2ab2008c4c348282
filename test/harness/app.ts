import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { MongoClient } from 'mongodb';
import { createApp } from '../../src/create-app.js';
import type { Clock } from '../../src/kernel/index.js';
import { Migrator } from '../../src/persistence/index.js';
import { testConfig } from './config.js';

export interface RunningApp {
  app: NestExpressApplication;
  baseUrl: string;
  /** Ends the application and drops its database. */
  stop(): Promise<void>;
}

/** The whole application in this process, on a free port, against the real data services. */
export async function startApp(options: { clock?: Clock; env?: Record<string, string> } = {}): Promise<RunningApp> {
  const config = testConfig(options.env);
  const app = await createApp(config, options.clock);
  await app.get(Migrator).run();
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return {
    app,
    baseUrl: `http://127.0.0.1:${port}`,
    async stop() {
      // First what runs in the background ends: its transactions and the drop would wait for each other.
      await app.close();
      const client = await new MongoClient(config.MONGODB_URI).connect();
      await client.db().dropDatabase();
      await client.close();
    },
  };
}
