import { isPluginError, Retryable } from './errors.js';
import type { ForeignId, Page, UnreadableRecord } from './pms-records.js';

/** So many records of a page may be unreadable whatever its size; of more, one in ten. */
const FEW = 3;
const MOST_SHARE = 0.1;
const WHOLE = 'record';

/**
 * A field of a record is not what it should be: {@link readRecords} sets the record apart. Where it is not caught, e.g. in the
 * answer to a write, it is what it is a kind of: `Retryable('unexpected_answer')`.
 */
export class Unreadable extends Retryable {
  /**
   * @param field as the vendor calls it: `AptDateTime`.
   * @param why a code: `missing`, `malformed`, `unknown_value`.
   */
  constructor(
    readonly field: string,
    readonly why: string,
  ) {
    super('unexpected_answer');
  }
}

/** What was read of some rows. */
export type Readings<T> = Required<Pick<Page<T>, 'records' | 'unreadable'>>;

/**
 * Reads the rows of a list one by one, so that one bad record does not cost the others. Whatever `read` throws is the row's
 * fault: it must not ask anybody. Throws `Retryable('unexpected_answer')` when the vendor has broken more than single records.
 *
 * @param read the records that a row stands for; none: it is nothing that is wanted.
 * @param foreignIdOf the id of a row that could not be read, when that much of it can be.
 */
export function readRecords<Row, T>(
  rows: readonly Row[],
  read: (row: Row) => readonly T[],
  foreignIdOf: (row: Row) => ForeignId | undefined,
): Readings<T> {
  const records: T[] = [];
  const unreadable: UnreadableRecord[] = [];
  for (const row of rows) {
    try {
      records.push(...read(row));
    } catch (error) {
      const foreignId = foreignIdOf(row);
      unreadable.push({ ...(foreignId === undefined ? {} : { foreignId }), ...faultOf(error) });
    }
  }
  if (areTooMany(unreadable.length, rows.length)) throw new Retryable('unexpected_answer');
  return { records, unreadable };
}

/** Whether so many unreadable records of a page say that the whole answer is not to be trusted. */
export function areTooMany(unreadable: number, all: number): boolean {
  return unreadable > FEW && unreadable > all * MOST_SHARE;
}

function faultOf(error: unknown): Pick<UnreadableRecord, 'field' | 'reason'> {
  if (error instanceof Unreadable) return { field: error.field, reason: error.why };
  return { field: WHOLE, reason: isPluginError(error) ? error.reason : 'malformed' };
}
