import { mintTenantScope } from '../../src/kernel/index.js';
import type { ApiAnswer } from './api.js';
import { PracticeUnderTest } from './practice.js';
import { until } from './until.js';
import { somebody } from './visitor.js';

export type Json = ApiAnswer['body'];

/** Days on which the practices of these specs are open. */
export const TUE = '2027-03-09';
export const WED = '2027-03-10';

/** A practice in which one provider sees patients for one reason, from 9 to 12; everybody who waits, waits for that. */
export class WaitingPractice extends PracticeUnderTest {
  scope() {
    return mintTenantScope(this.practiceId, { kind: 'system', id: 'spec' });
  }

  get<T>(token: abstract new (...args: never[]) => T): T {
    return this.app.app.get<T>(token as never, { strict: false });
  }

  async room(): Promise<Room> {
    const { chairIds, ann } = await this.team();
    const reason = await this.reason([ann.id], chairIds.slice(0, 1));
    return { reasonId: reason.id, providerId: ann.id };
  }

  async patient(more: object = {}): Promise<Json> {
    return this.ok('POST', 'patients', { ...somebody(), ...more });
  }

  async waits({ reasonId }: Room, more: object = {}, who?: Json): Promise<{ entry: Json; patient: Json }> {
    const patient = who ?? (await this.patient());
    const wanted = { patientId: patient.id, patientType: 'returning', reasonId, from: TUE, to: '2027-03-19' };
    return { entry: await this.ok('POST', 'waitlist', { ...wanted, ...more }), patient };
  }

  async book({ reasonId }: Room, date: string, time: string, patient?: Json): Promise<Json> {
    const slot = (await this.slots(reasonId, date)).find(({ local }) => local === `${date}T${time}`);
    const patientId = (patient ?? (await this.patient())).id;
    return this.ok('POST', 'appointments', { slotId: slot.id, patientId, patientType: 'returning' });
  }

  cancel(appointment: Json): Promise<Json> {
    return this.ok('POST', `appointments/${appointment.id}/cancel`, { reason: 'patient_ill' });
  }

  entry({ id }: Json): Promise<Json> {
    return this.ok('GET', `waitlist/${id}`);
  }

  async offers({ id }: Json): Promise<Json[]> {
    return (await this.ok('GET', `waitlist/${id}/offers`)).data;
  }

  /** Waits until somebody is asked, and gives the offer. */
  async offered(entry: Json): Promise<Json> {
    const { offerId } = await until(
      () => this.entry(entry),
      ({ status }) => status === 'offered',
    );
    return (await this.offers(entry)).find(({ id }) => id === offerId);
  }

  status(entry: Json, wanted: string): Promise<Json> {
    return until(
      () => this.entry(entry),
      ({ status }) => status === wanted,
    );
  }

  answer(entry: Json, offer: Json, action: 'accept' | 'decline'): Promise<ApiAnswer> {
    return this.call('POST', `waitlist/${entry.id}/offers/${offer.id}/${action}`);
  }

  /** Those of a slot that stand in the book. */
  async standing(reasonId: string): Promise<Json[]> {
    const { data } = await this.ok('GET', `appointments?reasonId=${reasonId}&limit=100`);
    return data.filter(({ status }: Json) => ['requested', 'booked', 'confirmed'].includes(status));
  }
}

export interface Room {
  reasonId: string;
  providerId: string;
}
