import { IntersectionType, PartialType } from '@nestjs/swagger';
import {
  AnswerOf,
  Bool,
  CalendarDate,
  Id,
  IdList,
  Instant,
  Int,
  Nested,
  NestedList,
  OneOf,
  PageQuery,
  Stamps,
  Text,
  WallTime,
  Weekdays,
} from '../../http/index.js';
import { formatInstant, timeInAnswer, zoneId } from '../../kernel/index.js';
import type { Appointment } from '../appointments/appointment.schema.js';
import { STATUSES } from '../appointments/lifecycle.js';
import { BLOCK_TYPES, type BlockType } from '../book/page.schema.js';
import { TimeView } from '../shared-views.js';
import type { Block } from './block.schema.js';

const none = { optional: true, nullable: true } as const;

export const IF_HIT = ['keep', 'refuse'] as const;

/** What time is set apart, and for whom. */
export class BlockFields {
  @Id('location', { description: 'Whose clock counts. With no provider and no operatory it is closed whole' })
  locationId!: string;

  @IdList('provider', { maxItems: 100, optional: true, description: 'Who is away, at every location they work in' })
  providerIds?: string[];

  @IdList('operatory', { maxItems: 100, optional: true, description: 'Operatories of the location' })
  operatoryIds?: string[];

  @OneOf(BLOCK_TYPES, { description: 'What for' })
  type!: BlockType;

  @Text({
    max: 500,
    multiline: true,
    ...none,
    example: 'Team meeting',
    description: 'For staff; patients never see it',
  })
  note?: string | null;

  @IdList('reason', { maxItems: 100, optional: true, description: 'Reasons whose visits may be booked into it' })
  reasonIds?: string[];

  @CalendarDate({ example: '2027-03-15' })
  startDate!: string;

  @CalendarDate({ example: '2027-03-19', description: 'Included; at most 366 days after `startDate`' })
  endDate!: string;

  @WallTime({ ...none, example: '12:00', description: 'Wall time at the location. Without times: whole days' })
  startTime?: string | null;

  @WallTime({ ...none, example: '13:00', description: 'Given when `startTime` is' })
  endTime?: string | null;

  @Weekdays({
    ...none,
    example: [1, 2, 3, 4, 5],
    description:
      'Weekly: on these days from `startTime` to `endTime`; 0 is Sunday. Without: one stretch from the start of the first day to the end of the last',
  })
  weekdays?: number[] | null;
}

class IfHit {
  @OneOf(IF_HIT, {
    optional: true,
    default: 'keep',
    description:
      '`refuse`: 409 `appointments_in_the_way` when appointments stand in it. `keep`: they stay and are listed',
  })
  ifHit?: (typeof IF_HIT)[number];
}

export class CreateBlock extends IntersectionType(BlockFields, IfHit) {}

// A null means "none" where a field may be null, and is refused where it may not.
export class PatchBlock extends IntersectionType(PartialType(BlockFields, { skipNullProperties: false }), IfHit) {}

export class BlockParams {
  @Id('block')
  blockId!: string;
}

export class BlockQuery extends PageQuery {
  @Id('location', { optional: true })
  locationId?: string;

  @Id('provider', { optional: true })
  providerId?: string;

  @Id('operatory', { optional: true })
  operatoryId?: string;

  @CalendarDate({ optional: true, description: 'Those that end on this day or later' })
  from?: string;

  @CalendarDate({ optional: true, description: 'Those that start on this day or earlier' })
  to?: string;
}

/** An appointment that stands in time set apart. */
export class BlockedAppointmentView {
  @Id('appointment')
  id!: string;

  @OneOf(STATUSES)
  status!: string;

  @Nested(() => TimeView)
  time!: TimeView;

  @Instant()
  end!: string;

  @Id('provider')
  providerId!: string;

  @Id('operatory')
  operatoryId!: string;

  @Id('reason')
  reasonId!: string;

  @Id('patient')
  patientId!: string;
}

export class BlockHitsView {
  @Int({ min: 0, max: 100_000, description: 'Appointments that stand in it. They are not touched' })
  appointments!: number;

  @Int({ min: 0, max: 100_000, description: 'Visits that are in the practice system alone' })
  externalVisits!: number;

  @Int({ min: 0, max: 100_000, description: 'Holds that it ends' })
  holds!: number;
}

export class BlockView extends IntersectionType(AnswerOf(BlockFields), Stamps) {
  @Id('block')
  id!: string;

  @Text({ max: 64, example: 'America/Chicago', description: 'IANA time zone of the location' })
  zone!: string;
}

export class WrittenBlockView extends BlockView {
  @Nested(() => BlockHitsView)
  hits!: BlockHitsView;
}

/** A page of the appointments that a block would hit. */
export class BlockPreviewView {
  @Nested(() => BlockHitsView)
  hits!: BlockHitsView;

  @NestedList(() => BlockedAppointmentView, { maxItems: 100, description: 'By start' })
  data!: BlockedAppointmentView[];

  @Bool()
  hasMore!: boolean;

  @Text({ max: 500, nullable: true })
  nextCursor!: string | null;
}

export function blockView(block: Block, zone: string): BlockView {
  const { startDate, endDate, startTime, endTime, weekdays } = block;
  return {
    id: block._id,
    locationId: block.locationId,
    providerIds: block.providerIds,
    operatoryIds: block.operatoryIds,
    type: block.type,
    note: block.note ?? null,
    reasonIds: block.reasonIds,
    ...{ startDate, endDate, startTime: startTime ?? null, endTime: endTime ?? null, weekdays: weekdays ?? null },
    zone,
    version: block.version,
    createdAt: formatInstant(block.createdAt),
    updatedAt: formatInstant(block.updatedAt),
  };
}

export function blockedAppointmentView(appointment: Appointment): BlockedAppointmentView {
  const { status, start, end, zone, providerId, operatoryId, reasonId, patientId } = appointment;
  return {
    id: appointment._id,
    status,
    time: timeInAnswer(zoneId(zone), start),
    end: formatInstant(end),
    ...{ providerId, operatoryId, reasonId, patientId },
  };
}
