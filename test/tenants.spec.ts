import { ManualClock } from '../src/kernel/index.js';
import { outcome, type Api, type ApiAnswer } from './harness/api.js';
import type { RunningApp } from './harness/app.js';
import { location, setUp, Tenancy, type TestAgency } from './harness/tenants.js';

const SITE = 'https://www.elmdental.example';
/** Other processes see a change after so long at the latest. */
const KEPT_MS = 3_000;
const SETTLED_MS = 5_000;

describe('agencies and practices', () => {
  const clock = new ManualClock(Date.now());
  let house: Tenancy;
  let twin: RunningApp;
  let agency: TestAgency;

  beforeAll(async () => {
    house = await Tenancy.start({ clock });
    twin = await house.twin(clock);
    agency = await house.agency();
  }, 60_000);
  afterAll(async () => {
    await twin.app.close();
    await house.running.stop();
  });

  const practice = async (name = 'Elm Dental', of = agency): Promise<{ id: string; api: Api }> => {
    const id = await house.practice(of, name);
    return { id, api: of.admin.api.in(id) };
  };
  /** All that has happened in the practice, once it is settled. */
  const events = async (
    api: Api,
    query = '',
  ): Promise<{ id: string; type: string; data: Record<string, unknown> }[]> => {
    clock.advance(SETTLED_MS);
    return (await api.ok('GET', `/v1/events?limit=100${query}`)).data;
  };
  const types = async (api: Api) => (await events(api)).map(({ type }) => type);

  describe('switched off', () => {
    it('a practice refuses its people, keys, widget and links, keeps its data, and works again afterwards', async () => {
      const { id, api } = await practice();
      const { reasonId } = await setUp(api);
      const user = await house.user(api, 'practice_admin');
      const key = await house.key(api, ['practice:read']);
      const widgetKey = await api.ok('POST', '/v1/widget-keys', { name: 'Site', origins: [SITE] });
      const site = house.anyone.from(SITE);
      const open = () => site.post('/v1/widget/sessions', { key: widgetKey.key });
      const session = site.as((await open()).body.token);
      const asks: [by: Api, path: string][] = [
        [house.anyone, `/v1/widget/visits/${await bookedLink(session, reasonId)}`],
        [user.api, '/v1/locations'],
        [key.api, '/v1/locations'],
        [session, '/v1/widget/reasons?patientType=new'],
      ];
      const all = (at?: string) => Promise.all(asks.map(([by, path]) => (at ? by.at(at) : by).get(path)));
      expect((await all()).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      expect((await all(twin.baseUrl)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);

      expect(outcome(await user.api.patch(`/v1/practices/${id}`, { active: false }))).toEqual([403, 'forbidden']);
      const off = await agency.admin.api.ok('PATCH', `/v1/practices/${id}`, { active: false });
      expect(off).toMatchObject({ active: false, live: true });
      const refused = [403, 'practice_inactive'];
      expect((await all()).map(outcome)).toEqual(Array(4).fill(refused));
      expect(outcome(await open())).toEqual(refused);
      clock.advance(KEPT_MS + 1);
      expect((await all(twin.baseUrl)).map(outcome)).toEqual(Array(4).fill(refused));
      // Its agency still reaches the data.
      expect((await api.ok('GET', '/v1/locations')).data).toHaveLength(1);

      await agency.admin.api.ok('PATCH', `/v1/practices/${id}`, { active: true });
      expect((await all()).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      const told = (await types(api)).filter((type) => type.startsWith('practice.'));
      expect(told).toEqual(['practice.created', 'practice.went_live', 'practice.deactivated', 'practice.activated']);
    });

    it('an agency refuses its own and those of its practices, and no other agency', async () => {
      const own = await house.agency('Soon Suspended');
      const { api } = await practice('Their Practice', own);
      const user = await house.user(api, 'practice_admin');
      const keys = [await house.key(api, ['practice:read']), await house.key(own.admin.api, ['practice:read'])];
      expect(outcome(await own.admin.api.patch(`/v1/agencies/${own.id}`, { active: false }))).toEqual([
        401,
        'unauthenticated',
      ]);
      const suspended = await house.platform.ok('PATCH', `/v1/agencies/${own.id}`, { active: false });
      expect(suspended).toMatchObject({ id: own.id, active: false });
      const refused = [403, 'agency_suspended'];
      const all = () =>
        Promise.all([
          own.admin.api.get('/v1/practices'),
          api.get('/v1/locations'),
          user.api.get('/v1/locations'),
          ...keys.map((key) => key.api.get('/v1/practices')),
        ]);
      expect((await all()).map(outcome)).toEqual(Array(5).fill(refused));
      expect((await agency.admin.api.get('/v1/practices')).status).toBe(200);
      await house.platform.ok('PATCH', `/v1/agencies/${own.id}`, { active: true });
      expect((await all()).map(({ status }) => status)).toEqual(Array(5).fill(200));
      expect(
        outcome(await house.platform.patch('/v1/agencies/agy_01m86nzvwrxx06m34wbd8maynp', { active: false })),
      ).toEqual([404, 'not_found']);
    });
  });

  describe('settings', () => {
    const read = (api: Api) => api.ok('GET', '/v1/settings');

    it('come from the nearest level that says something, and say from which', async () => {
      const own = await house.agency('Inherits');
      const { api } = await practice('Heir', own);
      const first = await read(api);
      expect([first.scheduling.holdMinutes, first.sources.scheduling.holdMinutes]).toEqual([10, 'platform']);
      expect(Object.keys(first.sources.brand)).toEqual(Object.keys(first.brand));

      await own.admin.api.ok('PATCH', '/v1/agencies/current/settings', {
        scheduling: { holdMinutes: 7 },
        brand: { primaryColor: '#112233', theme: 'dark' },
      });
      await api.ok('PATCH', '/v1/settings', { brand: { primaryColor: '#445566' } });
      const both = await read(api);
      expect(both).toMatchObject({
        scheduling: { holdMinutes: 7, stepMinutes: 15 },
        brand: { primaryColor: '#445566', theme: 'dark' },
        sources: {
          scheduling: { holdMinutes: 'agency', stepMinutes: 'platform' },
          brand: { primaryColor: 'practice', theme: 'agency', name: 'platform' },
        },
      });
      const agencyWide = await own.admin.api.ok('GET', '/v1/agencies/current/settings');
      expect([agencyWide.brand.primaryColor, agencyWide.sources.brand.primaryColor]).toEqual(['#112233', 'agency']);
      // A practice of another agency inherits nothing of it.
      expect((await read((await practice('Stranger')).api)).scheduling.holdMinutes).toBe(10);
    });

    it('null gives the inherited value back, level by level', async () => {
      const own = await house.agency('Resets');
      const { api } = await practice('Reset', own);
      await own.admin.api.ok('PATCH', '/v1/agencies/current/settings', { messages: { reminderHours: [48] } });
      await api.ok('PATCH', '/v1/settings', {
        messages: { reminderHours: [24, 2], quietFrom: '20:00' },
        widget: { showInsurance: false, formLinks: [{ label: 'Intake', url: 'https://forms.example/intake' }] },
      });
      const reset = await api.ok('PATCH', '/v1/settings', {
        messages: { reminderHours: null },
        widget: { showInsurance: null, formLinks: null },
      });
      expect(reset).toMatchObject({
        messages: { reminderHours: [48], quietFrom: '20:00', quietUntil: '08:00' },
        widget: { showInsurance: true, formLinks: [] },
        sources: { messages: { reminderHours: 'agency', quietFrom: 'practice' }, widget: { formLinks: 'platform' } },
      });
      const above = await own.admin.api.ok('PATCH', '/v1/agencies/current/settings', {
        messages: { reminderHours: null },
      });
      expect([above.messages.reminderHours, above.sources.messages.reminderHours]).toEqual([[72, 24], 'platform']);
      expect((await read(api)).messages.reminderHours).toEqual([72, 24]);
    });

    it('hold at once where they were changed, and elsewhere after some seconds', async () => {
      const { api } = await practice('Cached');
      await setUp(api);
      const { key } = await api.ok('POST', '/v1/widget-keys', { name: 'Site', origins: [SITE] });
      const title = async (at?: string) => {
        const site = house.anyone.from(SITE);
        const answer = await (at ? site.at(at) : site).ok('POST', '/v1/widget/sessions', { key });
        return [answer.settings.title, answer.brand.theme, answer.settings.formLinks.length];
      };
      expect([await title(), await title(twin.baseUrl)]).toEqual(Array(2).fill([null, 'light', 0]));
      await api.ok('PATCH', '/v1/settings', {
        widget: { title: 'Book now', formLinks: [{ label: 'Intake', url: 'https://forms.example/intake' }] },
        brand: { theme: 'dark' },
      });
      expect(await title()).toEqual(['Book now', 'dark', 1]);
      clock.advance(KEPT_MS + 1);
      expect(await title(twin.baseUrl)).toEqual(['Book now', 'dark', 1]);
    });

    it('are changed by one writer at a time, and a change that changes nothing tells nobody', async () => {
      const { api } = await practice('Versions');
      const answer = await api.get('/v1/settings');
      const etag = answer.headers.get('etag') as string;
      const patch = { brand: { name: 'Elm Dental' }, widget: { title: 'Book' } };
      const first = await api.with({ 'if-match': etag }).patch('/v1/settings', patch);
      expect([first.status, first.headers.get('etag')]).toEqual([200, `"v${first.body.version}"`]);
      expect(outcome(await api.with({ 'if-match': etag }).patch('/v1/settings', patch))).toEqual([
        412,
        'version_mismatch',
      ]);
      expect((await api.ok('PATCH', '/v1/settings', patch)).version).toBe(first.body.version);
      await api.ok('PATCH', '/v1/settings', { widget: { formLinks: [{ label: 'A', url: 'https://a.example/' }] } });
      await api.ok('PATCH', '/v1/settings', { widget: { formLinks: [{ label: 'A', url: 'https://a.example/' }] } });
      const told = (await events(api)).map(({ type, data }) => [type, data]);
      expect(told).toEqual([
        ['practice.created', {}],
        ['settings.changed', { sections: 'brand,widget' }],
        ['brand.changed', {}],
        ['settings.changed', { sections: 'widget' }],
      ]);
      const ofAgency = await agency.admin.api.get('/v1/agencies/current/settings');
      const stale = agency.admin.api.with({ 'if-match': ofAgency.headers.get('etag') as string });
      expect((await stale.patch('/v1/agencies/current/settings', { brand: { details: 'Ours' } })).status).toBe(200);
      expect(outcome(await stale.patch('/v1/agencies/current/settings', { brand: { details: 'New' } }))).toEqual([
        412,
        'version_mismatch',
      ]);
    });

    it('two changes at once of different fields both stay', async () => {
      const { api } = await practice('Merged');
      await Promise.all([
        api.ok('PATCH', '/v1/settings', { brand: { name: 'One' } }),
        api.ok('PATCH', '/v1/settings', { brand: { phone: '+1 312 555 0101' } }),
        api.ok('PATCH', '/v1/settings', { scheduling: { stepMinutes: 10 } }),
      ]);
      expect(await read(api)).toMatchObject({
        brand: { name: 'One', phone: '+1 312 555 0101' },
        scheduling: { stepMinutes: 10 },
      });
    });

    it.each([
      ['an unknown section', { colours: {} }],
      ['an unknown field', { brand: { colour: 'red' } }],
      ['a section that is null', { brand: null }],
      ['a colour that is none', { brand: { textColor: 'red' } }],
      ['a theme that is none', { brand: { theme: 'pink' } }],
      ['an address without https', { widget: { privacyUrl: 'http://a.example/' } }],
      ['a link without a label', { widget: { formLinks: [{ url: 'https://a.example/' }] } }],
      ['eleven links', { widget: { formLinks: Array(11).fill({ label: 'A', url: 'https://a.example/' }) } }],
      ['quiet hours that are none', { messages: { quietFrom: '9 pm' } }],
      ['a hold of an hour', { scheduling: { holdMinutes: 60 } }],
    ])('refuse %s and change nothing', async (_what, patch) => {
      const { api } = await practice('Strict');
      expect(outcome(await api.patch('/v1/settings', patch))).toEqual([400, 'invalid_request']);
      expect((await read(api)).version).toBe(1);
    });
  });

  describe('locations', () => {
    const ways: [string, (api: Api, id: string) => Promise<ApiAnswer>][] = [
      ['removed', (api, id) => api.delete(`/v1/locations/${id}`)],
      ['closed', (api, id) => api.patch(`/v1/locations/${id}`, { active: false })],
    ];

    it.each(ways)(
      'the last one is not %s, also when both of two are at once',
      async (_what, act) => {
        for (let round = 0; round < 5; round += 1) {
          const { api } = await practice(`Race ${round}`);
          const [one, two] = [
            await api.ok('POST', '/v1/locations', location()),
            await api.ok('POST', '/v1/locations', location({ name: 'Second' })),
          ];
          await api.ok('POST', '/v1/locations', location({ name: 'Closed', active: false }));
          const answers = await Promise.all([act(api, one.id), act(api, two.id)]);
          expect(answers.map(({ status }) => Math.floor(status / 100)).sort()).toEqual([2, 4]);
          expect(answers.find(({ status }) => status >= 400)).toMatchObject({
            status: 409,
            body: { code: 'last_location' },
          });
          const { data } = await api.ok('GET', '/v1/locations');
          expect(data.filter(({ active }: { active: boolean }) => active)).toHaveLength(1);
        }
      },
      60_000,
    );

    it('tell of every change', async () => {
      const { api } = await practice('Told');
      const one = await api.ok('POST', '/v1/locations', location());
      await api.ok('POST', '/v1/locations', location({ name: 'Second' }));
      await api.ok('PATCH', `/v1/locations/${one.id}`, { name: 'First' });
      await api.delete(`/v1/locations/${one.id}`);
      const told = await events(api, `&subjectId=${one.id}`);
      expect(told).toMatchObject([
        { type: 'location.changed', sequence: 1, data: {} },
        { type: 'location.changed', sequence: 2, data: {} },
        { type: 'location.changed', sequence: 3, data: { change: 'removed' } },
      ]);
    });
  });

  describe('set-up', () => {
    it('says what is missing and where to mend it, and going live names the same', async () => {
      const { api } = await practice('New');
      const { live, steps } = await api.ok('GET', '/v1/setup');
      expect(live).toBe(false);
      const told = steps.map(({ id, path, done, missing }: Record<string, unknown>) => [
        id,
        path,
        done,
        (missing as string[]).length > 0,
      ]);
      expect(told).toEqual([
        ['locations', '/v1/locations', false, true],
        ['providers', '/v1/providers', false, true],
        ['reasons', '/v1/reasons', false, true],
        ['insurance', '/v1/insurance-settings', false, true],
        ['templates', '/v1/connections', false, true],
        ['settings', '/v1/settings', false, true],
        ['go_live', '/v1/setup/go-live', false, true],
      ]);
      const refused = await api.post('/v1/setup/go-live');
      expect(outcome(refused)).toEqual([409, 'setup_incomplete']);
      expect(refused.body.steps).toEqual(steps.slice(0, -1));
      expect(refused.body.detail).toContain('brand.phone');
    });

    it('a step is done when its part is, and the last one opens the widget once', async () => {
      const { api } = await practice('Steps');
      await setUp(api, false);
      const place = (await api.ok('GET', '/v1/locations')).data[0];
      await api.ok('PATCH', `/v1/locations/${place.id}`, { hours: [] });
      const refused = await api.post('/v1/setup/go-live');
      expect(refused.body.steps).toMatchObject([
        { id: 'locations', missing: ['Set the opening hours of a location.'] },
      ]);
      await api.ok('PATCH', `/v1/locations/${place.id}`, { hours: location().hours });
      const { steps } = await api.ok('GET', '/v1/setup');
      const warned = steps.filter(({ warnings }: { warnings: string[] }) => warnings.length > 0);
      expect(warned).toMatchObject([{ id: 'reasons', done: true, warnings: [expect.stringContaining('returning')] }]);
      const answers = await Promise.all([1, 2, 3].map(() => api.post('/v1/setup/go-live')));
      expect(answers.map(({ status, body }) => [status, body.live])).toEqual(Array(3).fill([200, true]));
      expect((await api.ok('GET', '/v1/setup')).steps.every(({ done }: { done: boolean }) => done)).toBe(true);
      expect((await types(api)).filter((type) => type === 'practice.went_live')).toHaveLength(1);
    });
  });
});

/** Books the first free time through the widget; the token of the patient's own link. */
async function bookedLink(session: Api, reasonId: string): Promise<string> {
  const { nextAvailable } = await session.ok('GET', `/v1/widget/slots?reasonId=${reasonId}`);
  const hold = await session.ok('POST', '/v1/widget/holds', { slotId: nextAvailable.id });
  const { manageUrl } = await session.ok('POST', '/v1/widget/bookings', {
    holdId: hold.id,
    patientType: 'new',
    patient: { firstName: 'Ada', lastName: 'Lane', dateOfBirth: '1990-04-23', email: 'ada@example.com' },
    consent: { treatment: true },
  });
  return manageUrl.split('#')[1];
}
