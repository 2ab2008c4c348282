import { Injectable } from '@nestjs/common';
import type { Failure, Page, PmsAdapter, UnreadableRecord } from '@openchair/plugin-kit';
import { Plugins, type CallOptions } from '../../plugin-host/index.js';
import { isAnswerTo, siftedPage, type Sifted } from './answers.js';
import type { Site } from './site.js';

/** A pull is one question after another; each may take so long. */
const READ_MS = 15_000;
/** A pull that does not end is a fault of the other side. */
const MOST_PAGES = 5_000;

/** Code of a list that has lost all that it held. */
export const SUDDENLY_EMPTY = 'suddenly_empty';

/** The practice system did not do what it was asked; `reason` is a code without PHI. */
export class PmsFailed extends Error {
  readonly reason: string;

  constructor(readonly failure: Failure) {
    super(failure.reason);
    this.name = 'PmsFailed';
    this.reason = failure.reason;
  }
}

/**
 * A list that was full and comes back empty is first taken for a fault of the other side: believing it would give away time
 * that is taken. When it stays so (see RHYTHM), staff have been told, and it is believed.
 */
export function refuseSuddenlyEmpty({ believesEmpty }: Site): void {
  if (!believesEmpty) throw new PmsFailed({ kind: 'retryable', reason: SUDDENLY_EMPTY, outcome: 'not_done' });
}

type Method = Extract<keyof PmsAdapter, string>;
type Pull = Extract<Method, `pull${string}`>;
type Arguments<M extends Method> =
  NonNullable<PmsAdapter[M]> extends (call: never, ...rest: infer R) => unknown ? R : never;
type Answer<M extends Method> = NonNullable<PmsAdapter[M]> extends (...all: never[]) => Promise<infer A> ? A : never;

/** One practice system, in the words of the kit. Every failure is thrown as {@link PmsFailed}. */
@Injectable()
export class PmsClient {
  constructor(private readonly plugins: Plugins) {}

  async call<M extends Method>(
    site: Pick<Site, 'scope' | 'connection'>,
    method: M,
    args: Arguments<M>,
    options: CallOptions = { deadlineMs: READ_MS, retries: 2 },
  ): Promise<Answer<M>> {
    const accepts = (answer: unknown) => isAnswerTo(method, answer);
    const asked = { ...options, accepts };
    const result = await this.plugins.call<Answer<M>>(site.scope, site.connection._id, method, args, asked);
    if (!result.ok) throw new PmsFailed(result.failure);
    return result.value;
  }

  /** The pages of a pull, one after the other: never more than one is in memory. What cannot be read is in `unreadable`. */
  async *pages<M extends Pull>(
    site: Site,
    method: M,
    query: Omit<Arguments<M>[0], 'cursor'>,
    options?: CallOptions,
  ): AsyncGenerator<Answer<M>> {
    let cursor: string | undefined;
    for (let number = 0; number < MOST_PAGES; number += 1) {
      const args = [{ ...query, ...(cursor === undefined ? {} : { cursor }) }] as unknown as Arguments<M>;
      const page = (await this.call(site, method, args, options)) as Page<unknown>;
      yield { ...page, ...siftedPage(method, page) } as Answer<M>;
      const next = page.nextCursor;
      if (next === undefined) return;
      if (next === cursor) break;
      cursor = next;
    }
    throw new PmsFailed({ kind: 'rejected', reason: 'endless_pull' });
  }
}

/** All records of a short list. */
export async function collect<T>(pages: AsyncIterable<Part<T>>): Promise<Sifted<T>> {
  const all: { records: T[]; unreadable: UnreadableRecord[] } = { records: [], unreadable: [] };
  for await (const { records, unreadable = [] } of pages) {
    all.records.push(...records);
    all.unreadable.push(...unreadable);
  }
  return all;
}

/** Records that are gathered before they are written: what bounds the memory of a pull. */
const MOST_GATHERED = 1_000;

type Part<T> = Pick<Page<T>, 'records' | 'unreadable'>;

/** Records of several pages; `asOf` of the first of these pages. */
export interface Chunk<T> extends Part<T> {
  readonly asOf: number;
}

/** Pages joined to larger parts, so that a pull that fails half-way has written nothing, or at least whole parts. */
export async function* chunksOf<T>(
  pages: AsyncIterable<Chunk<T>> | readonly Chunk<T>[],
): AsyncGenerator<Sifted<T> & { asOf: number }> {
  let waiting: { records: T[]; unreadable: UnreadableRecord[]; asOf: number } | null = null;
  for await (const { records, unreadable = [], asOf } of pages) {
    waiting ??= { records: [], unreadable: [], asOf };
    waiting.records.push(...records);
    waiting.unreadable.push(...unreadable);
    if (waiting.records.length < MOST_GATHERED) continue;
    yield waiting;
    waiting = null;
  }
  if (waiting) yield waiting;
}
