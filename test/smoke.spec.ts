import { startApp, type RunningApp } from './harness/app.js';

describe('the application', () => {
  let running: RunningApp;
  beforeAll(async () => (running = await startApp()));
  afterAll(() => running.stop());

  it('answers its probes', async () => {
    const ready = await fetch(`${running.baseUrl}/health/ready`);
    expect(await ready.json()).toMatchObject({ status: 'ok', checks: { database: 'ok', redis: 'ok' } });
  });
});
