import { formatInstant, timeInAnswer, zoneId } from '../../kernel/index.js';
import type { SlotView } from '../shared-views.js';
import type { SlotDaysView } from './availability.dto.js';
import type { Slot, SlotDays, Source } from './query.js';

const MINUTE_MS = 60_000;

/** A slot as answers carry it. */
export function slotView(slot: Slot): SlotView {
  return {
    id: slot.id,
    ...timeInAnswer(zoneId(slot.zone), slot.start),
    durationMinutes: (slot.end - slot.start) / MINUTE_MS,
    reasonId: slot.reasonId,
    providerId: slot.providerId,
    locationId: slot.locationId,
  };
}

/** The public form of a search's result. */
export function slotDaysView({ days, nextAvailable, ...fresh }: SlotDays): SlotDaysView {
  return {
    days: days.map(({ date, slots }) => ({ date, slots: slots.map(slotView) })),
    nextAvailable: nextAvailable && slotView(nextAvailable),
    ...freshnessView(fresh),
  };
}

export function freshnessView({ asOf, sources }: { asOf: number; sources: readonly Source[] }) {
  return {
    asOf: formatInstant(asOf),
    sources: sources.map((source) => ({
      locationId: source.locationId,
      asOf: source.asOf === null ? null : formatInstant(source.asOf),
    })),
  };
}
