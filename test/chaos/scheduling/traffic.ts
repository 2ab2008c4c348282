import type { ApiAnswer } from '../../harness/api.js';
import { History } from './history.js';
import type { PoolSlot, Stand } from './stand.js';

const CANCEL_REASONS = ['patient_request', 'provider_unavailable', 'other'];

interface LiveHold {
  id: string;
  slot: PoolSlot;
  /** A member of staff's number, or a visitor's. */
  member: number | null;
  visitor: number | null;
  expiresAt: number;
}

/** Random people of a practice: patients at the widget, staff at three processes, and the front desk of the practice system. */
export class Traffic {
  readonly history = new History();
  pool: PoolSlot[] = [];
  /** Times that the practice system or a block took, ever: they end holds. Instants are epoch ms. */
  readonly overruled: { start: number; end: number }[] = [];
  private readonly holds: LiveHold[] = [];
  private readonly appointments: { id: string; reasonId: string }[] = [];
  /** Those that wait for the practice's word. */
  private readonly requests: { id: string; reasonId: string }[] = [];
  private readonly theirs: string[] = [];
  private readonly blocks: string[] = [];

  constructor(
    private readonly stand: Stand,
    private readonly random: (below: number) => number,
  ) {}

  /** One thing that somebody does; some are several operations at the same moment. */
  async act(): Promise<void> {
    const dice = this.random(100);
    if (dice < 2) return this.block();
    if (dice < 24) return this.hold(this.slot(dice < 4), dice < 12);
    if (dice < 28) return this.race();
    if (dice < 32) return this.extend();
    if (dice < 36) return this.release();
    if (dice < 54) return this.book();
    if (dice < 64) return this.staffBook();
    if (dice < 76) return this.reschedule();
    if (dice < 81) return this.swap();
    if (dice < 89) return this.step('cancel');
    if (dice < 92) return this.decide();
    if (dice < 96) return this.step(['confirm', 'arrive', 'no-show', 'seat'][this.random(4)]!);
    return this.frontDesk();
  }

  /** A hold at the end of its life: its owner books it while others take the time, at clocks that differ by a millisecond. */
  async atTheEdge(): Promise<void> {
    const now = this.stand.now();
    const ending = this.holds.filter(({ expiresAt, member }) => member !== null && expiresAt > now).slice(-6);
    for (const hold of ending) {
      const edge = hold.expiresAt;
      const first = this.random(3);
      await this.stand.freeze([0, 1, 2].map((n) => edge - 1 + ((first + n) % 3)));
      const everywhere = (act: (process: number) => Promise<void>) => () => Promise.all([0, 1, 2].map(act));
      const owner = this.random(3) === 0 ? () => this.extendHeld(hold, this.process()) : null;
      const turns = [
        everywhere((process) => this.hold(hold.slot, false, process)),
        ...(owner ? [owner] : []),
        everywhere((process) => this.bookHeld(hold, process)),
      ];
      // At once; or one after the other, so that the owner comes when somebody has the time already.
      if (this.random(2) === 0) await Promise.all(turns.map((turn) => turn()));
      else for (const turn of turns) await turn();
      this.forget(hold.id);
      await this.stand.runFrom(edge + 2);
    }
    await this.stand.newVisitors();
    this.holds.splice(0, this.holds.length, ...this.holds.filter(({ expiresAt }) => expiresAt > this.stand.now()));
  }

  private slot(toAsk = false): PoolSlot {
    const asked = toAsk ? this.pool.filter(({ reasonId }) => reasonId === this.stand.askedReasonId) : [];
    if (asked.length > 0) return asked[this.random(asked.length)]!;
    return this.pool[this.random(this.pool.length)]!;
  }

  private member(): number {
    return this.random(12);
  }

  private process(): number {
    return this.random(3);
  }

  private async hold(slot: PoolSlot, byVisitor: boolean, process = this.process()): Promise<void> {
    const visitor = byVisitor ? this.random(this.stand.visitors.length) : null;
    const member = byVisitor ? null : this.member();
    const about = {};
    const answer = await this.history.record(byVisitor ? 'hold (visitor)' : 'hold (staff)', about, async () =>
      visitor === null
        ? this.stand.member(member!, process, 'POST', 'holds', { slotId: slot.id })
        : ((await this.stand.visitors[visitor]!.hold(slot.id)) as unknown as ApiAnswer),
    );
    if (answer.status !== 201) return;
    const expiresAt = Date.parse(answer.body.expiresAt);
    if (visitor !== null) this.forgetWhere((one) => one.visitor === visitor);
    this.holds.push({ id: answer.body.id, slot, member, visitor, expiresAt });
  }

