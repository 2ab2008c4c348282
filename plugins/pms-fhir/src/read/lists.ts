import { type PmsAppointmentType, type PmsCarrier, type PmsOperatory, Unreadable } from '@openchair/plugin-kit';
import type { FhirConfig } from '../config.js';
import {
  type CodeableConcept,
  type HealthcareService,
  labelOf,
  type Organization,
  type Room,
} from '../fhir/resources.js';
import { minutesOf } from './scheduling-parameters.js';

/** Where United States payers have their numbers, and what says of an identifier that it is a payer's. */
const PAYER_SYSTEM = 'urn:oid:2.16.840.1.113883.6.300';
const PAYER_TYPE = 'NIIP';
/** Organizations that pay. */
export const PAYERS = ['ins', 'pay']
  .map((code) => `http://terminology.hl7.org/CodeSystem/organization-type|${code}`)
  .join(',');

/** Whether a Location or Device stands for a chair or room. */
export function isOperatory({ operatoryResource, operatoryTypes }: FhirConfig, room: Room): boolean {
  if (room.resourceType !== operatoryResource) return false;
  if (operatoryResource === 'Device' || operatoryTypes.length === 0) return true;
  return codesOf(room.physicalType).some((code) => operatoryTypes.includes(code));
}

export function operatoryOf(room: Room, order: number): PmsOperatory {
  if (room.id === undefined) throw new Unreadable('id', 'missing');
  const name = room.name?.trim() || room.deviceName?.[0]?.name?.trim() || room.id;
  const types = [room.type ?? []].flat();
  return {
    foreignId: room.id,
    name,
    abbreviation: room.alias?.[0]?.trim() || name.slice(0, 10),
    hygiene: [name, ...types.flatMap((type) => labelOf(type) ?? [])].some((text) => /hygien/i.test(text)),
    order,
    active: room.status === undefined || room.status === 'active',
  };
}

/** A HealthcareService: what one books. */
export function appointmentTypeOf(service: HealthcareService, procedureSystem: string): PmsAppointmentType | null {
  const name = service.name?.trim() || labelOf(service.type?.[0]);
  if (service.id === undefined || name === undefined) return null;
  const minutes = minutesOf(service);
  return {
    foreignId: service.id,
    name,
    ...(minutes === undefined ? {} : { minutes }),
    procedureCodes: proceduresOf(service.type, procedureSystem),
    active: service.active !== false,
  };
}

export function carrierOf({ id, name, identifier, active }: Organization): PmsCarrier | null {
  if (id === undefined || name === undefined || name.trim() === '') return null;
  const payer = identifier?.find(({ system, type }) => system === PAYER_SYSTEM || codesOf(type).includes(PAYER_TYPE));
  const payerId = payer?.value?.trim();
  return { foreignId: id, name: name.trim(), ...(payerId ? { payerId } : {}), active: active !== false };
}

/** The codes of procedures among other codes of a service type. */
export function proceduresOf(types: readonly CodeableConcept[] | undefined, system: string): string[] {
  const codings = (types ?? []).flatMap(({ coding }) => coding ?? []);
  const codes = codings.flatMap(({ system: own, code }) => (own === system && code !== undefined ? code : []));
  return [...new Set(codes)];
}

function codesOf(concept: CodeableConcept | undefined): string[] {
  return (concept?.coding ?? []).flatMap(({ code }) => code ?? []);
}
