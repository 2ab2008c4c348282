import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import type { Config } from './config/index.js';
import { configureHttp, serveDocs } from './http/index.js';
import { widgetCors } from './identity/index.js';
import type { Clock } from './kernel/index.js';

/** The whole application, ready to `listen` or `init`. `main.ts`, the command line and the tests all come through here. */
export async function createApp(config: Config, clock?: Clock): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(AppModule.with(config, clock), {
    logger: config.LOG_LEVEL === 'silent' ? false : ['error', 'fatal'],
    bodyParser: false,
    forceCloseConnections: false,
    abortOnError: false,
  });
  configureHttp(app, [{ path: '/v1/widget', handler: widgetCors }]);
  serveDocs(app);
  return app;
}
