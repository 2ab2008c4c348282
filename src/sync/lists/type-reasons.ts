import { Injectable } from '@nestjs/common';
import { MARK_MINUTES, ReasonService, type Reason } from '../../catalog/index.js';
import { invalid, type TenantScope } from '../../kernel/index.js';
import type { Tx } from '../../persistence/index.js';
import type { ListItem } from './list-item.schema.js';

/** What a reason for visit may take over from an appointment type. */
export const TAKEN_PARTS = ['name', 'length', 'procedure_codes'] as const;
export type TakenPart = (typeof TAKEN_PARTS)[number];

/** What a reason needs beside what its appointment type says. */
export type ReasonOfType = Pick<Reason, 'patientTypes' | 'providerIds' | 'operatoryIds'> &
  Partial<Pick<Reason, 'name' | 'durationMinutes' | 'locationIds' | 'active'>>;

type Length = Pick<Reason, 'pattern' | 'durationMinutes'>;

const NAME_LENGTH = 120;
const CODE_LENGTH = 20;
const MOST_CODES = 50;
const LONGEST_MINUTES = 480;

/** Reasons for visit that are made of appointment types, or stand for them. */
@Injectable()
export class TypeReasons {
  constructor(private readonly reasons: ReasonService) {}

  /** A new reason that stands for the type and is what the type says. */
  create(scope: TenantScope, tx: Tx, type: ListItem, given: ReasonOfType): Promise<Reason> {
    const { durationMinutes = null, ...rest } = given;
    const length = durationMinutes === null ? lengthOf(type) : { durationMinutes, pattern: null };
    if (!length) {
      const detail = 'The practice system does not say how long a visit of this type takes: give its minutes.';
      throw invalid('/durationMinutes', 'required', detail);
    }
    const { connectionId, foreignId } = type;
    const known = { ...partsOf(type, ['name', 'procedure_codes']), ...length };
    const link = { appointmentType: nameOf(type), pmsTypes: [{ connectionId, foreignId }] };
    return this.reasons.create(scope, tx, { ...known, ...link, ...defined(rest) });
  }

  /** The reason stands for the type from now on, and takes over what is asked for, as far as the type says it. */
  link(scope: TenantScope, type: ListItem, reasonId: string, take: readonly TakenPart[]): Promise<Reason> {
    return this.reasons.standFor(scope, reasonId, type, partsOf(type, take));
  }

  unlink(scope: TenantScope, type: ListItem, reasonId: string): Promise<Reason> {
    return this.reasons.standApart(scope, reasonId, type);
  }
}

/** How long a visit of the type takes, as a reason says it; null when the type does not say, or not in whole marks. */
export function lengthOf({ pattern, minutes }: Pick<ListItem, 'pattern' | 'minutes'>): Length | null {
  const fits = (length: number) => length >= MARK_MINUTES && length <= LONGEST_MINUTES;
  if (pattern !== null && /^[X/]*X[X/]*$/.test(pattern) && fits(pattern.length * MARK_MINUTES)) {
    const plain = /^X+$/.test(pattern);
    return plain
      ? { durationMinutes: pattern.length * MARK_MINUTES, pattern: null }
      : { durationMinutes: null, pattern };
  }
  if (minutes === null || !fits(minutes)) return null;
  return { durationMinutes: Math.ceil(minutes / MARK_MINUTES) * MARK_MINUTES, pattern: null };
}

function partsOf(type: ListItem, take: readonly TakenPart[]): Partial<Reason> {
  return {
    ...(take.includes('name') ? { name: nameOf(type) } : {}),
    ...(take.includes('length') ? lengthOf(type) : {}),
    ...(take.includes('procedure_codes') ? { procedureCodes: codesOf(type) } : {}),
  };
}

function nameOf({ name }: ListItem): string {
  return name.slice(0, NAME_LENGTH).trim();
}

function codesOf({ procedureCodes }: ListItem): string[] {
  return procedureCodes.filter((code) => code !== '' && code.length <= CODE_LENGTH).slice(0, MOST_CODES);
}

function defined<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
