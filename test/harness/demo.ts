import { MongoClient, type Db } from 'mongodb';
import { testEnvironment } from './config.js';
import { request, type Answer } from './http.js';
import { AppProcess, cli, freePort } from './processes.js';
import { TestVisitor } from './visitor.js';

export interface DemoKeys {
  widgetKey: string;
  apiKey: string;
  practiceId: string;
}

/** The demo practice on applications in processes of their own, over one database. */
export class DemoPlatform {
  private constructor(
    readonly env: Record<string, string>,
    readonly keys: DemoKeys,
    readonly processes: AppProcess[],
    private readonly client: MongoClient,
  ) {}

  static async start(
    options: { env?: Record<string, string>; processes?: number; entry?: 'main' | 'clocked' } = {},
  ): Promise<DemoPlatform> {
    const ports = await Promise.all(Array.from({ length: options.processes ?? 1 }, freePort));
    const env = testEnvironment({ BASE_URL: `http://127.0.0.1:${ports[0]}`, LOG_LEVEL: 'warn', ...options.env });
    await cli(env, 'migrate');
    const keys = await cli<DemoKeys>(env, 'seed-demo');
    const processes = ports.map((port) => new AppProcess(env, port, options.entry));
    await Promise.all(processes.map((one) => one.start()));
    const client = await new MongoClient(env['MONGODB_URI'] as string).connect();
    return new DemoPlatform(env, keys, processes, client);
  }

  get app(): AppProcess {
    return this.processes[0] as AppProcess;
  }

  get db(): Db {
    return this.client.db();
  }

  /** A visitor of the practice's site; `process` says which application answers. */
  visitor(process = this.app): Promise<TestVisitor> {
    return new TestVisitor(process.baseUrl, this.keys.widgetKey).open();
  }

  /** Calls the API with the practice's key. */
  api<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const authorization = `Bearer ${this.keys.apiKey}`;
    return request(method, `${this.app.baseUrl}${path}`, body, { authorization, ...headers });
  }

  /** Ends everything and drops the database. */
  async stop(): Promise<void> {
    await Promise.all(this.processes.map((one) => one.end()));
    await this.db.dropDatabase();
    await this.client.close();
  }
}
