import { Inject, Injectable } from '@nestjs/common';
import { Outbox } from '../events/index.js';
import { CLOCK, newId, Problem, type Clock, type TenantScope } from '../kernel/index.js';
import {
  Locks,
  UnitOfWork,
  type Filter,
  type Fresh,
  type Page,
  type PageRequest,
  type Tx,
  type Update,
} from '../persistence/index.js';
import { newDecisions, type ConsentRecord } from './consents.js';
import { canonicalEmail, samePerson } from './identity.js';
import { PatientErasure } from './patient-erasure.js';
import {
  checkPerson,
  ERASED,
  freshPatient,
  identityOf,
  type GivenPerson,
  type PersonFields,
} from './patient-record.js';
import { PatientRepository } from './patient.repository.js';
import type { Patient, PatientForeignRef } from './patient.schema.js';

/** What may be looked for: exact values, compared by their blind indexes. All given ones must hold. */
export interface PatientSearch {
  phone?: string | undefined;
  email?: string | undefined;
  dateOfBirth?: string | undefined;
  /** Together with `dateOfBirth` only. */
  lastName?: string | undefined;
}

/** The records of patients, for staff, sync and the rooms above. */
@Injectable()
export class Patients {
  constructor(
    private readonly repository: PatientRepository,
    private readonly locks: Locks,
    private readonly unitOfWork: UnitOfWork,
    private readonly outbox: Outbox,
    private readonly erasure: PatientErasure,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async page(scope: TenantScope, request: PageRequest<Patient>): Promise<Page<Patient>> {
    return this.repository.forTenant(scope).page(request);
  }

  async get(scope: TenantScope, id: string, tx?: Tx): Promise<Patient> {
    return this.repository.forTenant(scope, tx).getById(id, 'patient');
  }

  async search(scope: TenantScope, asked: PatientSearch, request: { limit: number; cursor?: string | undefined }) {
    const filter = await this.searchFilter(scope, asked);
    return this.repository.forTenant(scope).page({ ...request, filter });
  }

  /** Answers 409 `already_exists` with the patient's id when this person is there with the same phone or e-mail. */
  async create(scope: TenantScope, tx: Tx, person: GivenPerson): Promise<Patient> {
    const fresh = freshPatient(newId('patient', this.clock.now()), person);
    checkPerson(fresh, this.clock.now());
    const namesakes = await this.namesakes(scope, tx, fresh);
    const same = namesakes.find((other) => shareContact(other, fresh));
    if (same) {
      const detail = 'This person is a patient already, with the same phone or e-mail. Change that record instead.';
      throw new Problem('already_exists', detail, { extensions: { patientId: same._id } });
    }
    return this.insert(scope, tx, { ...fresh, possibleDuplicateIds: namesakes.map(({ _id }) => _id) });
  }

  async change(scope: TenantScope, id: string, given: GivenPerson, ifVersion?: number): Promise<Patient> {
    return this.unitOfWork.run(async (tx) => {
      const before = await this.active(scope, tx, id);
      const defined = Object.entries(given).filter(([, value]) => value !== undefined);
      const fields = Object.fromEntries(defined) as Partial<PersonFields>;
      const after = { ...before, ...fields };
      checkPerson(after, this.clock.now());
      const set = { ...fields, identity: identityOf(after) };
      const patient = await this.repository.forTenant(scope, tx).patch(id, set, 'patient', ifVersion);
      return this.told(scope, tx, patient, 'changed');
    });
  }

  /** Forgets the person for good. Ids and consents stay, so that the book still adds up. */
  async erase(scope: TenantScope, id: string): Promise<Patient> {
    return this.unitOfWork.run(async (tx) => {
      const before = await this.get(scope, id, tx);
      if (before.status === 'erased') return before;
      await this.erasure.tell(scope, before, tx);
      const patient = await this.repository.forTenant(scope, tx).patch(id, ERASED, 'patient');
      return this.told(scope, tx, patient, 'erased');
    });
  }

  /** `id` was the same person as `intoId`: it keeps its data, is found no more, and its foreign records move over. */
  async merge(scope: TenantScope, id: string, intoId: string): Promise<Patient> {
    return this.unitOfWork.run(async (tx) => {
      if (id === intoId) throw new Problem('conflict', 'A patient cannot be merged into itself.');
      const rows = this.repository.forTenant(scope, tx);
      const from = await this.active(scope, tx, id);
      const into = await this.active(scope, tx, intoId);
      const set = {
        foreign: [...into.foreign, ...from.foreign],
        possibleDuplicateIds: into.possibleDuplicateIds.filter((one) => one !== id),
      };
      await this.told(scope, tx, await rows.patch(intoId, set, 'patient'), 'changed');
      const merged = await rows.patch(id, { status: 'merged', mergedIntoId: intoId, foreign: [] }, 'patient');
      return this.told(scope, tx, merged, 'merged', { mergedIntoId: intoId });
    });
  }

  /** Appends decisions; one that repeats what holds, for the same text, is left out. */
  async recordConsents(scope: TenantScope, tx: Tx, id: string, given: readonly ConsentRecord[]): Promise<Patient> {
    const before = await this.active(scope, tx, id);
    const added = newDecisions(before.consents, given);
    if (added.length === 0) return before;
    const patient = await this.write(scope, tx, id, { $push: { consents: { $each: added } } } as Update<Patient>);
    return this.told(scope, tx, patient, 'consent');
  }

  /** Takes over, or throws away, what a visitor typed beside the known contact data. */
  async decideContact(scope: TenantScope, id: string, pendingId: string, accept: boolean): Promise<Patient> {
    return this.unitOfWork.run(async (tx) => {
      const before = await this.active(scope, tx, id);
      const pending = before.pendingContacts.find((one) => one.id === pendingId);
      if (!pending) throw new Problem('not_found', 'No pending contact with this id exists here.');
      const set = {
        pendingContacts: before.pendingContacts.filter((one) => one !== pending),
        ...(accept && pending.phone !== null ? { phone: pending.phone } : {}),
        ...(accept && pending.email !== null ? { email: pending.email } : {}),
      };
      const patient = await this.repository.forTenant(scope, tx).patch(id, set, 'patient', before.version);
      return this.told(scope, tx, patient, accept ? 'contact_accepted' : 'contact_dismissed');
    });
  }

  async findByForeign(scope: TenantScope, ref: PatientForeignRef, tx?: Tx): Promise<Patient | null> {
    const { connectionId, foreignId } = ref;
    return this.repository
      .forTenant(scope, tx)
      .findOne({ foreign: { $elemMatch: { connectionId, foreignId } } } as Filter<Patient>);
  }

  /** Our id of the patient that each record of a practice system stands for; those of nobody here are left out. */
  async idsOfForeign(
    scope: TenantScope,
    connectionId: string,
    foreignIds: readonly string[],
  ): Promise<ReadonlyMap<string, string>> {
    if (foreignIds.length === 0) return new Map();
    const wanted = new Set(foreignIds);
    const filter = { foreign: { $elemMatch: { connectionId, foreignId: { $in: [...wanted] } } } } as Filter<Patient>;
    const found = await this.repository.forTenant(scope).pick(filter, ['foreign']);
    const pairs = found.flatMap(({ _id, foreign }) =>
      foreign
        .filter((ref) => ref.connectionId === connectionId && wanted.has(ref.foreignId))
        .map(({ foreignId }) => [foreignId, _id] as const),
    );
    return new Map(pairs);
  }

  /** Says that a record of a practice system is this patient; saying it again changes nothing. */
  async linkForeign(scope: TenantScope, tx: Tx, id: string, ref: PatientForeignRef): Promise<Patient> {
    const before = await this.get(scope, id, tx);
    if (before.foreign.some((one) => one.connectionId === ref.connectionId && one.foreignId === ref.foreignId)) {
      return before;
    }
    const patient = await this.write(scope, tx, id, { $push: { foreign: ref } } as Update<Patient>);
    return this.told(scope, tx, patient, 'linked');
  }

  /**
   * Active patients of the same name and birth, oldest first. Until the transaction ends, nobody else looks for or makes
   * this person: of two at once, one is repeated and finds what the other made.
   */
  async namesakes(scope: TenantScope, tx: Tx, person: Pick<Patient, 'identity'>): Promise<Patient[]> {
    const { identity } = person;
    if (identity === null) return [];
    const rows = this.repository.forTenant(scope, tx);
    const nameBirthKey = await rows.blind('nameBirthKey', identity);
    if (nameBirthKey === undefined) return [];
    await this.locks.take(scope, tx, `identity:${nameBirthKey}`);
    const found = await rows.find({ nameBirthKey, status: 'active' } as Filter<Patient>, { sort: { _id: 1 } });
    return found.filter((other) => other.identity !== null && samePerson(other.identity, identity));
  }

  async insert(scope: TenantScope, tx: Tx, fresh: Fresh<Patient>, data: Record<string, string> = {}): Promise<Patient> {
    const patient = await this.repository.forTenant(scope, tx).insert(fresh);
    await this.outbox.record(scope, tx, {
      type: 'patient.created',
      subject: { kind: 'patient', id: patient._id },
      sequence: patient.version,
      data,
    });
    return patient;
  }

  /** One atomic change of a patient that was read in this transaction. */
  async write(scope: TenantScope, tx: Tx, id: string, update: Update<Patient>, where: Filter<Patient> = {}) {
    const patient = await this.repository.forTenant(scope, tx).update(id, update, where);
    if (!patient) throw new Problem('conflict', 'The patient was changed meanwhile. Read it again.');
    return patient;
  }

  /** Records the event of a change that `patient` holds already. */
  async told(scope: TenantScope, tx: Tx, patient: Patient, change: string, data: Record<string, string> = {}) {
    await this.outbox.record(scope, tx, {
      type: 'patient.changed',
      subject: { kind: 'patient', id: patient._id },
      sequence: patient.version,
      data: { change, ...data },
    });
    return patient;
  }

  async active(scope: TenantScope, tx: Tx, id: string): Promise<Patient> {
    const patient = await this.get(scope, id, tx);
    if (patient.status === 'active') return patient;
    throw new Problem('conflict', `This patient is ${patient.status} and cannot be changed.`, {
      extensions: patient.mergedIntoId ? { mergedIntoId: patient.mergedIntoId } : {},
    });
  }

  private async searchFilter(scope: TenantScope, asked: PatientSearch): Promise<Filter<Patient>> {
    const rows = this.repository.forTenant(scope);
    const { phone, email, dateOfBirth, lastName } = asked;
    const byName = lastName === undefined ? undefined : { lastName, dateOfBirth };
    const values = { phoneKey: phone, emailKey: email, birthKey: dateOfBirth, nameBirthKey: byName };
    const filter: Record<string, string> = { status: 'active' };
    for (const [index, value] of Object.entries(values)) {
      // A value without canonical form matches nobody: the index never holds an empty text.
      if (value !== undefined) filter[index] = (await rows.blind(index, value)) ?? '';
    }
    return filter as Filter<Patient>;
  }
}

/** The same phone, or the same e-mail. */
export function shareContact(left: Pick<Patient, 'phone' | 'email'>, right: Pick<Patient, 'phone' | 'email'>): boolean {
  if (left.phone !== null && left.phone === right.phone) return true;
  return left.email !== null && right.email !== null && canonicalEmail(left.email) === canonicalEmail(right.email);
}
