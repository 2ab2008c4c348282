import { type Call, type Page, type PmsOperatory, type PmsProvider, readRecords } from '@openchair/plugin-kit';
import type { NexHealthApi } from './api.js';
import { pageOf } from './pages.js';
import { idOf, knownIdOf, refOf, type Row, rowsOf, textOf } from './rows.js';

/** Specialists by their NUCC taxonomy code; every dentist's code begins with 1223 (or is 122300000X). */
const SPECIALTIES: Readonly<Record<string, string>> = {
  '1223D0001X': 'Dental public health',
  '1223D0004X': 'Dental anesthesiology',
  '1223E0200X': 'Endodontics',
  '1223P0106X': 'Oral pathology',
  '1223P0221X': 'Pediatric dentistry',
  '1223P0300X': 'Periodontics',
  '1223P0700X': 'Prosthodontics',
  '1223S0112X': 'Oral surgery',
  '1223X0008X': 'Oral radiology',
  '1223X0400X': 'Orthodontics',
};

/** Everybody whom the location can schedule; people who are hidden in the practice system are not listed. */
export async function pullProviders(api: NexHealthApi, call: Call): Promise<Page<PmsProvider>> {
  const query = { location_id: api.locationId, 'include[]': ['availabilities'] };
  const rows = await api.whole(call, '/providers', query);
  const read = readRecords(rows, (row) => [providerOf(row, api.locationId)], knownIdOf);
  return pageOf(read, api.now());
}

export async function pullOperatories(api: NexHealthApi, call: Call): Promise<Page<PmsOperatory>> {
  const rows = await operatoriesOf(api, call);
  const order = new Map(rows.map((row, at) => [row, at]));
  return pageOf(
    readRecords(rows, (row) => [operatoryOf(row, order.get(row) ?? 0)], knownIdOf),
    api.now(),
  );
}

export function operatoriesOf(api: NexHealthApi, call: Call): Promise<Row[]> {
  return api.whole(call, '/operatories', { location_id: api.locationId });
}

/** NPI, tax number and licence stay behind. */
function providerOf(row: Row, locationId: number): PmsProvider {
  const name = textOf(row['display_name']) ?? textOf(row['name']);
  const [firstName = '', lastName = ''] = [textOf(row['first_name']), textOf(row['last_name'])];
  const email = textOf(row['email']);
  const chairs = rowsOf(row['availabilities'] ?? [])
    .filter((hours) => hours['location_id'] === locationId && hours['active'] !== false)
    .flatMap((hours) => refOf(hours['operatory_id']) ?? []);
  return {
    foreignId: idOf(row),
    abbreviation: name ?? `${firstName} ${lastName}`.trim(),
    firstName,
    lastName: lastName === '' && firstName === '' ? (name ?? '') : lastName,
    ...roleOf(textOf(row['specialty_code'])),
    ...(email === undefined ? {} : { email }),
    operatoryForeignIds: [...new Set(chairs)],
    active: row['inactive'] !== true,
  };
}

/** NexHealth knows no role, only the taxonomy code of a licence, and that not of everybody. */
function roleOf(code = ''): Pick<PmsProvider, 'role' | 'specialty'> {
  const specialty = SPECIALTIES[code];
  if (specialty !== undefined) return { role: 'specialist', specialty };
  if (code.startsWith('1223')) return { role: 'dentist' };
  if (code.startsWith('124Q')) return { role: 'hygienist' };
  return { role: code.startsWith('1268') ? 'assistant' : 'other' };
}

/** NexHealth does not say which chairs are for hygiene. */
function operatoryOf(row: Row, order: number): PmsOperatory {
  const name = textOf(row['name']) ?? idOf(row);
  return {
    foreignId: idOf(row),
    name: textOf(row['display_name']) ?? name,
    abbreviation: name,
    hygiene: false,
    order,
    active: row['active'] !== false,
  };
}
