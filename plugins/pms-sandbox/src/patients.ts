import {
  foldName,
  type FoundPatient,
  isStoreConflict,
  matchPatient,
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

  /** By our reference, then by the kit's rules; else a new record. */
  async findOrCreate(request: PatientRequest): Promise<FoundPatient> {
    const referenceKey = `patient-of/${shortHash(request.reference, 24)}`;
    const known = await this.deps.store.get<string>(referenceKey);
    if (known) return { foreignId: known.value, created: false };
    const found = await this.matchOrEnter(request);
    await this.deps.store.put(referenceKey, found.foreignId);
    return found;
  }

  private async matchOrEnter(request: PatientRequest): Promise<FoundPatient> {
    const { reference: _reference, ...person } = request;
    // The id begins with the name, so that namesakes are one listing, and goes on with who the person is, so that two
    // writers at once make one record.
    const name = `n${shortHash([person.firstName, person.lastName].map(foldName).join('|'), 10)}`;
    const namesakes = await this.deps.store.list<PmsPatient>(`patient/${name}`, { limit: 1_000 });
    const candidates = [...this.practice.patients, ...namesakes.map(({ value }) => value)];
    const known = matchPatient(candidates, request);
    if (known) return { foreignId: known.foreignId, created: false };
    const foreignId = `${name}${shortHash(person.dateOfBirth ?? person.phone ?? person.email ?? '')}`;
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
