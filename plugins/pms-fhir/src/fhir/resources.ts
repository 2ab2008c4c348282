/** The parts of FHIR R4 resources that scheduling reads. What a server sends is not trusted to be more than this says. */
export interface Resource {
  readonly resourceType: string;
  readonly id?: string;
  readonly meta?: { readonly versionId?: string; readonly lastUpdated?: string };
  readonly extension?: readonly Extension[];
}

export interface Extension {
  readonly url?: string;
  readonly extension?: readonly Extension[];
  readonly valueReference?: Reference;
  readonly valueDuration?: { readonly value?: number; readonly unit?: string; readonly code?: string };
  readonly valueCode?: string;
  readonly valueTime?: string;
  readonly valueBoolean?: boolean;
}

export interface Reference {
  readonly reference?: string;
}

export interface Identifier {
  readonly system?: string;
  readonly value?: string;
  readonly type?: CodeableConcept;
}

export interface Coding {
  readonly system?: string;
  readonly code?: string;
  readonly display?: string;
}

export interface CodeableConcept {
  readonly text?: string;
  readonly coding?: readonly Coding[];
  readonly extension?: readonly Extension[];
}

export interface HumanName {
  readonly use?: string;
  readonly text?: string;
  readonly family?: string;
  readonly given?: readonly string[];
  readonly suffix?: readonly string[];
}

export interface ContactPoint {
  readonly system?: string;
  readonly value?: string;
  readonly use?: string;
  readonly rank?: number;
}

export interface Participant {
  readonly actor?: Reference;
  readonly status?: string;
}

export interface Appointment extends Resource {
  readonly status?: string;
  readonly identifier?: readonly Identifier[];
  readonly serviceType?: readonly CodeableConcept[];
  readonly start?: string;
  readonly end?: string;
  readonly minutesDuration?: number;
  readonly slot?: readonly Reference[];
  readonly comment?: string;
  readonly participant?: readonly Participant[];
}

export interface Slot extends Resource {
  readonly schedule?: Reference;
  readonly status?: string;
  readonly start?: string;
  readonly end?: string;
  readonly appointmentType?: CodeableConcept;
  readonly serviceType?: readonly CodeableConcept[];
}

export interface Schedule extends Resource {
  readonly active?: boolean;
  readonly actor?: readonly Reference[];
  readonly serviceType?: readonly CodeableConcept[];
  readonly planningHorizon?: { readonly start?: string; readonly end?: string };
}

export interface HealthcareService extends Resource {
  readonly active?: boolean;
  readonly name?: string;
  readonly type?: readonly CodeableConcept[];
  readonly availableTime?: readonly AvailableTime[];
}

export interface AvailableTime {
  readonly daysOfWeek?: readonly string[];
  readonly allDay?: boolean;
  readonly availableStartTime?: string;
  readonly availableEndTime?: string;
}

export interface Patient extends Resource {
  readonly active?: boolean;
  readonly identifier?: readonly Identifier[];
  readonly name?: readonly HumanName[];
  readonly telecom?: readonly ContactPoint[];
  readonly birthDate?: string;
  readonly deceasedBoolean?: boolean;
  readonly deceasedDateTime?: string;
  readonly link?: readonly { readonly type?: string; readonly other?: Reference }[];
}

export interface Practitioner extends Resource {
  readonly active?: boolean;
  readonly name?: readonly HumanName[];
  readonly telecom?: readonly ContactPoint[];
}

export interface PractitionerRole extends Resource {
  readonly active?: boolean;
  readonly practitioner?: Reference;
  readonly code?: readonly CodeableConcept[];
  readonly specialty?: readonly CodeableConcept[];
  readonly location?: readonly Reference[];
}

/** A Location or a Device. */
export interface Room extends Resource {
  readonly status?: string;
  readonly name?: string;
  readonly alias?: readonly string[];
  readonly physicalType?: CodeableConcept;
  readonly type?: readonly CodeableConcept[] | CodeableConcept;
  readonly deviceName?: readonly { readonly name?: string }[];
}

export interface Organization extends Resource {
  readonly active?: boolean;
  readonly name?: string;
  readonly identifier?: readonly Identifier[];
}

export interface CapabilityStatement extends Resource {
  readonly fhirVersion?: string;
  readonly software?: { readonly name?: string; readonly version?: string };
  readonly rest?: readonly {
    readonly interaction?: readonly { readonly code?: string }[];
    readonly resource?: readonly {
      readonly type?: string;
      readonly interaction?: readonly { readonly code?: string }[];
      readonly operation?: readonly { readonly name?: string }[];
    }[];
  }[];
}

const ID = /^[A-Za-z0-9\-.]{1,64}$/;

/** Whether a text can be the logical id of a resource. */
export function isId(id: string): boolean {
  return ID.test(id);
}

/**
 * The type and id that a literal reference names: relative, absolute or with a version. Null for a contained resource, a
 * reference by identifier, and what cannot be read.
 */
export function targetOf(reference: Reference | undefined): { readonly type: string; readonly id: string } | null {
  const found = /(?:^|\/)([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[^/]+)?$/.exec(
    reference?.reference ?? '',
  );
  return found ? { type: found[1]!, id: found[2]! } : null;
}

/** The id of a reference to a resource of `type`. */
export function idOf(reference: Reference | undefined, type: string): string | undefined {
  const target = targetOf(reference);
  return target?.type === type ? target.id : undefined;
}

/** An instant in epoch milliseconds; undefined when there is none or it has no offset, which FHIR forbids. */
export function instantOf(text: string | undefined): number | undefined {
  if (text === undefined || !/T.*(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const instant = Date.parse(text);
  return Number.isNaN(instant) ? undefined : instant;
}

/** An instant as FHIR writes it, in UTC: offsets with `+` do not survive every server's reading of a query. */
export function toInstant(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

/** The name of a concept for people. */
export function labelOf(concept: CodeableConcept | undefined): string | undefined {
  const label = concept?.text ?? concept?.coding?.find(({ display }) => display)?.display;
  return label?.trim() === '' ? undefined : label?.trim();
}
