import type { PmsPatient } from '@openchair/plugin-kit';
import { addDays } from '../dates.js';
import { FIRST_NAMES, LAST_NAMES } from './names.js';
import { Random } from './random.js';

const COUNT = 240;
/** When the seeded records were last touched: long before any test, so that a delta leaves them out. */
const UPDATED_AT = Date.UTC(2020, 0, 6, 15);

/** The foreign id of seeded patient `index`. */
export function seedPatientId(index: number): string {
  return String(2001 + (index % COUNT));
}

/** Fictitious patients: numbers of the 555-01xx range, addresses at example.com. */
export function seedPatients(seed: string): PmsPatient[] {
  const random = new Random(`${seed}/patients`);
  const area = 201 + random.below(700);
  return Array.from({ length: COUNT }, (_, index) => {
    const firstName = random.pick(FIRST_NAMES);
    const lastName = random.pick(LAST_NAMES);
    return {
      foreignId: seedPatientId(index),
      firstName,
      lastName,
      dateOfBirth: addDays('1940-01-01', random.below(365 * 78)),
      email: `${firstName}.${lastName}.${index}@example.com`.toLowerCase(),
      phone: `+1${area + Math.floor(index / 100)}55501${String(index % 100).padStart(2, '0')}`,
      active: random.next() > 0.06,
      updatedAt: UPDATED_AT,
    };
  });
}
