import { testZone } from '@openchair/plugin-kit/conformance';
import { LocalTimes } from './local-times.js';

const HOUR = 3_600_000;
const times = new LocalTimes(testZone('America/Chicago'));
const lordHowe = new LocalTimes(testZone('Australia/Lord_Howe'));
/** On 7 November 2027 at 2:00 clocks in Chicago go back to 1:00. */
const FALL = Date.parse('2027-11-07T07:00:00Z');

describe("the office's wall time", () => {
  it('is read with the offset of its day', () => {
    const at = (text: string) => new Date(times.visitAt(text)!).toISOString();
    expect(at('2027-01-15 09:30:00')).toBe('2027-01-15T15:30:00.000Z');
    expect(at('2027-03-14 09:30:00')).toBe('2027-03-14T14:30:00.000Z');
    expect(at('2027-11-07 09:30:00')).toBe('2027-11-07T15:30:00.000Z');
    expect(at('2027-03-14 02:30:00')).toBe('2027-03-14T08:30:00.000Z');
    expect(at('2027-11-07 01:30:00')).toBe('2027-11-07T06:30:00.000Z');
  });

  it('is empty in the year 1, and nothing else may stand in its place', () => {
    expect(times.visitAt('0001-01-01 00:00:00')).toBeUndefined();
    expect(times.changedAt('0001-01-01 00:00:00', 0)).toBeUndefined();
    for (const odd of ['', '03/08/2027 09:00', '2027-03-08', '2027-03-08T09:00:00Z', '2027-03-08 9:00:00'])
      expect(() => times.visitAt(odd)).toThrow('unexpected_answer');
  });

  it('is written back as it was read, but for the hour that a clock change repeats', () => {
    for (const text of ['2027-03-08 09:00:00', '2027-03-14 03:00:00', '2027-11-07 01:30:00'])
      expect(times.textOf(times.visitAt(text)!)).toBe(text);
    expect(() => times.textOf(FALL + HOUR / 2)).toThrow('local_time_ambiguous');
  });

  it('lets changes follow each other while clocks fall back', () => {
    const first = times.changedAt('2027-11-07 01:50:00', FALL - HOUR / 6)!;
    const second = times.changedAt('2027-11-07 01:10:30', FALL + HOUR / 2)!;
    expect(first).toBe(FALL - HOUR / 6);
    expect(second).toBe(FALL + HOUR / 6 + 30_000);
    expect(second).toBeGreaterThan(first);
  });

  it.each([
    ['Chicago', times, FALL],
    ['Lord Howe', lordHowe, Date.parse('2027-04-03T15:00:00Z')],
  ])('asks for changes so that none is missed, whatever the clock does (%s)', (_zone, local, fall) => {
    const wall = (instant: number) => local['zone'].toLocal(instant).replace('T', ' ');
    for (let asked = fall - 3 * HOUR; asked < fall + 3 * HOUR; asked += 5 * 60_000) {
      const since = local.since(asked);
      for (let changed = asked; changed < asked + 4 * HOUR; changed += 5 * 60_000)
        expect(`${wall(changed)}:00` > since).toBe(true);
      const early = Date.parse(`${wall(asked).replace(' ', 'T')}Z`) - Date.parse(`${since.replace(' ', 'T')}Z`);
      expect(early).toBeLessThanOrEqual(HOUR + 1_000);
    }
    expect(local.since(Date.parse('2027-06-01T15:00:30.500Z')).slice(-3)).toBe(':29');
  });
});
