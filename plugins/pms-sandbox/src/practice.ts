import type { LocalDate, PluginDeps, PmsBlockout, PmsHours, PmsPatient, PmsProvider } from '@openchair/plugin-kit';
import type { SandboxConfig } from './config.js';
import { addDays } from './dates.js';
import { blockoutsOf, hoursOf } from './seed/hours.js';
import {
  seedAppointmentTypes,
  seedCarriers,
  seedProcedureCodes,
  seedRecalls,
  type SandboxLists,
} from './seed/lists.js';
import { seedPatients } from './seed/patients.js';
import { seedOperatories, seedProviders } from './seed/practice.js';
import { seedVisits } from './seed/visits.js';
import type { Visit } from './visit.js';

/** How far ahead patients book: a day's seeded visits enter the book this many days before. */
export const BOOKED_AHEAD_DAYS = 60;

/** The part of the practice that the seed alone decides. */
export class Practice {
  readonly providers: readonly PmsProvider[];
  readonly operatories = seedOperatories();
  readonly patients: readonly PmsPatient[];
  readonly lists: SandboxLists;

  constructor(
    private readonly config: SandboxConfig,
    private readonly zone: PluginDeps['zone'],
  ) {
    this.providers = seedProviders(config.seed);
    this.patients = seedPatients(config.seed);
    this.lists = {
      carriers: seedCarriers(),
      appointment_types: seedAppointmentTypes(),
      procedure_codes: seedProcedureCodes(),
      recalls: seedRecalls(config.seed, this.patients),
    };
  }

  /** Hours of every provider who is not hidden, days off included as empty lists. */
  hours(date: LocalDate): PmsHours[] {
    const shown = this.providers.filter((provider) => provider.active);
    return shown.map((provider) => hoursOf(this.config.hours, provider, date));
  }

  blockouts(date: LocalDate): PmsBlockout[] {
    return blockoutsOf(this.config.hours, this.providers, date);
  }

  /** Every visit that will ever be seeded for a day; those of days far ahead are entered later. */
  visits(date: LocalDate): Visit[] {
    const enteredAt = this.zone.toInstant(`${addDays(date, -BOOKED_AHEAD_DAYS)}T00:00`);
    const noon = this.zone.toInstant(`${date}T12:00`);
    // Wall time counted from noon, because a clock change happens in the night.
    const at = (minute: number) => noon + (minute - 720) * 60_000;
    return seedVisits(this.config.seed, this.config.hours, this.providers, date).map(
      ({ startMinute, endMinute, ...visit }) => ({
        ...visit,
        start: at(startMinute),
        end: at(endMinute),
        status: 'scheduled',
        updatedAt: enteredAt,
        enteredAt,
      }),
    );
  }
}
