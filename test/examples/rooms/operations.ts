import { mintTenantScope } from '../../../src/kernel/index.js';
import { UnitOfWork } from '../../../src/persistence/index.js';
import { DueWork, WorkHandlers } from '../../../src/queues/index.js';
import { until } from '../../harness/until.js';
import type { Room } from '../tour.js';

/** After so long an event is in the feed. */
const SETTLED_MS = 5_000;

/** What happened, what was sent, and what did not work. */
export const operations: Room = async (tour) => {
  const practice = await tour.practice({ smtpPort: Number(new URL(tour.inbox.env.SMTP_URL).port) });
  const { id, api } = practice;
  const appointmentId = await practice.book('2030-03-15');
  await until(
    () => api.ok('GET', `/v1/messages?appointmentId=${appointmentId}`),
    ({ data }) => data.length > 1 && data.every(({ state }: { state: string }) => state !== 'queued'),
  );
  await tour.show('listMessages', api, { query: { appointmentId, limit: 10 } });

  const { app } = tour.house.running;
  app.get(WorkHandlers).register({
    kind: 'example.work',
    transactional: true,
    ladder: [],
    handle: () => Promise.reject(new Error('it never works')),
  });
  const scope = mintTenantScope(id, { kind: 'system', id: 'examples' });
  await app
    .get(UnitOfWork)
    .run((tx) => app.get(DueWork).add(scope, tx, [{ kind: 'example.work', key: appointmentId, payload: {} }]));
  const query = { kind: 'example.work' };
  await until(
    () => api.ok('GET', `/v1/dead-letters?kind=${query.kind}`),
    ({ data }) => data.length > 0,
  );
  const { data } = await tour.show('listDeadLetters', api, { query });
  await tour.show('replayDeadLetter', api, { path: { deadLetterId: data[0].id } });

  tour.clock.advance(SETTLED_MS);
  await tour.show('listEvents', api, {
    query: { subjectKind: 'appointment', subjectId: appointmentId, limit: 10 },
  });
};
