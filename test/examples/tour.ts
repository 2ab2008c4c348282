import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { OperationExample } from '../../src/http/index.js';
import { ManualClock } from '../../src/kernel/index.js';
import type { Api, ApiAnswer } from '../harness/api.js';
import { request } from '../harness/http.js';
import { InboxProcess } from '../harness/inbox.js';
import { Tenancy, type TestAgency } from '../harness/tenants.js';
import { DOCUMENT, OPERATIONS, type Operation } from './document.js';
import { ExamplePractice } from './practice.js';
import { steady, TOUR_STARTS } from './steady.js';

/** What a room of the tour does: its operations, once each, in an order in which they succeed. */
export type Room = (tour: Tour) => Promise<void>;

/** The whole application at a fixed time, asked one operation after the other; what it answers is kept as its example. */
export class Tour {
  /** By operation, as they are written to the files. */
  readonly examples = new Map<string, OperationExample>();
  private readonly ajv = addFormats
    .default(new Ajv2020({ strict: false, validateSchema: false }))
    .addSchema(DOCUMENT, 'openapi.json');

  private constructor(
    readonly house: Tenancy,
    readonly clock: ManualClock,
    readonly agency: TestAgency,
    /** Takes the mail that is sent. */
    readonly inbox: InboxProcess,
  ) {}

  static async start(): Promise<Tour> {
    const clock = new ManualClock(TOUR_STARTS);
    const house = await Tenancy.start({ clock, env: { BASE_URL: 'https://book.example.com' } });
    const agency = await house.agency('Brightside Dental Group', 'robin@brightside.example');
    return new Tour(house, clock, agency, await InboxProcess.start());
  }

  async end(): Promise<void> {
    await this.inbox.stop();
    await this.house.running.stop();
  }

  /** A practice for one room alone. */
  practice(options?: Parameters<typeof ExamplePractice.open>[2]): Promise<ExamplePractice> {
    return ExamplePractice.open(this.house, this.agency, options);
  }

  /**
   * Asks for one operation; gives back the answer as it came. Throws when it is not the one that the document promises, or
   * when the operation was shown before. An `excerpt` shows a part of a long answer.
   */
  async show(
    operationId: string,
    caller: Api,
    asked: OperationExample['request'] = {},
    excerpt: (answer: ApiAnswer['body']) => unknown = (answer) => answer,
  ): Promise<ApiAnswer['body']> {
    const operation = OPERATIONS.get(operationId);
    if (!operation) throw new Error(`openapi.json has no operation ${operationId}: build, and make it anew`);
    if (this.examples.has(operationId)) throw new Error(`${operationId} is shown already`);
    const headers = { ...(operation.takesKey ? { 'Idempotency-Key': `${operationId}-1` } : {}), ...asked.headers };
    const { status, body, text } = await request(
      operation.method,
      `${caller.baseUrl}${filled(operation.path, asked)}`,
      asked.body,
      { ...caller.headers, ...headers },
    );
    if (status !== operation.status)
      throw new Error(`${operationId} answered ${status}, not ${operation.status}: ${text}`);
    const answer = body ?? (text || undefined);
    this.check(operationId, operation, answer);
    const shown = { ...asked, ...(Object.keys(headers).length > 0 ? { headers } : {}) };
    const response = answer === undefined ? {} : { response: excerpt(answer) };
    this.examples.set(operationId, steady({ request: shown, status, ...response }));
    return answer;
  }

  private check(operationId: string, { answer: pointer }: Operation, answer: unknown): void {
    if (pointer === undefined) {
      if (typeof answer === 'object') throw new Error(`${operationId} answers JSON that the document knows nothing of`);
      return;
    }
    const fits = this.ajv.getSchema(`openapi.json#${pointer}`);
    if (!fits) throw new Error(`${operationId}: no schema at ${pointer}`);
    if (!fits(answer)) throw new Error(`${operationId} is not as documented: ${this.ajv.errorsText(fits.errors)}`);
  }
}

function filled(path: string, { path: params = {}, query = {} }: OperationExample['request']): string {
  const inPath = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name])));
  const inQuery = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return inQuery === '' ? inPath : `${inPath}?${inQuery}`;
}
