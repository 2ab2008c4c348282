import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection as Database } from 'mongoose';
import { Catalog } from '../../src/catalog/index.js';
import { Persistence, UnitOfWork } from '../../src/persistence/index.js';
import { Connections } from '../../src/plugin-host/index.js';
import { SyncSetup } from '../../src/sync/index.js';
import { startApp, type RunningApp } from '../harness/app.js';
import { newPractice } from '../harness/synced-practice.js';
import { copyOf } from './copies.js';
import type { Row } from './measure.js';

const WANTED = Number(process.env['BENCH_VISITS'] ?? 100_000);
const PROVIDERS = 24;
const BATCH = 1_000;
/** Days that a book is read of. */
const DAYS = 189;
const ROUNDS = 2;
const WARM_UP = 10_000;
const MOST_GROWN_MB = 100;

/** A practice system that has its answers ready: what is measured is our side. */
const LARGE = `
const kit = require(${JSON.stringify(require.resolve('@openchair/plugin-kit'))});
const DAY = 86400000;
const ids = Array.from({ length: ${PROVIDERS} }, (_, at) => String(at + 1));
exports.default = kit.definePlugin({
  id: 'pms-large', kind: 'pms', name: 'Large', version: '1.0.0', compatibility: '^1.0',
  capabilities: { read: ['providers', 'operatories', 'schedules', 'appointments'], write: [], webhooks: false, deltas: true, refusesOverlap: false, staleReadsMs: 0 },
  configSchema: { type: 'object', additionalProperties: false, properties: { perDay: { type: 'integer', title: 'Visits', description: 'Visits a day.' } } },
  secrets: [],
  create({ perDay }, { clock }) {
    const page = (records) => ({ records, asOf: clock.now() });
    const days = (from, to) => { const all = []; for (let at = Date.parse(from); at <= Date.parse(to); at += DAY) all.push(at); return all; };
    return {
      probe: async () => ({ description: 'Large' }),
      pullProviders: async () => page(ids.map((foreignId) => ({ foreignId, abbreviation: foreignId, firstName: 'P', lastName: foreignId, role: 'dentist', operatoryForeignIds: [foreignId], active: true }))),
      pullOperatories: async () => page(ids.map((foreignId, order) => ({ foreignId, name: 'Room ' + foreignId, abbreviation: foreignId, hygiene: false, order, active: true }))),
      pullSchedules: async (_call, { from, to }) => page(days(from, to).flatMap((at) => ids.map((id) => ({ kind: 'hours', providerForeignId: id, date: new Date(at).toISOString().slice(0, 10), intervals: [{ start: '06:00', end: '18:00' }] })))),
      pullAppointments: async (_call, { from, to, cursor, updatedSince }) => {
        const all = days(from, to);
        const at = cursor ? Number(cursor) : all[0];
        if (updatedSince || at === undefined) return page([]);
        const records = Array.from({ length: perDay }, (_, n) => {
          const id = ids[n % ids.length];
          const start = at + 12 * 3600000 + Math.floor(n / ids.length) * 1200000;
          return { foreignId: at + '-' + n, patientForeignId: 'x', providerForeignId: id, operatoryForeignId: id, start, end: start + 1200000, status: 'scheduled', confirmed: false, updatedAt: 1 };
        });
        return { ...page(records), ...(at + DAY <= Date.parse(to) ? { nextCursor: String(at + DAY) } : {}) };
      },
    };
  },
});
`;

function largePlugin(): string {
  const folder = mkdtempSync(join(tmpdir(), 'oc-large-'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'pms-large', main: 'index.js' }));
  writeFileSync(join(folder, 'index.js'), LARGE);
  return folder;
}

/** Milliseconds for writing what a collection holds of a practice straight through the driver, under the same indexes. */
async function bulkWrite(
  db: NonNullable<Database['db']>,
  name: string,
  tenantId: string,
  batch: number,
): Promise<number> {
  const rows = await db.collection(name).find({ tenantId }).toArray();
  const raw = await copyOf(db, name);
  const start = performance.now();
  for (let at = 0; at < rows.length; at += batch) await raw.insertMany(rows.slice(at, at + batch), { ordered: false });
  return performance.now() - start;
}

interface Import {
  visits: number;
  importMs: number;
  bulkMs: number;
  grownMb: number;
}

/** A new practice takes over a book of so many visits; then what that leaves is written straight through the driver. */
async function importOnce({ app }: RunningApp, name: string, wanted: number): Promise<Import> {
  const scope = await newPractice(app, name, 'bench');
  const input = { pluginId: 'pms-large', name: 'Large', config: { perDay: Math.ceil(wanted / DAYS) } };
  const prepared = await app.get(Connections).prepare(scope, input);
  const connection = await app.get(UnitOfWork).run((tx) => app.get(Connections).create(scope, tx, prepared));
  await app.get(Catalog, { strict: false }).snapshot(scope);

  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 50);
  const began = performance.now();
  await app.get(SyncSetup, { strict: false }).import(scope, connection);
  const importMs = performance.now() - began;
  clearInterval(watch);

  const db = app.get(Persistence).connection.db!;
  const bulkMs =
    (await bulkWrite(db, 'pages', scope.tenantId, 20)) + (await bulkWrite(db, 'pms_visits', scope.tenantId, BATCH));
  const visits = await db.collection('pms_visits').countDocuments({ tenantId: scope.tenantId });
  return { visits, importMs, bulkMs, grownMb: Math.round((most - before) / 1_048_576) };
}

/** Two large books, after a small one that warms up the process: what counts is how its memory grows with the visits. */
export async function importRow(): Promise<Row> {
  const running = await startApp({ env: { ROLE: 'api', PLUGINS: largePlugin() } });
  try {
    await importOnce(running, 'small', WARM_UP);
    const imports: Import[] = [];
    for (let round = 0; round < ROUNDS; round++) imports.push(await importOnce(running, `large${round}`, WANTED));
    const sum = (of: keyof Import): number => imports.reduce((total, one) => total + one[of], 0);
    const grown = Math.max(...imports.map(({ grownMb }) => grownMb));
    const ratio = sum('bulkMs') / sum('importMs');
    const visits = sum('visits') / ROUNDS;
    return {
      what: `import of ${visits} visits, and a bulk write of the rows and pages that it leaves`,
      bar: `>= 0.5 of the rate, memory grows by < ${MOST_GROWN_MB} MB`,
      ratio,
      met: visits >= WANTED && ratio >= 0.5 && grown < MOST_GROWN_MB,
      details: { imports },
    };
  } finally {
    await running.stop();
  }
}
