import { startApp, type RunningApp } from './harness/app.js';

describe('the application', () => {
  let running: RunningApp;
  beforeAll(async () => (running = await startApp()));
  afterAll(() => running.stop());

  it('answers its probes', async () => {
    const ready = await fetch(`${running.baseUrl}/health/ready`);
    expect(await ready.json()).toMatchObject({ status: 'ok', checks: { database: 'ok', redis: 'ok' } });
  });
  it('problem', async () => {
    const r = await fetch(`${running.baseUrl}/nope`);
    console.log(r.status, await r.text(), [...r.headers]);
    const b = await fetch(`${running.baseUrl}/nope`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"a":',
    });
    console.log(b.status, await b.text());
    console.log((await (await fetch(`${running.baseUrl}/metrics`)).text()).slice(0, 200));
  });
});