  private async race(): Promise<void> {
    const slot = this.slot();
    await Promise.all([0, 1, 2].map((process) => this.hold(slot, false, process)));
  }

  private async extend(): Promise<void> {
    const hold = this.ownHold();
    if (!hold) return this.hold(this.slot(), false);
    await this.extendHeld(hold, this.process());
  }

  private async extendHeld(hold: LiveHold, process: number): Promise<void> {
    const answer = await this.history.record('extend', { subject: hold.id }, () =>
      this.stand.member(hold.member!, process, 'POST', `holds/${hold.id}/extend`),
    );
    if (answer.status === 200) hold.expiresAt = Date.parse(answer.body.expiresAt);
  }

  private async release(): Promise<void> {
    const hold = this.ownHold();
    if (!hold) return this.hold(this.slot(), false);
    this.forget(hold.id);
    await this.history.record('release', { subject: hold.id }, () =>
      this.stand.member(hold.member!, this.process(), 'DELETE', `holds/${hold.id}`),
    );
  }

  private async book(): Promise<void> {
    const hold = this.holds[this.random(this.holds.length || 1)];
    if (!hold) return this.hold(this.slot(), true);
    this.forget(hold.id);
    await this.bookHeld(hold, this.process());
  }

  private async bookHeld(hold: LiveHold, process: number): Promise<void> {
    const kind = hold.visitor === null ? 'book hold (staff)' : 'book hold (visitor)';
    const answer = await this.history.record(kind, { fromHold: hold.id }, async () =>
      hold.visitor === null
        ? this.stand.member(hold.member!, process, 'POST', 'appointments', { holdId: hold.id, ...this.patient() })
        : ((await this.stand.visitors[hold.visitor]!.book(hold.id)) as unknown as ApiAnswer),
    );
    this.keep(answer, hold.slot.reasonId);
  }

  private async staffBook(): Promise<void> {
    const slot = this.slot();
    const answer = await this.history.record('book time (staff)', {}, () =>
      this.stand.member(this.member(), this.process(), 'POST', 'appointments', { slotId: slot.id, ...this.patient() }),
    );
    this.keep(answer, slot.reasonId);
  }

  private async reschedule(to?: PoolSlot, of = this.appointment(), process = this.process()): Promise<void> {
    if (!of) return this.staffBook();
    const fitting = this.pool.filter(({ reasonId }) => reasonId === of.reasonId);
    const slot = to ?? fitting[this.random(fitting.length)];
    if (!slot) return this.staffBook();
    await this.history.record('reschedule', { subject: of.id }, () =>
      this.stand.member(this.member(), process, 'POST', `appointments/${of.id}/reschedule`, { slotId: slot.id }),
    );
  }

  /** Two visits that want each other's time, or one visit that two people move at once. */
  private async swap(): Promise<void> {
    const one = this.appointment();
    const others = this.appointments.filter(({ id, reasonId }) => reasonId === one?.reasonId && id !== one.id);
    const other = others[this.random(others.length || 1)];
    if (!one || !other) return this.staffBook();
    if (this.random(3) === 0) {
      await Promise.all([this.reschedule(undefined, one, 0), this.reschedule(undefined, one, 1)]);
      return;
    }
    const [a, b] = await Promise.all([this.place(one), this.place(other)]);
    if (a && b) await Promise.all([this.reschedule(b, one, 1), this.reschedule(a, other, 2)]);
  }

  /** The slot on which an appointment stands. */
  private async place(of: { id: string; reasonId: string }): Promise<PoolSlot | undefined> {
    const { body } = await this.stand.member(0, this.process(), 'GET', `appointments/${of.id}`);
    const start = Date.parse(body.time?.start);
    return this.pool.find(
      (slot) => slot.reasonId === of.reasonId && slot.providerId === body.providerId && slot.start === start,
    );
  }

  /** Two people may decide on one request at the same moment. */
  private async decide(): Promise<void> {
    const [request] = this.requests.splice(this.random(this.requests.length || 1), 1);
    if (!request) return this.hold(this.slot(true), true);
    const first = this.step(['approve', 'decline'][this.random(2)]!, request);
    await Promise.all([first, ...(this.random(3) === 0 ? [this.step('decline', request)] : [])]);
  }

  private async step(action: string, appointment = this.appointment()): Promise<void> {
    if (!appointment) return this.staffBook();
    const { id } = appointment;
    const body = action === 'cancel' ? { reason: CANCEL_REASONS[this.random(3)] } : {};
    await this.history.record(action, { subject: id }, () =>
      this.stand.member(this.member(), this.process(), 'POST', `appointments/${id}/${action}`, body),
    );
  }

