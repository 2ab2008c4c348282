import type { PmsAppointmentType, PmsCarrier, PmsProcedureCode, PmsRecall } from '@openchair/plugin-kit';
import type { Fresh } from '../../persistence/index.js';
import type { ListItem } from './list-item.schema.js';
import { folded, listItemId, recallId, type SetUpList } from './lists.js';
import type { Recall } from './recall.schema.js';

const LONGEST = 200;

type Named = Pick<Fresh<ListItem>, 'name' | 'active'> & Partial<Fresh<ListItem>>;

/** What each list knows of a record. */
const ROW_OF: {
  carriers: (record: PmsCarrier) => Named;
  appointment_types: (record: PmsAppointmentType) => Named;
  procedure_codes: (record: PmsProcedureCode) => Named;
} = {
  carriers: ({ name, payerId, active }) => ({ name, payerId: clipped(payerId), active }),
  appointment_types: ({ name, minutes, pattern, colour, procedureCodes, active }) => ({
    ...{ name, active },
    minutes: minutes ?? null,
    pattern: pattern ?? null,
    colour: colour ?? null,
    procedureCodes: [...new Set(procedureCodes)],
  }),
  procedure_codes: ({ code, description, active }) => ({ name: description || code, code: clipped(code), active }),
};

/** A record as it is kept; empty for one without a name, which nobody could choose. */
export function itemOf(
  connectionId: string,
  list: SetUpList,
  record: { readonly foreignId: string },
  round: number,
): Fresh<ListItem>[] {
  const row = (ROW_OF[list] as (record: unknown) => Named)(record);
  const name = clipped(row.name);
  if (name === null) return [];
  const { foreignId } = record;
  const blank = { code: null, payerId: null, minutes: null, pattern: null, colour: null, procedureCodes: [] };
  const item = { ...blank, ...row, name };
  const words = folded([item.code, name, item.payerId].filter(Boolean).join(' '));
  const sortKey = folded(item.code ?? name);
  return [
    { ...item, _id: listItemId(connectionId, list, foreignId), connectionId, list, foreignId, words, sortKey, round },
  ];
}

/** A recall as it is kept: nothing of the patient but the id over there. */
export function recallOf(connectionId: string, record: PmsRecall, round: number): Fresh<Recall> {
  const { foreignId, patientForeignId, type, dueOn, scheduledOn = null } = record;
  const what = { patientForeignId, type: clipped(type) ?? '', dueOn, scheduledOn };
  return { _id: recallId(connectionId, foreignId), connectionId, foreignId, ...what, round };
}

function clipped(text: string | undefined): string | null {
  return text?.trim().slice(0, LONGEST).trim() || null;
}
