import {
  asObject,
  definePlugin,
  HttpClient,
  orNull,
  type Call,
  type HttpRequest,
  type Page,
  type PluginDeps,
  type PmsAdapter,
} from '@openchair/plugin-kit';

interface SmallConfig {
  baseUrl: string;
  apiKey: string;
  /** Name of the practice in an account that several share. */
  subdomain: string;
  careless: boolean;
}

const text = (title: string, more: object = {}) => ({ type: 'string' as const, title, description: title, ...more });

/** Speaks to {@link SmallPms}. It believes whatever JSON comes, so that the platform's own care is what is tested. */
export default definePlugin<SmallConfig>({
  id: 'pms-small',
  kind: 'pms',
  name: 'Small',
  version: '1.0.0',
  compatibility: '^1.0',
  capabilities: {
    read: ['providers', 'operatories', 'schedules', 'appointments'],
    write: ['patients', 'create', 'cancel'],
    webhooks: false,
    deltas: true,
    refusesOverlap: true,
    staleReadsMs: 0,
  },
  configSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['baseUrl', 'apiKey'],
    properties: {
      baseUrl: text('Address', { format: 'uri' }),
      apiKey: text('Key', { minLength: 4 }),
      subdomain: text('Practice', { default: 'main' }),
      careless: { type: 'boolean', title: 'Careless', description: 'Without the kit’s client', default: false },
    },
  },
  secrets: ['apiKey'],
  create: (config, deps) => new SmallAdapter(config, deps) as PmsAdapter,
});

class SmallAdapter implements PmsAdapter {
  private readonly http: HttpClient;

  constructor(
    private readonly config: SmallConfig,
    private readonly deps: PluginDeps,
  ) {
    const { fetch, clock } = deps;
    this.http = new HttpClient({ fetch, clock, baseUrl: config.baseUrl, headers: () => this.headers });
  }

  async probe(call: Call) {
    const { name } = await this.ask<{ name: string }>(call, { path: '/status' });
    return { description: name };
  }

  pullProviders = (call: Call) => this.pull(call, '/providers');
  pullOperatories = (call: Call) => this.pull(call, '/operatories');
  pullSchedules = (call: Call, query: object) => this.pull(call, '/schedules', query);
  pullAppointments = (call: Call, query: object) => this.pull(call, '/visits', query);

  findOrCreatePatient = (call: Call, json: object) => this.write(call, { method: 'POST', path: '/patients', json });
  createAppointment = (call: Call, json: object) => this.write(call, { method: 'POST', path: '/visits', json });
  cancelAppointment = (call: Call, { foreignId }: { foreignId: string }) =>
    this.write(call, { method: 'POST', path: `/visits/${foreignId}/cancel`, json: {} });
  findByOurReference = (call: Call, reference: string) =>
    orNull(this.write(call, { path: '/visit', query: { reference } }));

  private get headers() {
    return { authorization: `Bearer ${this.config.apiKey}`, 'x-practice': this.config.subdomain };
  }

  private pull(call: Call, path: string, query: object = {}): Promise<Page<never>> {
    return this.ask(call, { path, query: query as HttpRequest['query'] & object });
  }

  private write(call: Call, request: HttpRequest): Promise<never> {
    return this.ask(call, request);
  }

  private async ask<T>(call: Call, request: HttpRequest): Promise<T> {
    if (this.config.careless && request.path !== '/status') return (await this.carelessly(call, request)) as T;
    return asObject((await this.http.send(call, request)).body) as T;
  }

  /** As somebody would write it who has not read how to: reads to the end, checks nothing. */
  private async carelessly(call: Call, { path, query = {} }: HttpRequest): Promise<unknown> {
    const search = new URLSearchParams(JSON.parse(JSON.stringify(query)) as Record<string, string>);
    const url = `${this.config.baseUrl}${path}?${search.toString()}`;
    const answer = await this.deps.fetch(url, { headers: this.headers, signal: call.signal });
    return answer.json();
  }
}