  /** Somebody is away for an hour, or comes back. */
  private async block(): Promise<void> {
    if (this.blocks.length > this.random(20)) {
      const [id] = this.blocks.splice(this.random(this.blocks.length), 1) as [string];
      const remove = () => this.stand.member(this.member(), this.process(), 'DELETE', `blocks/${id}`);
      return void (await this.history.record('unblock', { subject: id }, remove));
    }
    const { locationId, providerId, operatoryId, local, start } = this.slot();
    this.overruled.push({ start, end: start + 3_600_000 });
    const [date, time] = local.split('T') as [string, string];
    const hour = Number(time.slice(0, 2)) + 1;
    const [whose, ifHit] = [this.random(5), this.random(2) === 0 ? 'keep' : 'refuse'];
    const body = {
      ...(whose === 0 ? {} : whose < 3 ? { operatoryIds: [operatoryId] } : { providerIds: [providerId] }),
      ...{ locationId, type: 'meeting', startDate: date, endDate: date, ifHit },
      ...{ startTime: time, endTime: hour < 24 ? `${String(hour).padStart(2, '0')}${time.slice(2)}` : '24:00' },
    };
    const answer = await this.history.record(`block (${ifHit})`, {}, () =>
      this.stand.member(this.member(), this.process(), 'POST', 'blocks', body),
    );
    if (answer.status === 201) this.blocks.push(answer.body.id);
  }

  private async frontDesk(): Promise<void> {
    const { desk } = this.stand.system;
    const slot = this.slot();
    const { providers, operatories } = await this.foreign();
    const providerForeignId = providers.get(slot.providerId);
    const operatoryForeignId = operatories.get(slot.operatoryId);
    if (providerForeignId === undefined || operatoryForeignId === undefined) return this.staffBook();
    const place = { start: slot.start, end: slot.start + 30 * 60_000, providerForeignId, operatoryForeignId };
    const dice = this.random(4);
    this.overruled.push({ start: place.start, end: place.end });
    const old = this.theirs[this.random(this.theirs.length || 1)];
    const known = await this.stand.exported();
    const mine = known[this.random(known.length || 1)];
    await this.history.record(['PMS move ours', 'PMS cancel', 'PMS book', 'PMS book'][dice]!, {}, async () => {
      try {
        if (dice === 0 && mine !== undefined) await desk.move(mine, place, { force: true });
        else if (dice === 1 && old) await desk.cancel(old);
        else this.theirs.push((await desk.book(place, { force: true })).foreignId);
        return answerOf(200);
      } catch (error) {
        return answerOf(409, (error as Error).message);
      }
    });
  }

  private foreignIds: Promise<{ providers: Map<string, string>; operatories: Map<string, string> }> | undefined;

  private foreign() {
    const known = async (path: string) => {
      const { body } = await this.stand.platform.api<ApiAnswer['body']>('GET', `/v1/${path}?limit=100`);
      const rows = body.data.filter(({ foreign }: { foreign: unknown }) => foreign);
      return new Map<string, string>(
        rows.map(({ id, foreign }: { id: string; foreign: { foreignId: string } }) => [id, foreign.foreignId]),
      );
    };
    this.foreignIds ??= Promise.all([known('providers'), known('operatories')]).then(([providers, operatories]) => ({
      providers,
      operatories,
    }));
    return this.foreignIds;
  }

  private patient() {
    const { patientIds } = this.stand;
    return { patientId: patientIds[this.random(patientIds.length)], patientType: 'new' };
  }

  private keep(answer: ApiAnswer, reasonId: string): void {
    const id = answer.body?.appointment?.id ?? answer.body?.id;
    if (answer.status !== 201) return;
    this.appointments.push({ id, reasonId });
    if (answer.body.appointment?.status === 'requested') this.requests.push({ id, reasonId });
  }

  private appointment(): { id: string; reasonId: string } | undefined {
    // Mostly the newer ones: of the older ones many are over.
    const { length } = this.appointments;
    const from = this.random(4) === 0 ? 0 : Math.max(0, length - 60);
    return this.appointments[from + this.random(length - from || 1)];
  }

  private ownHold(): LiveHold | undefined {
    const own = this.holds.filter(({ member }) => member !== null);
    return own[this.random(own.length || 1)];
  }

  private forget(id: string): void {
    this.forgetWhere((hold) => hold.id === id);
  }

  private forgetWhere(gone: (hold: LiveHold) => boolean): void {
    for (let n = this.holds.length - 1; n >= 0; n -= 1) if (gone(this.holds[n]!)) this.holds.splice(n, 1);
  }
}

function answerOf(status: number, detail = ''): ApiAnswer {
  return { status, body: status < 300 ? null : { code: detail.slice(0, 30) }, headers: new Headers(), text: '' };
}
