import {
  Bool,
  Id,
  Instant,
  Int,
  Nested,
  NestedList,
  OneOf,
  PageQuery,
  QueryBool,
  Text,
  TextList,
  CalendarDate,
} from '../../http/index.js';
import { SLOT_ID, TimeView } from '../../scheduling/index.js';
import { CONFLICT_KINDS, RESOLUTIONS } from '../conflicts/conflict.schema.js';
import { DIFFERENCE_KINDS } from '../pull/reconcile.schema.js';
import { LOG_KINDS } from '../state/sync-log.js';
import { READ_KINDS } from '../unreadable/unreadable.schema.js';
import { SyncListView, SyncWarningView } from './lists.dto.js';
import { RUNS, type Run } from './sync-tools.js';

const KINDS = ['providers', 'operatories', 'schedules', 'appointments', 'patients'] as const;
const MOST = 1_000_000_000;

export class SyncAppointmentParams {
  @Id('appointment')
  appointmentId!: string;
}

export class ConflictParams {
  @Id('syncConflict')
  conflictId!: string;
}

export class RunSync {
  @OneOf(RUNS, {
    optional: true,
    default: 'all',
    description:
      '`import`: everything from the first day; `reconcile`: compare both sides; else what is due of that kind, or that list beside the book',
  })
  kind?: Run;
}

export class SyncLogQuery extends PageQuery {}

export class UnreadableRecordsQuery extends PageQuery {}

export class ConflictsQuery extends PageQuery {
  @QueryBool()
  @Bool({ optional: true, default: true, description: 'False: those that are over' })
  open?: boolean;
}

export class ResolveConflict {
  @OneOf(['keep_theirs', 'keep_ours', 'move'], {
    description:
      '`keep_theirs` cancels ours or takes their change over; `keep_ours` writes ours; `move` needs `slotId`',
  })
  resolution!: 'keep_theirs' | 'keep_ours' | 'move';

  @Text({ max: 120, pattern: SLOT_ID, optional: true, description: '`id` of a free slot of the same reason' })
  slotId?: string;
}

export class ImportProgressView {
  @Int({ min: 0, max: MOST })
  records!: number;

  @Int({ min: 0, max: 10_000 })
  daysDone!: number;

  @Int({ min: 0, max: 10_000 })
  daysTotal!: number;

  @Int({ min: 0, max: MOST, nullable: true, description: 'Records a second' })
  rate!: number | null;

  @Int({ min: 0, max: MOST, nullable: true, description: 'Seconds until it is done, at this rate' })
  etaSeconds!: number | null;

  @Instant()
  startedAt!: string;

  @Instant({ nullable: true })
  finishedAt!: string | null;
}

export class SyncKindView {
  @OneOf(KINDS)
  kind!: string;

  @Instant({ description: 'The last time that it was read' })
  at!: string;

  @Int({ min: 0, max: MOST })
  records!: number;
}

export class SyncStatusView {
  @Id('connection')
  connectionId!: string;

  @Text({ max: 40 })
  pluginId!: string;

  @Text({ max: 120 })
  name!: string;

  @OneOf(['waiting', 'importing', 'live', 'paused', 'off'], {
    description: '`waiting`: no worker has begun yet; `off`: the connection is switched off',
  })
  phase!: string;

  @Bool({ description: 'The practice system is reached, and what is booked gets there' })
  healthy!: boolean;

  @TextList({ max: 60, maxItems: 20, description: 'Why it is not healthy, as codes' })
  reasons!: string[];

  @Text({
    max: 2_000,
    nullable: true,
    example: 'The practice system does not accept the credentials: give valid ones.',
    description: 'The reasons in words for staff; null when it is healthy',
  })
  explanation!: string | null;

  @Int({
    min: 0,
    max: MOST,
    nullable: true,
    description: 'Age of what is known of its book; null until it was read once',
  })
  freshnessSeconds!: number | null;

  @Int({
    min: -MOST,
    max: MOST,
    nullable: true,
    description: 'How far the clock of the practice system is ahead of ours; changes are followed by its own clock',
  })
  clockSkewSeconds!: number | null;

  @Nested(() => ImportProgressView, { nullable: true })
  progress!: ImportProgressView | null;

  @NestedList(() => SyncKindView, { maxItems: 10 })
  kinds!: SyncKindView[];

  @NestedList(() => SyncListView, { maxItems: 10, description: 'What is read beside its book' })
  lists!: SyncListView[];

