import {
  asObject,
  type Call,
  type FoundPatient,
  matchPatient,
  NotFound,
  orNull,
  type Page,
  type PatientRequest,
  type PatientsQuery,
  type PluginDeps,
  type PmsPatient,
  readRecords,
  Rejected,
  WriteOnce,
} from '@openchair/plugin-kit';
import type { NexHealthApi } from './api.js';
import type { NexHealthConfig } from './config.js';
import { pageOf, positionOf } from './pages.js';
import { phoneOf, phoneText } from './phones.js';
import { dateOf, idOf, instantText, known, knownIdOf, numberOf, requiredInstantOf, type Row, textOf } from './rows.js';

const PER_PAGE = 200;

/** What tells a person from others. PHI. */
type Person = Omit<PatientRequest, 'reference'>;

/** The patients of the practice. */
export class Patients {
  private readonly writes: WriteOnce<null>;

  constructor(
    private readonly api: NexHealthApi,
    private readonly config: Pick<NexHealthConfig, 'intakeProviderId'>,
    private readonly deps: Pick<PluginDeps, 'store' | 'clock'>,
  ) {
    this.writes = new WriteOnce('patient', deps);
  }

  async pull(call: Call, { cursor: at, updatedSince }: PatientsQuery): Promise<Page<PmsPatient>> {
    const { asOf, cursor } = positionOf(at);
    const query = {
      location_id: this.api.locationId,
      location_strict: true,
      non_patient: false,
      updated_since: updatedSince === undefined ? undefined : instantText(Math.floor(updatedSince / 1_000) * 1_000),
    };
    const { rows, next } = await this.api.page(call, '/patients', query, PER_PAGE, cursor);
    const read = readRecords(rows, (row) => [patientOf(row)], knownIdOf);
    return pageOf(read, asOf ?? this.api.now(), next);
  }

  /** By our reference, then by the kit's rules among those whom NexHealth finds, else a new record. */
  async findOrCreate(call: Call, { reference, ...person }: PatientRequest): Promise<FoundPatient> {
    const earlier = (await this.writes.recall(reference))?.id;
    if (earlier !== undefined) {
      if (await this.exists(call, earlier)) return { foreignId: earlier, created: false };
      await this.writes.forget(reference);
    }
    const match = await this.match(call, person);
    if (match !== null) {
      await this.writes.settle(reference, match, null);
      return { foreignId: match, created: false };
    }
    let created = false;
    const foreignId = await this.writes.once(reference, null, {
      find: () => this.match(call, person),
      write: async () => {
        const made = await this.post(call, person);
        created = made.created;
        return made.id;
      },
    });
    return { foreignId, created };
  }

  /**
   * The patient as a visit names him. A patient who was entered through us has a passing record until the practice system
   * has made its own, which has another number: then he is found again.
   */
  async bookable(call: Call, foreignId: string): Promise<number> {
    const id = numberOf(foreignId, 'patient_not_found');
    if (await this.exists(call, foreignId)) return id;
    const person = (await this.deps.store.get<Person>(personKey(foreignId)))?.value;
    const successor = person && (await this.match(call, person));
    if (!successor) throw new NotFound('patient_not_found');
    return Number(successor);
  }

  private async exists(call: Call, foreignId: string): Promise<boolean> {
    return (await orNull(this.api.read(call, `/patients/${foreignId}`))) !== null;
  }

  /** NexHealth's search forgives typing errors: who it finds is then judged by the rules of all practice systems. */
  private async match(call: Call, person: Person): Promise<string | null> {
    const { firstName, lastName, phone } = person;
    const byName = { name: `${firstName.trim()} ${lastName.trim()}` };
    const searches = phone === undefined ? [byName] : [byName, { phone_number: phoneText(phone) }];
    for (const search of searches) {
      const query = { location_id: this.api.locationId, non_patient: false, ...search };
      const rows = await this.api.whole(call, '/patients', query);
      const match = matchPatient(rows.map(patientOf), { reference: '', ...person });
      if (match) return match.foreignId;
    }
    return null;
  }

  /** NexHealth wants all of a person; it looks itself for the same name, day of birth and phone number. */
  private async post(call: Call, person: Person): Promise<{ id: string; created: boolean }> {
    const { firstName, lastName, dateOfBirth, phone, email } = person;
    if (dateOfBirth === undefined) throw new Rejected('patient_needs_date_of_birth');
    if (phone === undefined) throw new Rejected('patient_needs_phone');
    if (email === undefined) throw new Rejected('patient_needs_email');
    const patient = {
      first_name: firstName.trim(),
      last_name: lastName.trim(),
      email,
      bio: { date_of_birth: dateOfBirth, phone_number: phoneText(phone) },
    };
    const json = { provider: { provider_id: await this.intake(call) }, patient, return_existing_if_match: true };
    const query = { location_id: this.api.locationId };
    const { created, data } = await this.api.write(call, 'POST', '/patients', json, query);
    const id = idOf(asObject(data['user']));
    await this.deps.store.put(personKey(id), person);
    return { id, created };
  }

  private async intake(call: Call): Promise<number> {
    if (this.config.intakeProviderId !== undefined) return this.config.intakeProviderId;
    const { rows } = await this.api.page(call, '/providers', { location_id: this.api.locationId }, 1);
    const [first] = rows;
    if (!first) throw new Rejected('no_provider_for_new_patients');
    return Number(idOf(first));
  }
}

/** Address, SSN, insurance and the like stay behind. */
function patientOf(row: Row): PmsPatient {
  const bio: Row = row['bio'] == null ? {} : asObject(row['bio']);
  const phones = ['cell_phone_number', 'phone_number', 'home_phone_number', 'work_phone_number'];
  return {
    foreignId: idOf(row),
    firstName: textOf(row['first_name']) ?? '',
    lastName: textOf(row['last_name']) ?? '',
    ...known({
      dateOfBirth: dateOf(bio['date_of_birth']),
      email: textOf(row['email']),
      phone: phoneOf(...phones.map((name) => textOf(bio[name]))),
    }),
    active: row['inactive'] !== true,
    updatedAt: requiredInstantOf(row, 'updated_at'),
  };
}

function personKey(id: string): string {
  return `person/${id}`;
}
