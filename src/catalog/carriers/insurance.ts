import { Injectable } from '@nestjs/common';
import { invalid, type TenantScope } from '../../kernel/index.js';
import { Catalog } from '../snapshot/catalog.js';
import type { CatalogSnapshot, Frozen } from '../snapshot/snapshot.js';
import { canonicalCarrier, namesOf } from './carrier-names.js';
import type { Carrier } from './carrier.schema.js';
import type { AskRule, InsuranceQuestion } from './insurance-settings.schema.js';

export const INSURANCE_RESULTS = ['accepted', 'other', 'out_of_network', 'not_accepted'] as const;
export type InsuranceResult = (typeof INSURANCE_RESULTS)[number];

/** What a patient may be asked about the insurance. */
export const INSURANCE_FIELDS = ['groupNumber', 'subscriberId', 'subscriberName', 'plan'] as const;
export type InsuranceField = (typeof INSURANCE_FIELDS)[number];

export interface InsuranceAnswer {
  /** `other`: not in the list, and the practice takes such; `not_accepted`: not in the list, and it does not. */
  result: InsuranceResult;
  carrier: { id: string; name: string } | null;
  /** To show to the patient. */
  message: string | null;
  fields: Record<InsuranceField, AskRule>;
  requiredFields: InsuranceField[];
  questions: readonly Frozen<InsuranceQuestion>[];
}

/** Compares a patient's carrier with the practice's list. A match of names, never an eligibility check. */
@Injectable()
export class Insurance {
  constructor(private readonly catalog: Catalog) {}

  /** Exactly one of the two: an id from the list, or what the patient typed. */
  async check(
    scope: TenantScope,
    asked: { carrierId?: string | undefined; carrierName?: string | undefined },
  ): Promise<InsuranceAnswer> {
    if ((asked.carrierId === undefined) === (asked.carrierName === undefined)) {
      throw invalid('/carrierId', 'one_of', 'Give exactly one of carrierId and carrierName.');
    }
    const snapshot = await this.catalog.snapshot(scope);
    const carrier = find(snapshot, asked);
    if (asked.carrierId !== undefined && !carrier) {
      throw invalid('/carrierId', 'not_found', 'No carrier with this id exists here. Read the carriers again.');
    }
    const settings = snapshot.insuranceSettings;
    const result: InsuranceResult = carrier?.status ?? (settings.acceptOther ? 'other' : 'not_accepted');
    const fields = {
      groupNumber: settings.askGroupNumber,
      subscriberId: settings.askSubscriberId,
      subscriberName: settings.askSubscriberName,
      plan: settings.askPlan,
    };
    return {
      result,
      carrier: carrier ? { id: carrier._id, name: carrier.name } : null,
      message: messageOf(result, settings),
      fields,
      requiredFields: INSURANCE_FIELDS.filter((field) => fields[field] === 'required'),
      questions: settings.questions,
    };
  }
}

function find(
  snapshot: CatalogSnapshot,
  asked: { carrierId?: string | undefined; carrierName?: string | undefined },
): Frozen<Carrier> | undefined {
  if (asked.carrierId !== undefined) {
    const carrier = snapshot.carrierById.get(asked.carrierId);
    return carrier?.active ? carrier : undefined;
  }
  const name = canonicalCarrier(asked.carrierName ?? '');
  return snapshot.carriers.find((carrier) => carrier.active && namesOf(carrier).includes(name));
}

function messageOf(result: InsuranceResult, settings: CatalogSnapshot['insuranceSettings']): string | null {
  if (result === 'accepted') return null;
  if (result === 'other') return settings.showOtherWarning ? settings.otherWarningText : null;
  return settings.showOutOfNetwork ? settings.outOfNetworkText : null;
}