  @NestedList(() => SyncWarningView, {
    maxItems: 1_000,
    description: 'What of the reasons for visit does not fit its lists; it is healthy all the same',
  })
  warnings!: SyncWarningView[];

  @Int({ min: 0, max: MOST, description: 'Appointments that are still to be written' })
  pending!: number;

  @Instant({ nullable: true, description: 'When the oldest of them was changed' })
  oldestPendingSince!: string | null;

  @Int({ min: 0, max: MOST, description: 'Appointments that were refused or came too late' })
  stopped!: number;

  @Int({ min: 0, max: MOST })
  openConflicts!: number;

  @Int({
    min: 0,
    max: MOST,
    description: 'Records of the practice system that cannot be read; the others are taken over',
  })
  unreadable!: number;

  @Instant({ nullable: true, description: 'The last comparison of both sides' })
  reconciledAt!: string | null;
}

export class SyncStatusListView {
  @NestedList(() => SyncStatusView, { maxItems: 100 })
  data!: SyncStatusView[];
}

export class SyncLogView {
  @Id('syncEntry')
  id!: string;

  @Instant()
  at!: string;

  @OneOf(LOG_KINDS)
  kind!: string;

  @Bool()
  ok!: boolean;

  @Text({ max: 60, description: 'What was done, or the code of the failure' })
  what!: string;

  @Int({ min: 0, max: MOST })
  records!: number;

  @Id('appointment', { nullable: true })
  appointmentId!: string | null;
}

export class UnreadableRecordView {
  @OneOf(READ_KINDS)
  kind!: string;

  @Text({
    max: 200,
    nullable: true,
    example: '4711',
    description: 'Its id in the practice system; null when that cannot be read either',
  })
  foreignId!: string | null;

  @Text({
    max: 60,
    example: 'AptDateTime',
    description: 'The field that is to blame, as the practice system calls it; `record`: the whole',
  })
  field!: string;

  @Text({ max: 60, example: 'malformed', description: 'A code: `missing`, `malformed`, `unknown_value`, `impossible`' })
  reason!: string;

  @Int({ min: 1, max: MOST, description: 'How many such records; several only where they have no id' })
  records!: number;

  @Instant()
  since!: string;

  @Instant({ description: 'The last reading that met it; what has not changed is read seldom' })
  seenAt!: string;
}

export class ConflictSideView extends TimeView {
  @Instant()
  end!: string;

  @Id('provider', { nullable: true })
  providerId!: string | null;

  @Id('operatory', { nullable: true })
  operatoryId!: string | null;

  @Text({ max: 20 })
  status!: string;
}

export class ConflictAlternativeView extends TimeView {
  @Id('provider')
  providerId!: string;
}

export class ConflictView {
  @Id('syncConflict')
  id!: string;

  @Id('connection')
  connectionId!: string;

  @Id('appointment')
  appointmentId!: string;

  @OneOf(CONFLICT_KINDS)
  kind!: string;

  @Bool()
  open!: boolean;

  @Nested(() => ConflictSideView)
  ours!: ConflictSideView;

  @Nested(() => ConflictSideView, { nullable: true, description: 'Null when the practice system did not say' })
  theirs!: ConflictSideView | null;

  @NestedList(() => ConflictAlternativeView, { maxItems: 10 })
  alternatives!: ConflictAlternativeView[];

  @OneOf(RESOLUTIONS, { nullable: true })
  resolution!: string | null;

  @Instant({ nullable: true })
  resolvedAt!: string | null;

  @Instant()
  createdAt!: string;
}

export class DifferenceView {
  @OneOf(DIFFERENCE_KINDS)
  kind!: string;

  @Id('appointment', { nullable: true })
  appointmentId!: string | null;

  @Text({ max: 200, nullable: true, description: 'Id of the visit in the practice system' })
  foreignId!: string | null;

  @Instant()
  start!: string;
}

export class DifferencesView {
  @Instant()
  at!: string;

  @CalendarDate()
  from!: string;

  @CalendarDate()
  to!: string;

  @Int({ min: 0, max: MOST, description: 'Records of the practice system that were compared' })
  theirs!: number;

  @Int({ min: 0, max: MOST, description: 'Appointments of ours that were compared' })
  ours!: number;

  @Int({ min: 0, max: MOST })
  total!: number;

  @NestedList(() => DifferenceView, { maxItems: 500, description: 'The first of them' })
  differences!: DifferenceView[];
}
