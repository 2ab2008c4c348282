const formats = new Map<string, Intl.DateTimeFormat>();
const midnights = new Map<string, number>();

/** Minutes since 1970 at which a local day begins, found by trying: it asks the engine's own calendar, not ours. */
export function minuteOfMidnight(zone: string, date: string): number {
  const known = midnights.get(`${zone} ${date}`);
  if (known !== undefined) return known;
  const middle = Date.parse(`${date}T00:00:00Z`) / 60_000;
  for (let minute = middle - 15 * 60; minute <= middle + 15 * 60; minute += 15) {
    if (dateAt(zone, minute) !== date) continue;
    midnights.set(`${zone} ${date}`, minute);
    return minute;
  }
  throw new Error(`no ${date} in ${zone}`);
}

function dateAt(zone: string, minute: number): string {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' });
  formats.set(zone, format);
  return format.format(new Date(minute * 60_000));
}
