import {
  Conflict,
  type HttpAnswer,
  NotFound,
  type PluginError,
  RateLimited,
  Rejected,
  Retryable,
} from '@openchair/plugin-kit';

/** The codes that FHIR R4 has for issues: nothing else that a server writes gets into a reason. */
const ISSUES: ReadonlySet<string> = new Set(
  (
    'invalid structure required value invariant security login unknown expired forbidden suppressed processing ' +
    'not-supported duplicate multiple-matches not-found deleted too-long code-invalid extension too-costly ' +
    'business-rule conflict transient lock-error no-store exception timeout incomplete throttled informational'
  ).split(' '),
);

/** Codes of issues that another attempt may not meet again. */
const TRANSIENT = ['transient', 'lock-error', 'no-store', 'timeout'];

/** The codes of the issues of an OperationOutcome. */
export function issuesOf(body: unknown): string[] {
  const { resourceType, issue } = (body ?? {}) as { resourceType?: unknown; issue?: unknown };
  if (resourceType !== 'OperationOutcome' || !Array.isArray(issue)) return [];
  return (issue as { code?: unknown }[]).flatMap(({ code }) =>
    typeof code === 'string' && ISSUES.has(code) ? code : [],
  );
}

/** Medplum says with a text alone that a time is taken. */
const TAKEN = /\b(not|no longer) available\b|\bno availability\b/i;

function saysTaken(body: unknown): boolean {
  const { issue } = (body ?? {}) as { issue?: unknown };
  const issues = Array.isArray(issue) ? (issue as ({ details?: { text?: unknown } } | null)[]) : [];
  return issues.some((one) => typeof one?.details?.text === 'string' && TAKEN.test(one.details.text));
}

/** What an OperationOutcome adds to the meaning of a status. */
export function refusalOf({ status, body }: HttpAnswer): PluginError | undefined {
  const issues = issuesOf(body);
  const has = (...codes: string[]) => codes.some((code) => issues.includes(code));
  if (status === 410) return new NotFound('deleted');
  if (status === 412)
    return has('multiple-matches') ? new Rejected('several_matches') : new Conflict([], 'changed_meanwhile');
  if (status === 409 && !saysTaken(body)) return new Conflict([], 'changed_meanwhile');
  if (status !== 400 && status !== 409 && status !== 422) return undefined;
  if (has('throttled')) return new RateLimited(5_000);
  if (has(...TRANSIENT)) return new Retryable('server_busy', { outcome: 'not_done' });
  if (has('not-found', 'deleted')) return new NotFound('reference_not_found');
  if (has('conflict', 'duplicate') || saysTaken(body)) return new Conflict([], 'slot_taken');
  const [code] = issues;
  return code === undefined ? undefined : new Rejected(`fhir_${code.replaceAll('-', '_')}`);
}
