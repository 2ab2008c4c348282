import type { PmsRecall } from '@openchair/plugin-kit';
import { signWebhook, webhookBody } from '@openchair/pms-sandbox';
import { mintTenantScope, newId } from '../src/kernel/index.js';
import { Patients } from '../src/patients/index.js';
import { type Persistence, type TenantDocument, type TenantRepository, UnitOfWork } from '../src/persistence/index.js';
import { ForgottenPatientRows } from '../src/sync/lists/forgotten-patients.js';
import { ListItems } from '../src/sync/lists/list-item.schema.js';
import { ListStates } from '../src/sync/lists/list-state.schema.js';
import { Recalls } from '../src/sync/lists/recall.schema.js';
import type { ApiAnswer } from './harness/api.js';
import { ConnectedPractice } from './harness/connected-practice.js';
import { practiceSystem, type PracticeSystem } from './harness/practice-system.js';
import { ShiftingClock } from './harness/shifting-clock.js';
import { until } from './harness/until.js';

type Json = ApiAnswer['body'];

const SECRET = 'a signing secret of the spec';
const HOUR = 3_600_000;
/** A Monday. */
const NOW = Date.parse('2027-03-08T15:00:00Z');
const [TUESDAY, WEDNESDAY] = ['2027-03-16', '2027-03-17'];

