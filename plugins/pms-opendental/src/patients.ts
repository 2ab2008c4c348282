import {
  type Call,
  type FoundPatient,
  matchPatient,
  type PatientRequest,
  type PluginDeps,
  type PmsPatient,
  WriteOnce,
} from '@openchair/plugin-kit';
import type { ListRequest, OpenDentalApi } from './api.js';
import { patientOf, phoneText } from './people.js';
import { keyOf, known, type Row } from './rows.js';

/** The patients of the office, read with the method that shows no balances: `/patients/Simple`. */
export class PatientRegister {
  private readonly once: WriteOnce<null>;

  constructor(
    private readonly api: OpenDentalApi,
    deps: Pick<PluginDeps, 'store' | 'clock'>,
  ) {
    this.once = new WriteOnce('patient', deps);
  }

  list(query: ListRequest<unknown>['query']): ListRequest<PmsPatient> {
    return {
      path: '/patients/Simple',
      query: { ...query, ...this.api.clinic },
      key: 'PatNum',
      read: (row, now) => [patientOf(row, this.api.times, now) ?? []].flat(),
    };
  }

  /** By our reference, then by the kit's rules; else a new record. Whoever was made unheard is found by the rules, too. */
  async findOrCreate(call: Call, request: PatientRequest): Promise<FoundPatient> {
    let created = false;
    const find = async () => (await this.match(call, request))?.foreignId ?? null;
    const foreignId = await this.once.once(request.reference, null, {
      find,
      write: async () => {
        const found = await find();
        if (found !== null) return found;
        const row = await this.api.create(call, '/patients', this.recordOf(request));
        created = true;
        return keyOf(row, 'PatNum');
      },
    });
    return { foreignId, created };
  }

  /** Who was born on that day, and who bears the name: a record without a date of birth is only found by its name. */
  private async match(call: Call, request: PatientRequest): Promise<PmsPatient | null> {
    const { firstName, lastName, dateOfBirth } = request;
    const queries = [
      ...(dateOfBirth === undefined ? [] : [{ Birthdate: dateOfBirth }]),
      { LName: lastName.trim(), FName: firstName.trim() },
    ];
    const candidates: PmsPatient[] = [];
    for (const query of queries) candidates.push(...(await this.api.everyOne(call, this.list(query))));
    return matchPatient(candidates, request);
  }

  private recordOf({ firstName, lastName, dateOfBirth, email, phone }: PatientRequest): Row {
    return {
      LName: lastName.trim(),
      FName: firstName.trim(),
      ...known({ Birthdate: dateOfBirth, Email: email, WirelessPhone: phone === undefined ? '' : phoneText(phone) }),
      ...this.api.clinic,
    };
  }
}
