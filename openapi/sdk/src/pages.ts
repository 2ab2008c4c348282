/** A page of a list, as every list of the API answers it. */
export interface Page<T> {
  data: T[];
  hasMore: boolean;
  nextCursor: string | null;
}

/**
 * Every row of a list, page after page, each asked for only when it is needed.
 *
 * ```ts
 * for await (const patient of paginate((page) => openChair.listPatients({ query: { limit: 100, ...page } }))) …
 * ```
 */
export async function* paginate<T>(
  read: (page: { cursor?: string }) => Promise<Page<T>>,
): AsyncGenerator<T, void, undefined> {
  let page = await read({});
  yield* page.data;
  while (page.hasMore && page.nextCursor !== null) {
    page = await read({ cursor: page.nextCursor });
    yield* page.data;
  }
}
