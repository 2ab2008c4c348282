import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { Problem, type TenantScope } from '../../kernel/index.js';
import { refuse } from '../shared/references.js';
import { CatalogTools, merged } from '../shared/catalog-service.js';
import { InsuranceSettingsRepository } from './insurance-settings.repository.js';
import type { InsuranceQuestion, InsuranceSettings } from './insurance-settings.schema.js';

type SettingsDraft = Omit<InsuranceSettings, '_id' | 'createdAt' | 'updatedAt' | 'version'>;
export type GivenSettings = { [K in keyof SettingsDraft]?: SettingsDraft[K] | undefined };

/** What holds until the practice says otherwise: any carrier may be typed, nothing more is asked. */
const defaults = (): SettingsDraft => ({
  acceptOther: true,
  showOtherWarning: false,
  otherWarningText: null,
  showOutOfNetwork: false,
  outOfNetworkText: null,
  askGroupNumber: 'off',
  askSubscriberId: 'optional',
  askSubscriberName: 'off',
  askPlan: 'off',
  questions: [],
  skipped: false,
});

@Injectable()
export class InsuranceSettingsService {
  constructor(
    private readonly repository: InsuranceSettingsRepository,
    private readonly tools: CatalogTools,
  ) {}

  /** The defaults at version 0 when none were saved. */
  async get(scope: TenantScope): Promise<InsuranceSettings> {
    return (await this.repository.forTenant(scope).findById(scope.tenantId)) ?? unsaved(scope);
  }

  async change(scope: TenantScope, given: GivenSettings, ifVersion?: number): Promise<InsuranceSettings> {
    return this.tools.unitOfWork.run(async (tx) => {
      await this.tools.versions.take(scope, tx);
      const rows = this.repository.forTenant(scope, tx);
      const before = await rows.findById(scope.tenantId);
      const version = before?.version ?? 0;
      if (ifVersion !== undefined && ifVersion !== version) {
        const detail = `The insurance settings are at version ${version}, you changed version ${ifVersion}. Read them again.`;
        throw new Problem('version_mismatch', detail);
      }
      const merge = merged(defaults(), before, given);
      const fields = { ...merge, questions: merge.questions.map(plainQuestion) };
      check(fields);
      if (before && isDeepStrictEqual(fields, merged(defaults(), before, {}))) return before;
      const after = before
        ? await rows.patch(scope.tenantId, fields, 'insurance settings')
        : await rows.insert({ _id: scope.tenantId, ...fields });
      await this.tools.outbox.record(scope, tx, {
        type: 'insurance_settings.changed',
        subject: { kind: 'insurance_settings', id: scope.tenantId },
        sequence: after.version,
      });
      return after;
    });
  }
}

function unsaved(scope: TenantScope): InsuranceSettings {
  return { _id: scope.tenantId, ...defaults(), version: 0, createdAt: 0, updatedAt: 0 };
}

function plainQuestion({ id, label, type, choices, required }: InsuranceQuestion): InsuranceQuestion {
  return { id, label, type, choices: [...(choices ?? [])], required: required ?? false };
}

/** A message that is to be shown needs its text; the choices are those of a choice. */
function check(fields: SettingsDraft): void {
  const needed = (shown: boolean, text: string | null, pointer: string) =>
    shown && text === null ? [{ pointer, code: 'required', detail: 'is needed while it is to be shown' }] : [];
  const ids = fields.questions.map(({ id }) => id);
  refuse([
    ...needed(fields.showOtherWarning, fields.otherWarningText, '/otherWarningText'),
    ...needed(fields.showOutOfNetwork, fields.outOfNetworkText, '/outOfNetworkText'),
    ...fields.questions.flatMap(({ id, type, choices }, index) => [
      ...((type === 'choice') === choices.length >= 2 && (type === 'choice' || choices.length === 0)
        ? []
        : [
            {
              pointer: `/questions/${index}/choices`,
              code: 'choices',
              detail: 'a choice needs two choices or more, any other question has none',
            },
          ]),
      ...(ids.indexOf(id) === index
        ? []
        : [{ pointer: `/questions/${index}/id`, code: 'unique', detail: 'another question has this id' }]),
    ]),
  ]);
}
