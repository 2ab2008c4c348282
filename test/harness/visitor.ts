import { randomBytes } from 'node:crypto';
import { request, type Answer } from './http.js';

interface SlotAnswer {
  id: string;
  start: string;
  providerId: string;
}

/** A visitor of a practice's site, speaking HTTP like the widget. */
export class TestVisitor {
  private token = '';

  constructor(
    private readonly baseUrl: string,
    private readonly widgetKey: string,
  ) {}

  async open(): Promise<this> {
    const { status, body } = await this.send<{ token: string }>('POST', '/v1/widget/sessions', { key: this.widgetKey });
    if (status !== 201) throw new Error(`no session: ${JSON.stringify(body)}`);
    this.token = body.token;
    return this;
  }

  /** What makes a request this visitor's. */
  get headers(): Record<string, string> {
    return this.token ? { authorization: `Bearer ${this.token}` } : {};
  }

  send<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    return request(method, `${this.baseUrl}${path}`, body, { ...this.headers, ...headers });
  }

  async reasonId(name: string): Promise<string> {
    const { body } = await this.send<{ data: { id: string; name: string }[] }>(
      'GET',
      '/v1/widget/reasons?patientType=new',
    );
    const reason = body.data.find((one) => one.name === name);
    if (!reason) throw new Error(`no reason ${name}`);
    return reason.id;
  }

  async slots(reasonId: string, days = 14): Promise<SlotAnswer[]> {
    const { body } = await this.send<{ days: { slots: SlotAnswer[] }[] }>(
      'GET',
      `/v1/widget/slots?reasonId=${reasonId}&days=${days}`,
    );
    return body.days.flatMap(({ slots }) => slots);
  }

  hold(slotId: string, headers?: Record<string, string>) {
    return this.send<{ id: string; code?: string; alternatives?: SlotAnswer[] }>(
      'POST',
      '/v1/widget/holds',
      { slotId },
      headers,
    );
  }

  book(holdId: string, patient: object = {}, headers?: Record<string, string>) {
    return this.send<{
      appointment: { id: string; status: string; time: { start: string } };
      manageUrl: string;
      code?: string;
    }>(
      'POST',
      '/v1/widget/bookings',
      { holdId, patientType: 'new', patient: { ...somebody(), ...patient }, consent: { treatment: true, email: true } },
      headers,
    );
  }
}

/** A person nobody else is. */
export function somebody() {
  const tag = randomBytes(5)
    .toString('hex')
    .replace(/[0-9]/g, (digit) => 'ghijklmnop'[Number(digit)] as string);
  return { firstName: 'Ada', lastName: `Lane${tag}`, dateOfBirth: '1990-04-23', email: `${tag}@example.com` };
}
