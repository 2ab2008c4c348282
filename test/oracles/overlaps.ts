/** What of a stored appointment says which people and chairs it needs. Instants are epoch ms. */
export interface StoredVisit {
  providerId: string;
  operatoryId: string;
  start: number;
  end: number;
  pattern: string | null;
}

/** Minute by minute, from the appointments alone: it shares nothing with the book's pages. */
export function overlapsIn(visits: StoredVisit[]): string[] {
  const taken = new Set<string>();
  const overlaps: string[] = [];
  const take = (resource: string, minute: number) => {
    const key = `${resource} ${minute}`;
    if (taken.has(key)) overlaps.push(key);
    taken.add(key);
  };
  for (const { providerId, operatoryId, start, end, pattern } of visits) {
    for (let minute = start / 60_000; minute < end / 60_000; minute++) {
      take(operatoryId, minute);
      const mark = pattern?.[Math.floor((minute - start / 60_000) / 5)] ?? 'X';
      if (mark === 'X') take(providerId, minute);
    }
  }
  return overlaps;
}
