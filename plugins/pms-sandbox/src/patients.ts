import {
  type FoundPatient,
  isStoreConflict,
  type PatientRequest,
  type PluginDeps,
  type PmsPatient,
} from '@openchair/plugin-kit';
import type { Practice } from './practice.js';
import { shortHash } from './seed/random.js';

/** The patients of the practice: the seeded ones and those entered since. */
export class PatientRegister {
  constructor(
    private readonly practice: Practice,
    private readonly deps: Pick<PluginDeps, 'store' | 'clock'>,
  ) {}

  async has(foreignId: string): Promise<boolean> {
    if (this.practice.patients.some((patient) => patient.foreignId === foreignId)) return true;
    return /^[a-z0-9]+$/.test(foreignId) && (await this.deps.store.get(`patient/${foreignId}`)) !== null;
  }

  /** Patients entered since, by foreign id. */
  async entered(after: string | undefined, limit: number): Promise<PmsPatient[]> {
    const options = { limit, ...(after === undefined ? {} : { after: `patient/${after}` }) };
    return (await this.deps.store.list<PmsPatient>('patient/', options)).map(({ value }) => value);
  }

  /** By our reference, then by name and date of birth (or phone, or e-mail); else a new record. */
  async findOrCreate(request: PatientRequest): Promise<FoundPatient> {
    const referenceKey = `patient-of/${shortHash(request.reference, 24)}`;
    const known = await this.deps.store.get<string>(referenceKey);
    if (known) return { foreignId: known.value, created: false };
    const found = await this.matchOrEnter(request);
    await this.deps.store.put(referenceKey, found.foreignId);
    return found;
  }

  private async matchOrEnter({ reference: _reference, ...person }: PatientRequest): Promise<FoundPatient> {
    const seeded = this.practice.patients.find((patient) => isSame(patient, person));
    if (seeded) return { foreignId: seeded.foreignId, created: false };
    // The id follows from who the person is, so that two writers at once make one record.
    const identity = [person.firstName, person.lastName].map(fold).join('|');
    const foreignId = `n${shortHash(`${identity}|${person.dateOfBirth ?? person.phone ?? person.email ?? ''}`)}`;
    const patient: PmsPatient = { ...person, foreignId, active: true, updatedAt: this.deps.clock.now() };
    try {
      await this.deps.store.put(`patient/${foreignId}`, patient, { expectedRev: 0 });
      return { foreignId, created: true };
    } catch (error) {
      if (isStoreConflict(error)) return { foreignId, created: false };
      throw error;
    }
  }
}

const fold = (name: string): string => name.trim().toLowerCase().normalize('NFKD');

function isSame(patient: PmsPatient, person: Omit<PatientRequest, 'reference'>): boolean {
  if (fold(patient.firstName) !== fold(person.firstName) || fold(patient.lastName) !== fold(person.lastName))
    return false;
  if (person.dateOfBirth !== undefined) return patient.dateOfBirth === person.dateOfBirth;
  return (
    (person.phone !== undefined && patient.phone === person.phone) ||
    (person.email !== undefined && patient.email === person.email)
  );
}
