import {
  type Call,
  type DayRange,
  foldName,
  type Page,
  type PluginZone,
  type PmsAppointmentType,
  type PmsCarrier,
  type PmsProcedureCode,
  type PmsRecall,
  type PullQuery,
} from '@openchair/plugin-kit';
import type { NexHealthApi } from './api.js';
import { addDays, dayStart, wallTimeOf } from './days.js';
import { pageOf, positionOf } from './pages.js';
import { dateOf, idOf, instantText, refOf, requiredInstantOf, type Row, rowsOf, textOf } from './rows.js';

const PROCEDURE = 'Procedure Code';
/** Visits can be asked for by at most so many patients. */
const RECALLS_PER_PAGE = 25;

/** NexHealth lists plans, many of one company: each company comes once, as the first of its plans. */
export async function pullCarriers(api: NexHealthApi, call: Call): Promise<Page<PmsCarrier>> {
  const carriers = new Map<string, PmsCarrier>();
  for (const row of await api.whole(call, '/insurance_plans', {})) {
    const name = textOf(row['name']);
    if (name === undefined) continue;
    const payerId = textOf(row['payer_id']);
    const company = `${foldName(name)}|${payerId ?? ''}`;
    const carrier = { foreignId: idOf(row), name, ...(payerId === undefined ? {} : { payerId }), active: true };
    const first = carriers.get(company);
    if (!first || Number(carrier.foreignId) < Number(first.foreignId)) carriers.set(company, carrier);
  }
  return pageOf([...carriers.values()], api.now());
}

export async function pullAppointmentTypes(api: NexHealthApi, call: Call): Promise<Page<PmsAppointmentType>> {
  const query = { location_id: api.locationId, 'include[]': ['descriptors'] };
  const rows = rowsOf(await api.read(call, '/appointment_types', query));
  return pageOf(rows.map(typeOf), api.now());
}

function typeOf(row: Row): PmsAppointmentType {
  const minutes = Number(row['minutes']);
  const procedures = rowsOf(row['descriptors'] ?? []).filter(isProcedure);
  return {
    foreignId: idOf(row),
    name: textOf(row['name']) ?? idOf(row),
    ...(Number.isInteger(minutes) && minutes > 0 ? { minutes } : {}),
    procedureCodes: [...new Set(procedures.flatMap(({ code }) => textOf(code) ?? []))],
    active: true,
  };
}

/** The practice's procedures. Empty for practice systems whose procedures NexHealth does not read. */
export async function pullProcedureCodes(api: NexHealthApi, call: Call): Promise<Page<PmsProcedureCode>> {
  const codes = new Map<string, PmsProcedureCode>();
  for (const row of await proceduresOf(api, call)) {
    const code = textOf(row['code'])?.replace(/\s+/g, '');
    if (code === undefined || codes.has(code)) continue;
    const description = textOf(row['name']) ?? code;
    codes.set(code, { foreignId: idOf(row), code, description, active: row['active'] !== false });
  }
  return pageOf([...codes.values()], api.now());
}

/** The procedures as NexHealth's descriptors: their ids go with a new visit. */
export async function proceduresOf(api: NexHealthApi, call: Call): Promise<Row[]> {
  const path = `/locations/${api.locationId}/appointment_descriptors`;
  return rowsOf(await api.read(call, path, { descriptor_type: PROCEDURE })).filter(isProcedure);
}

function isProcedure(row: Row): boolean {
  return row['descriptor_type'] === PROCEDURE;
}

/** Recalls come in the order of their days, so that the pull can stop at the last one that is wanted. */
export async function pullRecalls(
  api: NexHealthApi,
  zone: PluginZone,
  call: Call,
  { from, to, cursor: at }: PullQuery & DayRange,
): Promise<Page<PmsRecall>> {
  const { asOf, cursor } = positionOf(at);
  const query = { location_id: api.locationId, due_after: `${from}T00:00:00Z`, sort: 'date_due' };
  const { rows, next } = await api.page(call, '/patient_recalls', query, RECALLS_PER_PAGE, cursor);
  const now = asOf ?? api.now();
  const due = rows.flatMap((row) => {
    const [dueOn, patientForeignId] = [dateOf(row['date_due']), refOf(row['patient_id'])];
    if (dueOn === undefined || dueOn < from || dueOn > to || patientForeignId === undefined) return [];
    const type = textOf((row['recall_type'] as Row | null)?.['name']) ?? 'Recall';
    return [{ foreignId: idOf(row), patientForeignId, type, dueOn, visit: refOf(row['appointment_id']) }];
  });
  const days = await daysOfVisits(api, zone, call, { from, to }, due);
  const records = due.map(({ visit, ...recall }): PmsRecall => {
    const scheduledOn = visit === undefined ? undefined : days.get(visit);
    return scheduledOn === undefined ? recall : { ...recall, scheduledOn };
  });
  const isPast = rows.some((row) => (dateOf(row['date_due']) ?? '') > to);
  return pageOf(records, now, isPast ? undefined : next);
}

/** The days of the visits that are booked for recalls, all with one question. */
async function daysOfVisits(
  api: NexHealthApi,
  zone: PluginZone,
  call: Call,
  { from, to }: DayRange,
  due: readonly { readonly patientForeignId: string; readonly visit: string | undefined }[],
): Promise<Map<string, string>> {
  const booked = due.filter(({ visit }) => visit !== undefined);
  if (booked.length === 0) return new Map();
  const rows = await api.whole(call, '/appointments', {
    location_id: api.locationId,
    start: instantText(dayStart(zone, addDays(from, -365))),
    end: instantText(dayStart(zone, addDays(to, 730))),
    'patient_ids[]': [...new Set(booked.map(({ patientForeignId }) => patientForeignId))],
    cancelled: false,
  });
  return new Map(rows.map((row) => [idOf(row), wallTimeOf(zone, requiredInstantOf(row, 'start_time')).date]));
}
