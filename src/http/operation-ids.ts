/** What of an operation decides its name. */
export interface NamedRoute {
  method: string;
  /** As in the document: `/v1/appointments/{appointmentId}/cancel`. */
  path: string;
  /** The status of success. */
  status: string;
  /** Whether the answer is a list `{data: […]}`. */
  list: boolean;
}

const VERBS: Record<string, string> = { get: 'get', put: 'replace', patch: 'update', delete: 'delete' };
const SHAPE = /^[a-z]+(?:[A-Z][a-z0-9]*)*$/;

/**
 * Verb and noun of a route, stable because its path is: `listAppointments`, `getAppointment`, `createHold`,
 * `updateCurrentAgencySettings`, `cancelAppointment`, `deleteFamilyMember`. Where the field has a better word, the
 * controller says it in `@ApiOperation({ operationId })`.
 *
 * - `GET` of a list is `list`, of anything else `get`; `POST` that makes something (201) is `create`.
 * - Any other `POST` is an action: its last segment is the verb, what stands before is the noun. To one thing it is `submit`.
 */
export function operationIdOf({ method, path, status, list }: NamedRoute): string {
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== 'v1');
  const isAction = method === 'post' && status !== '201' && !path.endsWith('}');
  const action = isAction ? segments.pop() : undefined;
  const nouns = nounsOf(segments);
  const last = nouns.pop();
  const before = nouns.map(({ word }) => singular(word));
  if (action !== undefined) return camel([action, ...before, nounOf(last, last?.one ?? false)]);
  if (method === 'post') return camel([status === '201' ? 'create' : 'submit', ...before, nounOf(last, true)]);
  return camel([list ? 'list' : (VERBS[method] ?? method), ...before, nounOf(last, last?.one ?? false)]);
}

/** Refuses a document in which a client could not tell two operations apart. */
export function assertOperationIds(operations: readonly { id: string; route: string }[]): void {
  const seen = new Map<string, string>();
  for (const { id, route } of operations) {
    const other = seen.get(id);
    if (other !== undefined || !SHAPE.test(id)) {
      const fault = other === undefined ? 'is not camelCase' : `belongs to ${other} already`;
      throw new Error(`The operationId "${id}" of ${route} ${fault}. Give it one: @ApiOperation({ operationId }).`);
    }
    seen.set(id, route);
  }
}

interface Noun {
  word: string;
  /** One of them is meant: an id follows, or `current`. */
  one: boolean;
}

function nounsOf(segments: readonly string[]): Noun[] {
  const nouns: Noun[] = [];
  for (const segment of segments) {
    const noun = nouns.at(-1);
    if (segment.startsWith('{')) {
      if (noun) noun.one = true;
    } else if (segment === 'current' && noun) {
      Object.assign(noun, { word: `current-${noun.word}`, one: true });
    } else {
      nouns.push({ word: segment.replace(/^\.|\.json$/g, ''), one: false });
    }
  }
  return nouns;
}

const nounOf = (noun: Noun | undefined, one: boolean): string => (noun ? (one ? singular(noun.word) : noun.word) : '');

/** Of the regular plurals, which are all that our paths have. */
function singular(word: string): string {
  if (word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (/(?:ss|sh|ch|x)es$/.test(word)) return word.slice(0, -2);
  return /[^su]s$/.test(word) ? word.slice(0, -1) : word;
}

function camel(words: readonly string[]): string {
  const [first = '', ...rest] = words.flatMap((word) => word.split(/[^a-zA-Z0-9]+/)).filter((word) => word !== '');
  return first + rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
