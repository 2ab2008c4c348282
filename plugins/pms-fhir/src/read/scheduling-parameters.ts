import {
  type AvailableTime,
  type CodeableConcept,
  type Extension,
  type HealthcareService,
  idOf,
  type Schedule,
} from '../fhir/resources.js';

/** Medplum's extension: how long a service takes, and when a Schedule may be booked for it. */
const PARAMETERS = 'https://medplum.com/fhir/StructureDefinition/SchedulingParameters';
/** Medplum's link from a service type to the HealthcareService, as R5 has it. */
export const SERVICE_REFERENCE = 'https://medplum.com/fhir/service-type-reference';

const MINUTES: Readonly<Record<string, number>> = { min: 1, minute: 1, minutes: 1, h: 60, hr: 60, hour: 60, hours: 60 };

/** How long a visit for the service takes, when the server says. */
export function minutesOf(service: HealthcareService): number | undefined {
  const [parameters] = parametersOf(service.extension);
  const duration = sub(parameters, 'duration')[0]?.valueDuration;
  const minutes = (duration?.value ?? NaN) * (MINUTES[duration?.code ?? duration?.unit ?? 'min'] ?? NaN);
  return Number.isInteger(minutes) && minutes > 0 ? minutes : undefined;
}

/** Ids of the HealthcareServices that service types link to. */
export function servicesOf(types: readonly CodeableConcept[] | undefined): string[] {
  return (types ?? [])
    .flatMap(({ extension }) => extension ?? [])
    .flatMap(({ url, valueReference }) =>
      url === SERVICE_REFERENCE ? (idOf(valueReference, 'HealthcareService') ?? []) : [],
    );
}

/** Whether a Schedule may be booked for a service: it lists it, or lists none. */
export function offers(schedule: Schedule, serviceId: string): boolean {
  const listed = servicesOf(schedule.serviceType);
  return listed.length === 0 || listed.includes(serviceId);
}

/** Weekly windows in wall time. */
export interface Window {
  readonly days: readonly string[];
  /** `HH:mm`; an end at or before its start lies on the next day. */
  readonly start: string;
  readonly end: string;
}

/**
 * When a Schedule may be booked by its rules, for any of its services: what it says itself for a service takes the place of the
 * service's own hours. Windows in another zone than `zone` are left out and counted.
 */
export function windowsOf(
  schedule: Schedule,
  services: ReadonlyMap<string, HealthcareService>,
  zone: string,
): { readonly windows: readonly Window[]; readonly foreign: number } {
  const own = parametersOf(schedule.extension);
  const told = (serviceId: string | undefined) =>
    own.find((one) => idOf(sub(one, 'service')[0]?.valueReference, 'HealthcareService') === serviceId);
  const windows: Window[] = [];
  let foreign = 0;
  for (const id of [undefined, ...servicesOf(schedule.serviceType)]) {
    const service = id === undefined ? undefined : services.get(id);
    const parameters = told(id);
    const serviceParameters = parametersOf(service?.extension)[0];
    const rule = sub(parameters, 'availability')[0];
    const found = rule ? rule.extension?.flatMap(availableTimeOf) : service?.availableTime;
    const named = sub(parameters, 'timezone')[0]?.valueCode ?? sub(serviceParameters, 'timezone')[0]?.valueCode;
    if (named !== undefined && named !== zone) foreign += found?.length ?? 0;
    else windows.push(...(found ?? []).flatMap((one) => windowOf(one) ?? []));
  }
  return { windows, foreign };
}

function parametersOf(extension: readonly Extension[] | undefined): Extension[] {
  return (extension ?? []).filter(({ url }) => url === PARAMETERS);
}

function sub(extension: Extension | undefined, url: string): Extension[] {
  return (extension?.extension ?? []).filter((one) => one.url === url);
}

function availableTimeOf(extension: Extension): AvailableTime | [] {
  if (extension.url !== 'availableTime') return [];
  const time = (url: string) => sub(extension, url)[0]?.valueTime;
  const [start, end] = [time('availableStartTime'), time('availableEndTime')];
  return {
    daysOfWeek: sub(extension, 'daysOfWeek').flatMap(({ valueCode }) => valueCode ?? []),
    allDay: sub(extension, 'allDay')[0]?.valueBoolean ?? false,
    ...(start === undefined ? {} : { availableStartTime: start }),
    ...(end === undefined ? {} : { availableEndTime: end }),
  };
}

const TIME = /^([01]\d|2[0-3]):[0-5]\d/;

function windowOf({
  daysOfWeek,
  allDay,
  availableStartTime = '',
  availableEndTime = '',
}: AvailableTime): Window | null {
  const days = daysOfWeek ?? [];
  if (allDay) return { days, start: '00:00', end: '00:00' };
  if (!TIME.test(availableStartTime) || !TIME.test(availableEndTime)) return null;
  return { days, start: availableStartTime.slice(0, 5), end: availableEndTime.slice(0, 5) };
}