/** What a practice system lists beside its book: carriers, appointment types, procedure codes and recalls. */
describe('the lists of a practice system', () => {
  const clock = new ShiftingClock(NOW);
  let practice: ConnectedPractice;
  let system: PracticeSystem;

  const path = (more: string) => `/v1/sync/connections/${practice.connectionId}${more}`;
  const all = async (list: string, query = ''): Promise<Json[]> =>
    (await practice.api.ok('GET', path(`/${list}?limit=100${query}`))).data;
  const names = async (list: string, query?: string) => (await all(list, query)).map(({ name }) => name as string);
  const standing = async (kind: string): Promise<Json> =>
    (await practice.status()).lists.find((one: Json) => one.kind === kind);
  const run = (kind: string) => practice.api.ok('POST', path('/run'), { kind });
  const becomes = (kind: string, fits: (list: Json) => boolean) => until(() => standing(kind), fits);
  /** Reads a list now, and waits until something has come of it. */
  const tries = async (kind: string, fits: (list: Json) => boolean) => {
    const { at, retryAt } = await standing(kind);
    clock.advance(1_000);
    await run(kind);
    return becomes(kind, (list) => (list.at !== at || list.retryAt !== retryAt) && fits(list));
  };
  const reads = (kind: string, records: number) =>
    tries(kind, (list) => list.state === 'read' && list.records === records);
  const scope = () => mintTenantScope(practice.practiceId, { kind: 'system', id: 'spec' });
  const rowsOf = <T extends TenantDocument>(token: new (persistence: Persistence) => TenantRepository<T>) =>
    practice.running.app.get(token).forTenant(scope());
  /** A booking of the first time of that day that is still free. */
  const book = async (date: string, patient?: Json): Promise<{ id: string }> => {
    const [time] = [...(await practice.times(date)).keys()];
    const { id } = await practice.book(date, time as string, patient ?? (await practice.patient()));
    await practice.synced(id, 'written');
    return { id };
  };
  const isFailing = ({ state, retryAt }: Json) => state === 'failing' && Date.parse(retryAt) > clock.now();
  const idOf = async (list: string, name: string): Promise<string> =>
    (await all(list)).find((one) => one.name === name)?.id as string;

  beforeAll(async () => {
    practice = await ConnectedPractice.open({
      pluginId: 'pms-sandbox',
      config: { seed: 'lists', hours: 'standard', signingSecret: SECRET },
      clock,
      provider: '101',
      operatories: ['1', '2'],
    });
    system = await practiceSystem(practice.running.app, practice.practiceId);
  }, 90_000);

  afterAll(() => practice.stop());

  it('arrive after the first import, and can be searched', async () => {
    for (const kind of ['carriers', 'appointment_types', 'procedure_codes', 'recalls'])
      await becomes(kind, ({ state }) => state === 'read');
    const { lists } = await practice.status();
    expect(lists.map(({ kind, records }: Json) => [kind, records])).toEqual([
      ['carriers', 5],
      ['appointment_types', 5],
      ['procedure_codes', 10],
      ['recalls', expect.any(Number)],
    ]);
    expect(await names('carriers')).toEqual([
      'Bluewater Dental',
      'Evergreen Benefit',
      'First Lakes Insurance',
      'Meridian Dental Plan',
      'Old Harbor Mutual',
    ]);
    expect(await names('carriers', '&active=false')).toEqual(['Old Harbor Mutual']);
    expect(await names('carriers', '&q=DENTAL&active=true')).toEqual(['Bluewater Dental', 'Meridian Dental Plan']);
    expect(await names('carriers', '&q=md310')).toEqual(['Meridian Dental Plan']);
    expect(await names('carriers', '&q=.*')).toEqual([]);
    const [first] = await all('procedure-codes');
    expect(first).toMatchObject({ code: 'D0120', description: 'Periodic exam', active: true, foreignId: '401' });
    expect(await all('appointment-types', '&q=filling')).toMatchObject([
      { name: 'Filling', pattern: '/XXXXXXXXXX/', minutes: 60, procedureCodes: ['D2391'], reasonIds: [] },
    ]);
    const page = await practice.api.ok('GET', path('/carriers?limit=2'));
    const rest = await practice.api.ok('GET', path(`/carriers?limit=3&cursor=${page.nextCursor}`));
    expect([...page.data, ...rest.data].map(({ foreignId }: Json) => foreignId)).toEqual([
      '301',
      '302',
      '303',
      '304',
      '305',
    ]);
  });

  it('change and vanish as they do over there', async () => {
    const [first, second, ...others] = await system.desk.list('carriers');
    const before = await all('carriers');
    await system.desk.keepList('carriers', [{ ...second!, name: 'Evergreen Health', active: false }, ...others]);
    await reads('carriers', 4);
    const after = await all('carriers');
    expect(after.map(({ foreignId }) => foreignId)).not.toContain(first!.foreignId);
    const changed = after.find(({ foreignId }) => foreignId === second!.foreignId);
    expect(changed).toMatchObject({ name: 'Evergreen Health', active: false });
    // The same records keep their ids, and one that comes back has the one that it had.
    await system.desk.keepList('carriers', [first!, second!, ...others]);
    await reads('carriers', 5);
    expect(await all('carriers')).toEqual(before);
  });

  it('are read in their own time, and one at once when its vendor gives a hint of it', async () => {
    const readAt = async () =>
      Object.fromEntries((await practice.status()).lists.map(({ kind, at }: Json) => [kind, at])) as Json;
    const hint = async (id: string) => {
      const body = webhookBody([{ id, topic: 'procedure_codes' }]);
      const headers = signWebhook(SECRET, body);
      const to = `${practice.running.baseUrl}/v1/hooks/${practice.connectionId}`;
      expect((await fetch(to, { method: 'POST', headers, body: Buffer.from(body) })).status).toBe(200);
    };
    const before = await readAt();
    const codes = await system.desk.list('procedure_codes');
    await system.desk.keepList('procedure_codes', codes.slice(1));
    clock.advance(60_000);
    await hint('codes-1');
    await becomes('procedure_codes', ({ records }) => records === codes.length - 1);
    // More hints than the list is worth are one reading, when some time has passed.
    await system.desk.keepList('procedure_codes', codes.slice(2));
    for (const id of ['codes-2', 'codes-3', 'codes-4']) await hint(id);
    await run('appointments');
    expect(await standing('procedure_codes')).toMatchObject({ state: 'read', records: codes.length - 1 });
    clock.advance(60_000);
    await becomes('procedure_codes', ({ records }) => records === codes.length - 2);
    const { procedure_codes: read, ...others } = await readAt();
    expect(Date.parse(read)).toBeGreaterThan(Date.parse(before['procedure_codes']));
    expect({ ...others, procedure_codes: before['procedure_codes'] }).toEqual(before);
    await system.desk.keepList('procedure_codes', codes);
    // And in its own time.
    clock.advance(25 * HOUR);
    await becomes('procedure_codes', ({ records }) => records === codes.length);
  });

  it('fail alone: the book goes on, and the status says which one and why', async () => {
    await system.faults({ brokenLists: ['carriers'] });
    // More often than the breaker of the connection would bear.
    for (let round = 1; round <= 6; round += 1) await tries('carriers', isFailing);
    const failing = await standing('carriers');
    expect(failing).toMatchObject({ state: 'failing', reason: 'list_broken', records: 5 });
    await book(TUESDAY);
    await reads('recalls', (await standing('recalls')).records);
    const status = await practice.status();
    expect(status).toMatchObject({ healthy: true, reasons: [] });
    const connection = await practice.api.ok('GET', `/v1/connections/${practice.connectionId}`);
    expect(connection.state.status).toBe('up');
    expect(await names('carriers')).toHaveLength(5);
    const log = await practice.api.ok('GET', path('/log?limit=100'));
    expect(log.data.filter(({ what }: Json) => what === 'carriers: list_broken')).toHaveLength(1);
    await system.faults({});
    await reads('carriers', 5);
  }, 60_000);

  it('keep what was known of a record that cannot be read', async () => {
    const before = await all('carriers');
    await system.faults({ unreadable: 'carriers' });
    expect(await reads('carriers', 5)).toMatchObject({ unreadable: 1 });
    expect(await all('carriers')).toEqual(before);
    const { data } = await practice.api.ok('GET', path('/unreadable-records'));
    expect(data).toMatchObject([{ kind: 'carriers', foreignId: '301' }]);
    expect(await practice.status()).toMatchObject({ healthy: true });
    await system.faults({});
    expect(await reads('carriers', 5)).toMatchObject({ unreadable: 0 });
  });

  it('are not believed at once when they are suddenly empty', async () => {
    const carriers = await system.desk.list('carriers');
    await system.desk.keepList('carriers', []);
    await tries('carriers', ({ reason }) => reason === 'suddenly_empty');
    expect(await names('carriers')).toHaveLength(5);
    clock.advance(HOUR);
    await reads('carriers', 0);
    expect(await names('carriers')).toEqual([]);
    // What was empty and stays so is no trouble.
    await reads('carriers', 0);
    await system.desk.keepList('carriers', carriers);
    await reads('carriers', 5);
  });

  it('give their carriers to the practice, without doubles', async () => {
    const { api } = practice;
    await api.ok('POST', '/v1/carriers', { name: 'Meridian', payerId: 'MD310', aliases: ['MDP'] });
    await api.ok('POST', '/v1/carriers', { name: 'The First Lakes Insurance Co.' });
    const chosen = await idOf('carriers', 'Bluewater Dental');
    const one = await api.ok('POST', path('/carriers/import'), { ids: [chosen], status: 'out_of_network' });
    expect(one).toMatchObject({ created: 1, linked: 0, unchanged: 0, data: [{ id: chosen, outcome: 'created' }] });
    const rest = await api.ok('POST', path('/carriers/import'), {});
    expect(rest).toMatchObject({ created: 1, linked: 2, unchanged: 1 });
    const after = (await api.ok('GET', '/v1/carriers?limit=100')).data as Json[];
    expect(after.map(({ name, payerId, status, aliases }) => [name, payerId, status, aliases])).toEqual([
      ['Meridian', 'MD310', 'accepted', ['MDP', 'Meridian Dental Plan']],
      ['The First Lakes Insurance Co.', null, 'accepted', []],
      ['Bluewater Dental', 'BW101', 'out_of_network', []],
      ['Evergreen Benefit', 'EG220', 'accepted', []],
    ]);
    const linked = await all('carriers');
    expect(linked.filter(({ carrierId }) => carrierId !== null)).toHaveLength(4);
    expect(linked.find(({ name }) => name === 'Bluewater Dental')?.carrierId).toBe(one.data[0].carrierId);
    const again = await api.ok('POST', path('/carriers/import'), {});
    expect(again).toMatchObject({ created: 0, linked: 0, unchanged: 4 });
    expect((await api.ok('GET', '/v1/carriers?limit=100')).data).toEqual(after);
    const unknown = await api.post(path('/carriers/import'), { ids: [newId('pmsListItem', NOW)] });
    expect([unknown.status, unknown.body.errors[0].pointer]).toEqual([400, '/ids/0']);
  });

  it('make reasons of their appointment types, whose visits are booked as such', async () => {
    const { api, reasonId } = practice;
    const [cleaning, filling] = [
      await idOf('appointment-types', 'Cleaning'),
      await idOf('appointment-types', 'Filling'),
    ];
    const { providerIds, operatoryIds } = await api.ok('GET', `/v1/reasons/${reasonId}`);
    const who = { patientTypes: ['new', 'returning'], providerIds, operatoryIds };
    const made = await api.ok('POST', path(`/appointment-types/${filling}/reasons`), who);
    expect(made).toMatchObject({ name: 'Filling', pattern: '/XXXXXXXXXX/', procedureCodes: ['D2391'] });
    expect(await api.ok('GET', `/v1/reasons/${made.reasonId}`)).toMatchObject({
      appointmentType: 'Filling',
      pmsTypes: [{ connectionId: practice.connectionId, foreignId: '504' }],
    });

    // The check-up has no codes of its own: its visits bear those of the type that it stands for.
    const link = path(`/appointment-types/${cleaning}/reasons/${reasonId}`);
    expect(await api.ok('PUT', link, {})).toMatchObject({ name: 'Check-up', durationMinutes: 30, procedureCodes: [] });
    const { id } = await book(TUESDAY);
    const visit = await system.find(id);
    expect(visit).toMatchObject({ appointmentTypeForeignId: '502', procedureCodes: ['D1110', 'D0120'] });

    const taken = await api.ok('PUT', path(`/appointment-types/${filling}/reasons/${reasonId}`), {
      take: ['procedure_codes'],
    });
    expect(taken).toMatchObject({ name: 'Check-up', durationMinutes: 30, procedureCodes: ['D2391'] });
    const types = await all('appointment-types');
    const linked = types.flatMap(({ foreignId, reasonIds }) => (reasonIds.length > 0 ? [[foreignId, reasonIds]] : []));
    expect(linked).toEqual([['504', [reasonId, made.reasonId].sort()]]);
    expect((await api.delete(link)).status).toBe(204);
    expect((await api.ok('GET', `/v1/reasons/${reasonId}`)).pmsTypes).toHaveLength(1);
    expect((await api.delete(link.replace(cleaning, filling))).status).toBe(204);
    expect((await api.ok('GET', `/v1/reasons/${reasonId}`)).pmsTypes).toEqual([]);
  }, 60_000);

  it('say what of the reasons the practice system would refuse, before it does', async () => {
    const { api, reasonId } = practice;
    await api.ok('PATCH', `/v1/reasons/${reasonId}`, { procedureCodes: ['D0120', 'D9999'] });
    const { warnings, healthy } = await practice.status();
    expect(warnings).toEqual([
      {
        ...{ code: 'unknown_procedure_code', reasonId, value: 'D9999' },
        detail: expect.stringMatching(/^The reason "Check-up" has the procedure code D9999, which/) as string,
      },
    ]);
    expect(healthy).toBe(true);
    await api.ok('PATCH', `/v1/reasons/${reasonId}`, { procedureCodes: [] });
    const types = await system.desk.list('appointment_types');
    await system.desk.keepList(
      'appointment_types',
      types.filter(({ foreignId }) => foreignId !== '504'),
    );
    await reads('appointment_types', 4);
    expect((await practice.status()).warnings).toMatchObject([{ code: 'unknown_appointment_type', value: '504' }]);
    await system.desk.keepList('appointment_types', types);
    await reads('appointment_types', 5);
    expect((await practice.status()).warnings).toEqual([]);
  });

  describe('who is due', () => {
    const recall = (n: number, more: Partial<PmsRecall> = {}): PmsRecall => ({
      foreignId: `many-${n}`,
      patientForeignId: `p-${n}`,
      type: n % 4 === 0 ? 'Perio' : 'Prophy',
      dueOn: new Date(NOW + ((n % 700) - 340) * 24 * HOUR).toISOString().slice(0, 10),
      ...(n % 5 === 0 ? { scheduledOn: '2027-06-01' } : {}),
      ...more,
    });

    it('comes in bulk, part by part, and goes after a whole reading alone', async () => {
      const many = Array.from({ length: 5_000 }, (_, n) => recall(n));
      await system.desk.keepList('recalls', many);
      await reads('recalls', 5_000);
      const spring = await all('recalls', '&dueFrom=2027-03-15&dueTo=2027-03-16&type=Perio&scheduled=false');
      const wanted = many.filter(
        ({ dueOn, type, scheduledOn }) =>
          dueOn >= '2027-03-15' && dueOn <= '2027-03-16' && type === 'Perio' && !scheduledOn,
      );
      expect(wanted.length).toBeGreaterThan(0);
      expect(spring.map(({ patientForeignId }) => patientForeignId).sort()).toEqual(
        wanted.map(({ patientForeignId }) => patientForeignId).sort(),
      );
      expect(new Set(spring.map(({ patientId }) => patientId))).toEqual(new Set([null]));
      expect((await all('recalls', '&scheduled=true')).every(({ scheduledOn }) => scheduledOn === '2027-06-01')).toBe(
        true,
      );
      const days = (await all('recalls')).map(({ dueOn }) => dueOn as string);
      expect(days).toEqual([...days].sort());

      await system.faults({ brokenLists: ['recalls'] });
      await tries('recalls', isFailing);
      expect(await rowsOf(Recalls).count()).toBe(5_000);
      await system.faults({});
      await system.desk.keepList('recalls', [recall(1, { dueOn: '2028-03-01' }), ...many.slice(2, 4_000)]);
      await reads('recalls', 3_999);
      expect(await rowsOf(Recalls).count()).toBe(3_999);
      expect(await rowsOf(Recalls).find({ foreignId: 'many-1' })).toMatchObject([{ dueOn: '2028-03-01' }]);
    }, 120_000);

    it('is one of our patients where we know them, until they are erased', async () => {
      const patient = await practice.patient();
      const { id } = await book(WEDNESDAY, patient);
      const { patientForeignId } = (await system.find(id))!;
      await system.desk.keepList('recalls', [
        recall(1),
        recall(2, { patientForeignId }),
        recall(3, { patientForeignId }),
      ]);
      await reads('recalls', 3);
      const due = await all('recalls');
      expect(due.filter(({ patientId }) => patientId === patient.id)).toHaveLength(2);
      expect((await practice.api.delete(`/v1/patients/${patient.id}`)).status).toBe(204);
      expect((await all('recalls')).map(({ patientForeignId: other }) => other)).toEqual(['p-1']);
      // The practice system has them still, but they do not come back.
      await reads('recalls', 1);
      // Who comes again, and is known again, is due like anybody.
      const back = await practice.patient();
      const { app } = practice.running;
      const ref = { connectionId: practice.connectionId, foreignId: patientForeignId };
      await app.get(UnitOfWork).run((tx) => app.get(Patients).linkForeign(scope(), tx, back.id, ref));
      await reads('recalls', 3);
      expect((await all('recalls')).filter(({ patientId }) => patientId === back.id)).toHaveLength(2);
    }, 60_000);
  });

  it('are nothing to a connection of another kind, and go with their practice system', async () => {
    const { api } = practice;
    const config = { host: '127.0.0.1', port: 9, security: 'none', fromAddress: 'desk@elm.example' };
    const mail = await api.ok('POST', '/v1/connections', { pluginId: 'notify-smtp', name: 'Mail', config });
    expect((await api.get(`/v1/sync/connections/${mail.id}/carriers`)).status).toBe(404);
    expect((await api.delete(`/v1/connections/${practice.connectionId}`)).status).toBe(204);
    const left = async () => {
      const counts = [rowsOf(ListItems), rowsOf(Recalls), rowsOf(ListStates), rowsOf(ForgottenPatientRows)];
      return Promise.all(counts.map((rows) => rows.count()));
    };
    await until(left, (counts) => counts.every((count) => count === 0));
    // What was taken over stays.
    expect((await api.ok('GET', '/v1/carriers?limit=100')).data).toHaveLength(4);
  });
});
