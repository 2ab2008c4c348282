import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, newId, randomToken, type Clock, type TenantScope } from '../kernel/index.js';
import type { Tx, Update } from '../persistence/index.js';
import { newDecisions, type ConsentChannel, type ConsentRecord } from './consents.js';
import { canonicalEmail } from './identity.js';
import { checkPerson, freshPatient } from './patient-record.js';
import type { Patient, PendingContact, Sex } from './patient.schema.js';
import { Patients, shareContact } from './patients.js';

/** Visitors' notes that wait for staff; more than these are not kept, so that nobody fills up a record from outside. */
const MAX_PENDING = 10;

/** Who a visitor says to be. */
export interface VisitorPerson {
  firstName: string;
  lastName: string;
  dateOfBirth: string;
  /** One of phone and email at least. */
  phone?: string | null | undefined;
  email?: string | null | undefined;
  preferredName?: string | null | undefined;
  sex?: Sex | null | undefined;
  preferredLanguage?: string | null | undefined;
  /** What the visitor chose; it decides nothing here. */
  patientType: 'new' | 'returning';
  channel: ConsentChannel;
  sessionId?: string | null | undefined;
  consents?: readonly Pick<ConsentRecord, 'kind' | 'given' | 'textVersion'>[] | undefined;
}

/** Finds the record that a booking belongs to, or makes one. */
@Injectable()
export class PatientMatch {
  constructor(
    private readonly patients: Patients,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * The known patient is who has the same name, date of birth and phone or e-mail. Anyone else gets a new record, also
   * when name and birth are known with other contact data (staff see the possible double). Both ways lock, read, write once
   * and raise one event, and neither may be told to the visitor: `isNew` and the record are for the practice alone.
   * What a visitor types never replaces what the practice knows: other contact data waits in `pendingContacts`.
   */
  async findOrCreate(
    scope: TenantScope,
    tx: Tx,
    visitor: VisitorPerson,
  ): Promise<{ patient: Patient; isNew: boolean }> {
    const now = this.clock.now();
    const fresh = freshPatient(newId('patient', now), visitor);
    checkPerson(fresh, now);
    const consents = (visitor.consents ?? []).map(({ kind, given, textVersion }) => ({
      kind,
      given,
      at: now,
      channel: visitor.channel,
      textVersion,
      sessionId: visitor.sessionId ?? null,
    }));
    const namesakes = await this.patients.namesakes(scope, tx, fresh);
    const known = namesakes.find((other) => shareContact(other, fresh));
    if (known) {
      const pendingContacts = withPending(known, fresh, { id: randomToken(9), at: now, channel: visitor.channel });
      const patient = await this.patients.write(scope, tx, known._id, {
        $set: { pendingContacts },
        $push: { consents: { $each: newDecisions(known.consents, consents) } },
      } as Update<Patient>);
      await this.patients.told(scope, tx, patient, 'matched', { patientType: visitor.patientType });
      return { patient, isNew: false };
    }
    const record = { ...fresh, consents, possibleDuplicateIds: namesakes.map(({ _id }) => _id) };
    const patient = await this.patients.insert(scope, tx, record, { patientType: visitor.patientType });
    return { patient, isNew: true };
  }
}

/** The known patient's pending contacts with what is new in the typed ones. */
function withPending(
  known: Patient,
  typed: Pick<Patient, 'phone' | 'email'>,
  mark: Pick<PendingContact, 'id' | 'at' | 'channel'>,
): PendingContact[] {
  const phone = typed.phone !== null && typed.phone !== known.phone ? typed.phone : null;
  const email =
    typed.email !== null && canonicalEmail(typed.email) !== canonicalEmail(known.email ?? '') ? typed.email : null;
  if (phone === null && email === null) return known.pendingContacts;
  const waiting = known.pendingContacts.some((one) => one.phone === phone && one.email === email);
  if (waiting || known.pendingContacts.length >= MAX_PENDING) return known.pendingContacts;
  return [...known.pendingContacts, { ...mark, phone, email }];
}
