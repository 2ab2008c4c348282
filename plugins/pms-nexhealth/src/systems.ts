import { asObject, type Call, foldName, Rejected } from '@openchair/plugin-kit';
import type { NexHealthApi } from './api.js';
import { instantOf, type Row, rowsOf, textOf } from './rows.js';

/** NexHealth passes new times on to these; for the others it would change its own copy alone. */
const MOVES = ['dentrix', 'dentrixenterprise', 'eaglesoft', 'opendental'];
/** NexHealth cannot cancel in these: it would change its own copy alone. */
const KEEPS = ['curve', 'dolphin', 'drchrono', 'orthotrac', 'practiceworks'];

/** The practice system behind NexHealth, and how NexHealth gets on with it. */
export interface System {
  /** For people. */
  readonly name: string;
  /** Its names without case, blanks and digits. */
  readonly codes: readonly string[];
  readonly writes: boolean;
  /** When NexHealth last wrote into it and last read from it, in epoch milliseconds. */
  readonly writtenAt?: number;
  readonly readAt?: number;
}

/** Asks which practice system serves the location. `Rejected('location_not_synced')` when none does. */
export async function systemOf(api: NexHealthApi, call: Call): Promise<System> {
  const rows = rowsOf(await api.read(call, '/sync_status', { 'location_ids[]': [api.locationId] }));
  const serving = rows.find((row) => rowsOf(row['locations'] ?? []).some(({ id }) => id === api.locationId));
  if (!serving) throw new Rejected('location_not_synced');
  const emr: Row = asObject(serving['emr'] ?? {});
  const [writtenAt, readAt] = [instantOf(serving, 'write_status_at'), instantOf(serving, 'read_status_at')];
  const names = [emr['display_name'], emr['name']].flatMap((name) => textOf(name) ?? []);
  return {
    name: names[0] ?? 'an unknown system',
    codes: names.map((name) => foldName(name).replace(/\d+$/, '')),
    writes: serving['write_status'] === 'green',
    ...(writtenAt === undefined ? {} : { writtenAt }),
    ...(readAt === undefined ? {} : { readAt }),
  };
}

/** Throws `Rejected` where NexHealth takes the write but the practice system would never hear of it. */
export function assertReaches({ codes }: System, write: 'move' | 'cancel'): void {
  const isIn = (list: readonly string[]) => codes.some((code) => list.includes(code));
  if (write === 'move' && !isIn(MOVES)) throw new Rejected('move_not_supported_by_pms');
  if (write === 'cancel' && isIn(KEEPS)) throw new Rejected('cancel_not_supported_by_pms');
}
