import { type Call, type FoundPatient, matchPatient, type PatientRequest } from '@openchair/plugin-kit';
import type { FhirConfig } from '../config.js';
import type { FhirClient } from '../fhir/client.js';
import { idOf, type Patient, type Resource } from '../fhir/resources.js';
import { isGone, patientOf } from '../read/patients.js';

/** Under which system our references stand among the identifiers of patients that we make. */
const PATIENT_SYSTEM = 'urn:openchair:patient';

/** The patients of the server. */
export class PatientRegister {
  constructor(
    private readonly client: FhirClient,
    private readonly config: FhirConfig,
  ) {}

  /** By our reference, then by the kit's rules; else a new record, which the server makes once for one reference. */
  async findOrCreate(call: Call, request: PatientRequest): Promise<FoundPatient> {
    const known = (await this.byReference(call, request.reference)) ?? (await this.match(call, request));
    if (known !== null) return { foreignId: known, created: false };
    const { resource, created } = await this.client.create<Patient>(
      call,
      recordOf(request),
      `identifier=${PATIENT_SYSTEM}|${request.reference}`,
    );
    return { foreignId: resource.id ?? '', created };
  }

  private async byReference(call: Call, reference: string): Promise<string | null> {
    const identifier = `${PATIENT_SYSTEM}|${reference}`;
    const found = await this.client.all<Patient>(call, 'Patient', { identifier });
    const ours = found.filter((patient) => bears(patient, reference)).flatMap((patient) => survivorOf(patient) ?? []);
    return ours.sort()[0] ?? null;
  }

  /** Looks among those born on the day, then among namesakes: a server that knows no day of birth of theirs may be asked for neither. */
  private async match(call: Call, request: PatientRequest): Promise<string | null> {
    const { firstName, lastName, dateOfBirth } = request;
    const searches: Record<string, string>[] = [{ family: escaped(lastName), given: escaped(firstName) }];
    if (dateOfBirth !== undefined) searches.unshift({ birthdate: dateOfBirth });
    for (const search of searches) {
      const found = await this.client.searchInBody<Patient>(call, 'Patient', { ...search, _count: '100' });
      const candidates = found.filter((one) => !isGone(one));
      const people = candidates.map((one) => patientOf(one, this.config.country));
      const match = matchPatient(people, request);
      if (match) return match.foreignId;
    }
    return null;
  }
}

/** Whether a patient bears our reference: servers may pass over a search parameter that they do not know. */
function bears({ identifier }: Patient, reference: string): boolean {
  return (identifier ?? []).some(({ system, value }) => system === PATIENT_SYSTEM && value === reference);
}

/** The id of a record, or of the one that it was merged into. */
function survivorOf({ id, link }: Patient): string | undefined {
  const merged = link?.find(({ type }) => type === 'replaced-by');
  return merged ? idOf(merged.other, 'Patient') : id;
}

/** A value of a search, in which some signs have a meaning. */
function escaped(text: string): string {
  return text.trim().replace(/[\\,|$]/g, '\\$&');
}

function recordOf({ reference, firstName, lastName, dateOfBirth, phone, email }: PatientRequest): Resource {
  const telecom = [
    ...(phone === undefined ? [] : [{ system: 'phone', value: phone, use: 'mobile' }]),
    ...(email === undefined ? [] : [{ system: 'email', value: email }]),
  ];
  const patient: Patient = {
    resourceType: 'Patient',
    active: true,
    identifier: [{ system: PATIENT_SYSTEM, value: reference }],
    name: [{ use: 'official', family: lastName.trim(), given: [firstName.trim()] }],
    ...(telecom.length === 0 ? {} : { telecom }),
    ...(dateOfBirth === undefined ? {} : { birthDate: dateOfBirth }),
  };
  return patient;
}
