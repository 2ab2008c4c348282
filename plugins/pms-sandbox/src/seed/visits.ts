import type { LocalDate, PmsProvider } from '@openchair/plugin-kit';
import { minutesOf } from '../dates.js';
import { blockoutsOf, hoursOf, type HoursPattern } from './hours.js';
import { seedPatientId } from './patients.js';
import { Random } from './random.js';

/** A seeded visit in minutes of its local day. */
export interface SeedVisit {
  readonly foreignId: string;
  readonly patientForeignId: string;
  readonly providerForeignId: string;
  readonly operatoryForeignId: string;
  readonly startMinute: number;
  readonly endMinute: number;
  readonly pattern: string;
  readonly procedureCodes: readonly string[];
  readonly confirmed: boolean;
  readonly asap: boolean;
}

type Treatment = readonly [pattern: string, ...codes: string[]];

/** Patterns in 5-minute marks: at both ends of longer work the chair is busy while the dentist is elsewhere. */
const TREATMENTS: Record<'dentist' | 'hygienist' | 'specialist', readonly Treatment[]> = {
  dentist: [
    ['XXXXXX', 'D0140'],
    ['/XXXXXXXXXX/', 'D2391'],
    ['//XXXXXXXXXXXXXX//', 'D2740'],
    ['XXXXXXXXXXXX', 'D0150', 'D0210'],
  ],
  hygienist: [
    ['XXXXXXXXXXXX', 'D1110', 'D0120'],
    ['XXXXXXXXX', 'D1120'],
    ['XXXXXXXXXXXXXXXXXX', 'D4341'],
  ],
  specialist: [
    ['/XXXXXXXXXXXXXXXX/', 'D3330'],
    ['XXXXXX', 'D0140'],
  ],
};

/** Share of a provider's bookable time that is taken. */
const FILL = 0.55;
/** Share of the visits whose patients would come earlier. */
const ASAP_SHARE = 0.04;

/** The visits of one day: a pure function of the seed, so a day never changes its content. */
export function seedVisits(
  seed: string,
  pattern: HoursPattern,
  providers: readonly PmsProvider[],
  date: LocalDate,
): SeedVisit[] {
  const random = new Random(`${seed}/visits/${date}`);
  // Numbers of their own, so that the visits of a seed stay what they are.
  const eager = new Random(`${seed}/asap/${date}`);
  const blockouts = blockoutsOf(pattern, providers, date).filter((block) => block.type !== 'Web Sched');
  const visits: SeedVisit[] = [];
  const isFree = (start: number, end: number, providerId: string, operatoryId: string): boolean =>
    visits.every(
      (visit) => visit.operatoryForeignId !== operatoryId || visit.endMinute <= start || visit.startMinute >= end,
    ) &&
    blockouts.every(
      (block) =>
        (block.providerForeignId !== providerId && block.operatoryForeignId !== operatoryId) ||
        minutesOf(block.end) <= start ||
        minutesOf(block.start) >= end,
    );

  for (const provider of providers) {
    const role = provider.role === 'hygienist' || provider.role === 'specialist' ? provider.role : 'dentist';
    for (const interval of hoursOf(pattern, provider, date).intervals) {
      const closes = minutesOf(interval.end);
      let start = minutesOf(interval.start);
      while (start < closes) {
        const [marks, ...procedureCodes] = random.pick(TREATMENTS[role]);
        const end = start + marks.length * 5;
        const wanted = random.next() < FILL + 0.08;
        const operatoryForeignId = provider.operatoryForeignIds.find((id) =>
          isFree(start, end, provider.foreignId, id),
        );
        if (wanted && end <= closes && operatoryForeignId !== undefined) {
          visits.push({
            foreignId: `${date.replaceAll('-', '')}${String(visits.length + 1).padStart(2, '0')}`,
            patientForeignId: seedPatientId(random.below(100_000)),
            providerForeignId: provider.foreignId,
            operatoryForeignId,
            startMinute: start,
            endMinute: end,
            pattern: marks,
            procedureCodes,
            confirmed: random.next() < 0.4,
            asap: eager.next() < ASAP_SHARE,
          });
          start = end;
        } else {
          start += wanted ? 10 : marks.length * 5;
        }
      }
    }
  }
  return visits;
}
