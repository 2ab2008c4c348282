import type { Carrier, ImportedCarrier, Reason } from '../../catalog/index.js';
import { formatInstant } from '../../kernel/index.js';
import type { DuePatient } from '../lists/due-patients.js';
import type { ListItem } from '../lists/list-item.schema.js';
import type { ListStanding } from '../lists/list-standings.js';
import type { LinkedItem } from '../lists/set-up-lists.js';
import { explained } from './reason-words.js';
import type {
  ImportedCarriersView,
  PmsAppointmentTypeView,
  PmsCarrierView,
  PmsProcedureCodeView,
  RecallView,
  SyncListView,
  TypeReasonView,
} from './lists.dto.js';

export function listView({ list, offered, state }: ListStanding): SyncListView {
  const { readAt = null, records = 0, unreadable = 0, trouble = null } = state ?? {};
  const failing = offered ? trouble : null;
  return {
    kind: list,
    state: !offered ? 'not_offered' : failing ? 'failing' : readAt === null ? 'waiting' : 'read',
    at: readAt === null ? null : formatInstant(readAt),
    records,
    unreadable,
    reason: failing?.reason ?? null,
    explanation: failing ? explained([failing.reason]) : null,
    failingSince: failing ? formatInstant(failing.since) : null,
    retryAt: failing ? formatInstant(failing.until) : null,
  };
}

export function carrierView({ item, links: [carrier] }: LinkedItem<Carrier>): PmsCarrierView {
  const { _id: id, foreignId, name, payerId, active } = item;
  return { id, foreignId, name, payerId, active, carrierId: carrier?._id ?? null };
}

export function appointmentTypeView({ item, links }: LinkedItem<Reason>): PmsAppointmentTypeView {
  const { _id: id, foreignId, name, minutes, pattern, colour, procedureCodes, active } = item;
  const reasonIds = links.map((reason) => reason._id);
  return { id, foreignId, name, minutes, pattern, colour, procedureCodes, active, reasonIds };
}

export function procedureCodeView({ _id: id, foreignId, code, name, active }: ListItem): PmsProcedureCodeView {
  return { id, foreignId, code: code ?? '', description: name, active };
}

export function recallView({ recall, patientId }: DuePatient): RecallView {
  const { _id: id, patientForeignId, type, dueOn, scheduledOn } = recall;
  return { id, patientId, patientForeignId, type, dueOn, scheduledOn };
}

export function typeReasonView(type: ListItem, reason: Reason): TypeReasonView {
  const { _id: reasonId, name, durationMinutes, pattern, procedureCodes } = reason;
  return { reasonId, appointmentTypeId: type._id, name, durationMinutes, pattern, procedureCodes };
}

/** `items`: what was to be imported, in the order of the outcomes. */
export function importedView(items: readonly ListItem[], imported: readonly ImportedCarrier[]): ImportedCarriersView {
  const count = (wanted: ImportedCarrier['outcome']) => imported.filter(({ outcome }) => outcome === wanted).length;
  return {
    created: count('created'),
    linked: count('linked'),
    unchanged: count('unchanged'),
    data: imported.map(({ outcome, carrierId }, place) => ({ id: items[place]?._id ?? '', outcome, carrierId })),
  };
}
