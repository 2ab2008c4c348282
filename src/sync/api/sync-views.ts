import { daysBetween, formatInstant, timeInAnswer, zoneId } from '../../kernel/index.js';
import type { Conflict } from '../conflicts/conflict.schema.js';
import type { Report } from '../pull/reconcile.schema.js';
import type { LogEntry } from '../state/sync-log.js';
import type { ImportProgress } from '../state/sync-state.schema.js';
import type { Unreadable } from '../unreadable/unreadable.schema.js';
import { listView } from './list-views.js';
import { explained } from './reason-words.js';
import type { Standing } from './sync-tools.js';
import type {
  ConflictView,
  DifferencesView,
  ImportProgressView,
  SyncLogView,
  SyncStatusView,
  UnreadableRecordView,
} from './sync.dto.js';

/** Staff mend the first ones first. */
const MOST_WARNINGS = 1_000;

const at = (instant: number | null | undefined) => (instant ? formatInstant(instant) : null);

export function statusView(standing: Standing, now: number): SyncStatusView {
  const { connection, state, pending, stopped, oldestPendingSince, openConflicts, unreadable } = standing;
  const reasons = reasonsOf(standing);
  const read = state?.kinds.appointments?.at;
  return {
    connectionId: connection._id,
    pluginId: connection.pluginId,
    name: connection.name,
    phase: !connection.active ? 'off' : !state ? 'waiting' : state.pausedAt !== null ? 'paused' : state.phase,
    healthy: reasons.length === 0,
    reasons,
    explanation: explained(reasons),
    freshnessSeconds: read ? Math.max(0, Math.round((now - read) / 1_000)) : null,
    clockSkewSeconds: state?.clockSkewMs == null ? null : Math.round(state.clockSkewMs / 1_000),
    progress: state && progressView(state.progress, now),
    kinds: Object.entries(state?.kinds ?? {}).map(([kind, { at: instant, records }]) => ({
      kind,
      at: formatInstant(instant),
      records,
    })),
    lists: standing.lists.map(listView),
    warnings: standing.warnings.slice(0, MOST_WARNINGS),
    pending,
    oldestPendingSince: at(oldestPendingSince),
    stopped,
    openConflicts,
    unreadable,
    reconciledAt: at(state?.reconciledAt),
  };
}

function reasonsOf({ connection, state, stopped, openConflicts, unreadable }: Standing): string[] {
  const { status, reason } = connection.state;
  const reasons = [
    ...(connection.active ? [] : ['switched_off']),
    ...(state && state.pausedAt !== null ? ['paused'] : []),
    ...(state?.phase === 'live' ? [] : ['not_imported']),
    ...(status === 'down' || status === 'unauthorized' ? [reason ?? status] : []),
    ...[state?.reading, state?.writing].flatMap((trouble) => (trouble ? [trouble.reason] : [])),
    ...(stopped > 0 ? ['writes_stopped'] : []),
    ...(openConflicts > 0 ? ['open_conflicts'] : []),
    ...(unreadable > 0 ? ['records_unreadable'] : []),
  ];
  return [...new Set(reasons)];
}

function progressView(progress: ImportProgress, now: number): ImportProgressView {
  const { from, to, next, records, startedAt, finishedAt } = progress;
  const daysTotal = daysBetween(from, to) + 1;
  const daysDone = Math.min(daysTotal, daysBetween(from, next));
  const seconds = Math.max(0.001, ((finishedAt ?? now) - startedAt) / 1_000);
  const left = daysTotal - daysDone;
  return {
    records,
    daysDone,
    daysTotal,
    rate: records > 0 ? Math.round(records / seconds) : null,
    etaSeconds: left === 0 ? 0 : daysDone > 0 ? Math.ceil((seconds / daysDone) * left) : null,
    startedAt: formatInstant(startedAt),
    finishedAt: at(finishedAt),
  };
}

export function logView({ _id, createdAt, kind, ok, what, records, appointmentId }: LogEntry): SyncLogView {
  return { id: _id, at: formatInstant(createdAt), kind, ok, what, records, appointmentId };
}

export function unreadableView({
  kind,
  foreignId,
  field,
  reason,
  records,
  ...times
}: Unreadable): UnreadableRecordView {
  const { since, seenAt } = times;
  return { kind, foreignId, field, reason, records, since: formatInstant(since), seenAt: formatInstant(seenAt) };
}

/** `zoneName`: of the location. */
export function conflictView(conflict: Conflict, zoneName: string): ConflictView {
  const zone = zoneId(zoneName);
  const side = (visit: NonNullable<Conflict['theirs']> | Conflict['ours']) => ({
    ...timeInAnswer(zone, visit.start),
    end: formatInstant(visit.end),
    providerId: visit.providerId,
    operatoryId: visit.operatoryId,
    status: visit.status,
  });
  return {
    id: conflict._id,
    connectionId: conflict.connectionId,
    appointmentId: conflict.appointmentId,
    kind: conflict.kind,
    open: conflict.open,
    ours: side(conflict.ours),
    theirs: conflict.theirs && side(conflict.theirs),
    alternatives: conflict.alternatives.map(({ start, providerId }) => ({ ...timeInAnswer(zone, start), providerId })),
    resolution: conflict.resolution,
    resolvedAt: at(conflict.resolvedAt),
    createdAt: formatInstant(conflict.createdAt),
  };
}

export function differencesView(report: Report): DifferencesView {
  const { from, to, theirs, ours, total, differences } = report;
  return {
    at: formatInstant(report.at),
    from,
    to,
    theirs,
    ours,
    total,
    differences: differences.map((one) => ({ ...one, start: formatInstant(one.start) })),
  };
}
