import { Injectable } from '@nestjs/common';
import { Insurance as InsuranceRules } from '../catalog/index.js';
import { WidgetSessions } from '../identity/index.js';
import { invalid, within, type TenantScope } from '../kernel/index.js';
import type { Appointment, Insurance } from '../scheduling/index.js';
import type { BookingInsurance } from './dto/booking.dto.js';

/** What a booking tells beside its time and its person, checked. */
@Injectable()
export class BookingFacts {
  constructor(
    private readonly insuranceRules: InsuranceRules,
    private readonly sessions: WidgetSessions,
  ) {}

  /** What was given, checked against what the practice asks. */
  async insurance(tenant: TenantScope, given: BookingInsurance | undefined): Promise<Insurance | undefined> {
    if (!given) return undefined;
    const { carrierId, carrierName, answers, ...fields } = given;
    const asked = await within('/insurance', () => this.insuranceRules.check(tenant, { carrierId, carrierName }));
    const missing = asked.requiredFields.find((field) => fields[field] === undefined);
    if (missing) throw invalid(`/insurance/${missing}`, 'required', `The practice needs ${missing}.`);
    const byId = new Map((answers ?? []).map(({ id, value }) => [id, value]));
    for (const [place, { id }] of (answers ?? []).entries()) {
      if (!asked.questions.some((question) => question.id === id))
        throw invalid(`/insurance/answers/${place}/id`, 'not_found', 'No question with this id is asked here.');
    }
    for (const { id, required, choices, type } of asked.questions) {
      const value = byId.get(id);
      if (required && value === undefined)
        throw invalid('/insurance/answers', 'required', `The practice needs an answer to ${id}.`);
      const allowed = type === 'yes_no' ? ['yes', 'no'] : type === 'choice' ? choices : null;
      if (value !== undefined && allowed && !allowed.includes(value))
        throw invalid('/insurance/answers', 'choice', `The answer to ${id} is one of: ${allowed.join(', ')}.`);
    }
    return {
      ...fields,
      ...(carrierId ? { carrierId } : {}),
      ...(carrierName ? { carrierName } : {}),
      result: asked.result,
      answers: Object.fromEntries(byId),
    };
  }

  /** How the visitor of a session came to the practice. */
  async attribution(tenant: TenantScope, sessionId: string): Promise<Appointment['attribution']> {
    const found = await this.sessions.attribution(tenant, sessionId);
    return found && { utm: found.utm, referrer: found.referrer, page: found.page };
  }
}
