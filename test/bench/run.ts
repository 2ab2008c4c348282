/** `npm run bench [-- engine search wide booking import race]`: the table of DESIGN §12, printed and kept as JSON. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { bookingRow, raceRow } from './booking.bench.js';
import { engineRows } from './engine.bench.js';
import type { Row } from './measure.js';
import { searchRows, wideRow } from './search.bench.js';
import { importRow } from './sync-import.bench.js';

const RESULTS = join(__dirname, 'results', 'latest.json');

const parts: Record<string, () => Promise<Row[]>> = {
  engine: () => Promise.resolve(engineRows()),
  search: searchRows,
  wide: async () => [await wideRow()],
  booking: async () => [await bookingRow()],
  import: async () => [await importRow()],
  race: async () => [await raceRow(Number(process.env['RACE_ROUNDS'] ?? 100))],
};

interface Kept {
  at: string;
  node: string;
  cpus: number;
  parts: Record<string, Row[]>;
}

/** Parts that are not run now stay as they were. */
function before(): Kept['parts'] {
  try {
    return (JSON.parse(readFileSync(RESULTS, 'utf8')) as Kept).parts;
  } catch {
    return {};
  }
}

async function main(wanted: string[]): Promise<void> {
  const unknown = wanted.filter((name) => !(name in parts));
  if (unknown.length > 0) throw new Error(`No bench ${unknown.join()}: there are ${Object.keys(parts).join(', ')}`);
  const done: Kept['parts'] = {};
  for (const [name, run] of Object.entries(parts)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    process.stderr.write(`${name} …\n`);
    const rows = await run();
    done[name] = rows;
    for (const { what, bar, ratio, met } of rows) {
      const shown = ratio === null ? '' : `${ratio >= 10 ? Math.round(ratio) : ratio.toFixed(2)}`;
      process.stdout.write(`${met ? 'met ' : 'NOT '} ${shown.padStart(6)}  ${what} (${bar})\n`);
    }
  }
  const kept = { at: new Date().toISOString(), node: process.version, cpus: cpus().length };
  mkdirSync(dirname(RESULTS), { recursive: true });
  writeFileSync(RESULTS, `${JSON.stringify({ ...kept, parts: { ...before(), ...done } }, null, 2)}\n`);
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
