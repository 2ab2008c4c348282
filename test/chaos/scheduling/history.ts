import type { ApiAnswer } from '../../harness/api.js';

/** One operation as its client saw it. Order is that of one counter: every request and every answer takes the next number. */
export interface Operation {
  kind: string;
  asked: number;
  answered: number;
  status: number;
  code: string | null;
  /** What it was about: an appointment or a hold, if it named one or made one. */
  subject: string | null;
  /** The appointment's state in the answer, if it has one. */
  state: { version: number | null; status: string; start: number; providerId: string | null } | null;
  /** Of a hold in the answer. */
  hold: { expiresAt: number; start: number } | null;
  /** The hold that was turned into an appointment. */
  fromHold: string | null;
}

/** What was asked and answered, in order. */
export class History {
  readonly operations: Operation[] = [];
  private tick = 0;

  async record(
    kind: string,
    about: { subject?: string | undefined; fromHold?: string | undefined },
    send: () => Promise<ApiAnswer>,
  ): Promise<ApiAnswer> {
    const asked = this.tick++;
    const answer = await send();
    const body = answer.body?.appointment ?? answer.body ?? {};
    const good = answer.status < 300;
    const isHold = good && typeof body.expiresAt === 'string' && typeof body.status !== 'string';
    this.operations.push({
      kind,
      asked,
      answered: this.tick++,
      status: answer.status,
      code: good ? null : (answer.body?.code ?? null),
      subject: about.subject ?? body.id ?? null,
      state:
        good && typeof body.status === 'string' && body.time
          ? {
              version: body.version ?? null,
              status: body.status,
              start: Date.parse(body.time.start),
              providerId: body.providerId ?? null,
            }
          : null,
      hold: isHold ? { expiresAt: Date.parse(body.expiresAt), start: Date.parse(body.time.start) } : null,
      fromHold: about.fromHold ?? null,
    });
    return answer;
  }

  /** Kinds of operations with the number of each outcome, as lines of a table. */
  table(): string[] {
    const rows = new Map<string, Map<string, number>>();
    for (const { kind, status, code } of this.operations) {
      const outcome = code ? `${status} ${code}` : `${status}`;
      const row = rows.get(kind) ?? new Map<string, number>();
      row.set(outcome, (row.get(outcome) ?? 0) + 1);
      rows.set(kind, row);
    }
    return [...rows].sort().map(([kind, row]) => {
      const total = [...row.values()].reduce((sum, one) => sum + one, 0);
      const outcomes = [...row].sort(([a], [b]) => (a < b ? -1 : 1)).map(([outcome, count]) => `${outcome}: ${count}`);
      return `${kind.padEnd(20)}${String(total).padStart(6)}  ${outcomes.join(', ')}`;
    });
  }
}
