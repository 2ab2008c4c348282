import { Injectable } from '@nestjs/common';
import { Catalog, type Frozen, type Reason } from '../../catalog/index.js';
import type { TenantScope } from '../../kernel/index.js';
import type { Filter } from '../../persistence/index.js';
import { ListItems, type ListItem } from './list-item.schema.js';
import type { ListState } from './list-state.schema.js';
import type { List } from './lists.js';

export const WARNING_CODES = ['unknown_procedure_code', 'unknown_appointment_type'] as const;

/** Something of a reason for visit that the practice system would stumble over, before it does. */
export interface ReasonWarning {
  code: (typeof WARNING_CODES)[number];
  reasonId: string;
  /** The procedure code, or the id of the type over there. */
  value: string;
  /** For people. */
  detail: string;
}

type Lists = ReadonlyMap<List, ListState>;

/** Compares the reasons for visit with what the practice system lists. What was never read says nothing. */
@Injectable()
export class ReasonWarnings {
  constructor(
    private readonly catalog: Catalog,
    private readonly items: ListItems,
  ) {}

  /** `locationId`: the place of the practice system; null while it is not known. */
  async of(
    scope: TenantScope,
    connectionId: string,
    locationId: string | null,
    lists: Lists,
  ): Promise<ReasonWarning[]> {
    const isRead = (list: List) => (lists.get(list)?.readAt ?? null) !== null;
    if (!isRead('procedure_codes') && !isRead('appointment_types')) return [];
    const reasons = (await this.catalog.snapshot(scope)).reasons.filter(
      ({ active, locationIds }) =>
        active && (locationId === null || locationIds.length === 0 || locationIds.includes(locationId)),
    );
    const codes = isRead('procedure_codes') ? await this.missingCodes(scope, connectionId, reasons) : new Set<string>();
    const types = isRead('appointment_types')
      ? await this.missingTypes(scope, connectionId, reasons)
      : new Set<string>();
    return reasons.flatMap((reason) => [
      ...reason.procedureCodes.filter((code) => codes.has(code)).map((code) => codeWarning(reason, code)),
      ...typesOf(reason, connectionId)
        .filter((type) => types.has(type))
        .map((type) => typeWarning(reason, type)),
    ]);
  }

  private async missingCodes(scope: TenantScope, connectionId: string, reasons: readonly Frozen<Reason>[]) {
    const used = new Set(reasons.flatMap(({ procedureCodes }) => procedureCodes));
    const of = { connectionId, list: 'procedure_codes', active: true };
    const filter = { ...of, code: { $in: [...used] } } as Filter<ListItem>;
    for (const { code } of await this.items.forTenant(scope).pick(filter, ['code'])) used.delete(String(code));
    return used;
  }

  private async missingTypes(scope: TenantScope, connectionId: string, reasons: readonly Frozen<Reason>[]) {
    const used = new Set(reasons.flatMap((reason) => typesOf(reason, connectionId)));
    const of = { connectionId, list: 'appointment_types', active: true };
    const filter = { ...of, foreignId: { $in: [...used] } } as Filter<ListItem>;
    for (const { foreignId } of await this.items.forTenant(scope).pick(filter, ['foreignId'])) used.delete(foreignId);
    return used;
  }
}

function typesOf({ pmsTypes }: Frozen<Reason>, connectionId: string): string[] {
  return (pmsTypes ?? []).filter((ref) => ref.connectionId === connectionId).map(({ foreignId }) => foreignId);
}

function codeWarning({ _id, name }: Frozen<Reason>, code: string): ReasonWarning {
  const detail = `The reason "${name}" has the procedure code ${code}, which the practice system does not list: correct the code, or add it over there.`;
  return { code: 'unknown_procedure_code', reasonId: _id, value: code, detail };
}

function typeWarning({ _id, name }: Frozen<Reason>, type: string): ReasonWarning {
  const detail = `The reason "${name}" stands for an appointment type that the practice system lists no more: link it with another one.`;
  return { code: 'unknown_appointment_type', reasonId: _id, value: type, detail };
}
