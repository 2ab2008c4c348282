import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxFaults } from '@openchair/pms-sandbox';
import { chromium, type Browser, type Page } from 'playwright-core';
import type { ApiAnswer } from './harness/api.js';
import { DemoPlatform } from './harness/demo.js';
import { InboxProcess } from './harness/inbox.js';
import { until } from './harness/until.js';
import { somebody } from './harness/visitor.js';

const CHROMIUM = process.env['CHROMIUM_PATH'];
const PATIENCE_MS = 15_000;
/** Where pictures of each page go when somebody wants to look at them. */
const PICTURES = process.env['PICTURES'];

// A machine without a browser can still check all the rest; CI installs one, and there it must be.
const withBrowser = CHROMIUM || process.env['CI'] ? describe : describe.skip;

withBrowser('in a browser', () => {
  let inbox: InboxProcess;
  let demo: DemoPlatform;
  let browser: Browser;
  let complaints: string[];

  beforeAll(async () => {
    inbox = await InboxProcess.start();
    demo = await DemoPlatform.start({ env: inbox.env });
    const asked = {
      askGroupNumber: 'required',
      questions: [{ id: 'second', label: 'Do you have a second insurance?', type: 'yes_no', required: true }],
    };
    expect((await demo.api('PATCH', '/v1/insurance-settings', asked)).status).toBe(200);
    browser = await chromium.launch({
      ...(CHROMIUM ? { executablePath: CHROMIUM } : {}),
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
    });
  }, 90_000);

  afterAll(async () => {
    await browser?.close();
    await demo?.stop();
    await inbox?.stop();
  });

  /** A page that notes every error, and every request that leaves the platform. */
  async function open(url: string, viewport: { width: number; height: number }): Promise<Page> {
    const page = await browser.newPage({ viewport });
    page.setDefaultTimeout(PATIENCE_MS);
    complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('request', (request) => {
      if (!request.url().startsWith(demo.app.baseUrl) && !request.url().startsWith('data:'))
        complaints.push(`asks ${request.url()}`);
    });
    await page.goto(url);
    return page;
  }

  /** What the practice system does wrong from now on. */
  async function practiceSystemDoes(faults: SandboxFaults): Promise<void> {
    const { body } = await demo.api<ApiAnswer['body']>('GET', '/v1/connections');
    const { id, config } = body.data.find(({ pluginId }: { pluginId: string }) => pluginId === 'pms-sandbox');
    expect((await demo.api('PATCH', `/v1/connections/${id}`, { config: { ...config, faults } })).status).toBe(200);
    // A fault that has switched itself off is remembered there.
    await demo.db.collection('plugin_records').deleteMany({ key: 'faults' });
    await until(
      async () => (await demo.api<ApiAnswer['body']>('GET', `/v1/sync/connections/${id}`)).body,
      ({ phase, reasons }) => phase === 'live' && !reasons.includes('not_imported'),
    );
  }

  async function picture(page: Page, name: string): Promise<void> {
    if (!PICTURES) return;
    mkdirSync(PICTURES, { recursive: true });
    await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
  }

  it.each([
    ['a telephone', 'phone', { width: 390, height: 844 }],
    ['a desk', 'desk', { width: 1280, height: 800 }],
  ])(
    'a patient books on %s, and changes the visit by the link in the mail',
    async (_where, name, viewport) => {
      const page = await open(`${demo.app.baseUrl}/book/${demo.keys.practiceId}`, viewport);
      const press = (text: string | RegExp) => page.getByRole('button', { name: text }).first().click();
      await press('I am a new patient');
      await press('New patient exam and X-rays');
      await page.getByRole('heading', { name: 'With whom?' }).waitFor();
      await picture(page, `${name}-provider`);
      await press('Anyone, the earliest time');
      await page.getByRole('heading', { name: 'Choose a time' }).waitFor();
      await picture(page, `${name}-times`);
      await page.locator('section').last().getByRole('button').first().click();
      await page.getByLabel('First name').fill('Ida');
      await page.getByLabel('Last name').fill('Wells');
      await page.getByLabel('Date of birth').fill('1988-02-03');
      await page.getByLabel('E-mail').fill(`${name}@example.com`);
      await page.getByLabel('Insurance carrier').fill('delta dental');
      await page.getByLabel('Insurance carrier').blur();
      await page.getByText('The practice accepts this insurance.').waitFor();
      await page.getByLabel('Insurance carrier').fill('Nobody Mutual');
      await page.getByLabel('Insurance carrier').blur();
      await page.getByText('We are not sure that we work with this carrier').waitFor();
      await page.getByLabel('Group number').fill('G-42');
      await page.getByLabel('Do you have a second insurance?').selectOption('no');
      await page.getByText('The practice may use these data').click();
      await picture(page, `${name}-details`);
      await press('Book this time');
      await page.getByRole('heading', { name: 'Your visit is booked' }).waitFor();
      await picture(page, `${name}-booked`);
      // Nothing is wider than the screen.
      expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
      expect(complaints).toEqual([]);
      await page.close();

      const [mail] = await until(
        () => inbox.messages(`${name}@example.com`),
        (found) => found.length > 0,
      );
      const link = /https?:\/\/\S+\/visit#\S+/.exec(mail?.text ?? '')?.[0] as string;
      const visit = await open(link, viewport);
      await visit.getByRole('button', { name: 'I will come' }).click();
      await visit.getByRole('heading', { name: 'Your visit is confirmed' }).waitFor();
      await visit.getByRole('button', { name: 'Move to another time' }).click();
      await visit.locator('section').last().getByRole('button').last().click();
      await visit.getByRole('heading', { name: 'Your visit', exact: true }).waitFor();
      await picture(visit, `${name}-visit`);
      await visit.getByRole('button', { name: 'Cancel this visit' }).click();
      await visit.getByRole('heading', { name: 'This visit is cancelled' }).waitFor();
      expect(complaints).toEqual([]);
      await visit.close();
    },
    90_000,
  );

  it.each([
    ['a telephone', 'phone', { width: 390, height: 844 }],
    ['a desk', 'desk', { width: 1280, height: 800 }],
  ])(
    'a patient on %s whose time is given away at the practice takes another one, and need not wait for the practice',
    async (_where, name, viewport) => {
      const booking = async (email: string) => {
        const page = await open(`${demo.app.baseUrl}/book/${demo.keys.practiceId}`, viewport);
        const press = (text: string | RegExp) => page.getByRole('button', { name: text }).first().click();
        await press('I am a new patient');
        await press('New patient exam and X-rays');
        await press('Anyone, the earliest time');
        await page.locator('section').last().getByRole('button').last().click();
        await page.getByLabel('First name').fill('Ida');
        await page.getByLabel('Last name').fill('Wells');
        await page.getByLabel('Date of birth').fill('1988-02-03');
        await page.getByLabel('E-mail').fill(email);
        await page.getByText('The practice may use these data').click();
        await press('Book this time');
        return page;
      };
      const fits = (page: Page) => page.evaluate('document.documentElement.scrollWidth <= window.innerWidth');

      await practiceSystemDoes({ conflictOnce: true });
      const page = await booking(`taken-${name}@example.com`);
      await page.getByRole('heading', { name: 'This time was just taken' }).waitFor();
      await page.getByRole('link', { name: /^\+1/ }).waitFor();
      await picture(page, `${name}-taken`);
      expect(await fits(page)).toBe(true);
      await page.locator('.offers').getByRole('button').first().click();
      await page.getByRole('heading', { name: 'Your visit is booked' }).waitFor();
      await page.getByText('We are confirming this time').waitFor({ state: 'detached' });
      const href = await page.getByRole('link', { name: 'Confirm, move or cancel this visit' }).getAttribute('href');

      const [, token] = String(href).split('#');
      const path = `/v1/widget/visits/${token}`;
      const becomes = (state: string) =>
        until(
          async () => (await demo.api<ApiAnswer['body']>('GET', path)).body,
          ({ sync }) => sync.state === state,
        );
      await becomes('written');

      // The front desk is quicker once more, when the visit is moved.
      await practiceSystemDoes({ conflictOnce: true });
      const { body } = await demo.api<ApiAnswer['body']>('GET', `${path}/slots?days=21`);
      const slots = body.days.flatMap((day: { slots: object[] }) => day.slots);
      expect((await demo.api('POST', `${path}/reschedule`, { slotId: slots.at(-3).id })).status).toBe(200);
      await becomes('conflict');
      await page.goto(String(href));
      await page.getByRole('heading', { name: 'Your visit needs another time' }).waitFor();
      await picture(page, `${name}-visit-taken`);
      expect(await fits(page)).toBe(true);
      await page.locator('.offers').getByRole('button').last().click();
      await page.getByRole('heading', { name: 'Your visit', exact: true }).waitFor();
      await page.getByRole('button', { name: 'I will come' }).waitFor();
      await becomes('written');
      expect(complaints).toEqual([]);
      await page.close();

      // Slower than any write waits for.
      await practiceSystemDoes({ latencyMs: 6_000 });
      const waiting = await booking(`waiting-${name}@example.com`);
      const word = waiting.getByText('We are confirming this time with the practice.');
      await waiting.getByRole('heading', { name: 'Your visit is booked' }).waitFor();
      await word.waitFor();
      await picture(waiting, `${name}-confirming`);
      await practiceSystemDoes({});
      await word.waitFor({ state: 'detached', timeout: 60_000 });
      await waiting.getByRole('heading', { name: 'Your visit is booked' }).waitFor();
      expect(complaints).toEqual([]);
      await waiting.close();
    },
    150_000,
  );

  it('a waiting patient declines one offered time and takes another by the links in the mails', async () => {
    const staff = async (method: string, path: string, body?: unknown): Promise<ApiAnswer['body']> => {
      const answer = await demo.api<ApiAnswer['body']>(method, `/v1/${path}`, body);
      expect([answer.status < 300, answer.body?.detail]).toEqual([true, undefined]);
      return answer.body;
    };
    const reasonId = await (await demo.visitor()).reasonId('New patient exam and X-rays');
    const { days } = await staff('GET', `availability?reasonId=${reasonId}&days=31`);
    const slots = days.flatMap((day: { slots: object[] }) => day.slots);
    const patient = await staff('POST', 'patients', { ...somebody(), lastName: 'Moss' });
    const who = { patientId: patient.id, patientType: 'new' };
    const { id: appointmentId } = await staff('POST', 'appointments', { ...who, slotId: slots.at(-1).id });
    const from = slots[0].local.slice(0, 10);
    const wanted = { ...who, reasonId, appointmentId, from, to: '2099-12-31' };
    const entry = await staff('POST', 'waitlist', wanted);
    for (const [place, name] of (['phone', 'desk'] as const).entries()) {
      await staff('POST', `waitlist/${entry.id}/offers`, { slotId: slots.at(-20 * (place + 1)).id });
      const mails = await until(
        async () => (await inbox.messages(patient.email)).filter(({ subject }) => subject.includes('earlier time')),
        (found) => found.length > place,
      );
      const link = /https?:\/\/\S+\/offer#\S+/.exec(mails[0]?.text ?? '')?.[0] as string;
      const page = await open(link, name === 'phone' ? { width: 390, height: 844 } : { width: 1280, height: 800 });
      await page.getByRole('heading', { name: 'Would you like to come earlier?' }).waitFor();
      await picture(page, `${name}-offer`);
      await page.getByRole('button', { name: name === 'phone' ? 'No, thank you' : 'Take this time' }).click();
      const after = name === 'phone' ? 'You did not want this time' : 'This time is yours';
      await page.getByRole('heading', { name: after }).waitFor();
      await picture(page, `${name}-offer-answered`);
      await page.reload();
      await page.getByRole('heading', { name: after }).waitFor();
      expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
      expect(complaints).toEqual([]);
      await page.close();
    }
    expect(await staff('GET', `waitlist/${entry.id}`)).toMatchObject({
      status: 'booked',
      bookedAppointmentId: appointmentId,
    });
  }, 90_000);

  it('the API page shows every group of operations with assets of our own', async () => {
    const page = await open(`${demo.app.baseUrl}/docs`, { width: 1280, height: 800 });
    await page.getByRole('link', { name: 'appointments', exact: true }).waitFor();
    await picture(page, 'docs');
    expect(complaints).toEqual([]);
    await page.close();
  });
});
