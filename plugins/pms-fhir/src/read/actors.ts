import type { Call } from '@openchair/plugin-kit';
import type { FhirConfig } from '../config.js';
import type { FhirClient } from '../fhir/client.js';
import { idOf, type PractitionerRole, type Reference, type Room, targetOf } from '../fhir/resources.js';
import { isOperatory } from './lists.js';

/** Stands for a person or room that a visit does not name. */
export const NOBODY = '';
const KEPT_MS = 3_600_000;

/** Who and what takes part in an appointment or has a schedule. */
export interface Actors {
  readonly practitioners: readonly string[];
  readonly operatories: readonly string[];
}

/** What is known of references that were looked up. */
export interface Directory {
  of(references: readonly (Reference | undefined)[]): Actors;
}

interface Known {
  readonly practitionerOfRole: Map<string, string>;
  readonly operatory: Map<string, boolean>;
  readonly until: number;
}

/**
 * Tells people and rooms apart among references: a role stands for its practitioner, and not every Location is a chair. What was
 * looked up is kept for an hour.
 */
export class ActorBook {
  private kept: Known | undefined;

  constructor(
    private readonly client: FhirClient,
    private readonly config: FhirConfig,
    private readonly clock: { now(): number },
  ) {}

  /** Looks up what is not known yet of some references, and answers for all of them. */
  async learn(call: Call, references: readonly (Reference | undefined)[]): Promise<Directory> {
    const now = this.clock.now();
    if (this.kept === undefined || now >= this.kept.until) {
      this.kept = { practitionerOfRole: new Map(), operatory: new Map(), until: now + KEPT_MS };
    }
    // Another call may begin a new one meanwhile: this one goes on with its own.
    const known = this.kept;
    const { operatoryResource } = this.config;
    const roles = unknown(references, 'PractitionerRole', known.practitionerOfRole);
    const rooms = unknown(references, operatoryResource, known.operatory);
    const [foundRoles, foundRooms] = await Promise.all([
      this.client.byIds<PractitionerRole>(call, 'PractitionerRole', roles),
      this.client.byIds<Room>(call, operatoryResource, rooms),
    ]);
    const isRoom = new Map(foundRooms.map((room) => [room.id, isOperatory(this.config, room)]));
    const people = new Map(foundRoles.map(({ id, practitioner }) => [id, idOf(practitioner, 'Practitioner')]));
    for (const id of rooms) known.operatory.set(id, isRoom.get(id) ?? false);
    for (const id of roles) known.practitionerOfRole.set(id, people.get(id) ?? NOBODY);
    return { of: (asked) => actorsOf(asked, known, operatoryResource) };
  }
}

function actorsOf(
  references: readonly (Reference | undefined)[],
  { practitionerOfRole, operatory }: Known,
  operatoryResource: string,
): Actors {
  const targets = references.map(targetOf);
  const practitioners = targets.flatMap((target) => {
    if (target?.type === 'Practitioner') return target.id;
    return target?.type === 'PractitionerRole' ? practitionerOfRole.get(target.id) || [] : [];
  });
  const operatories = targets.flatMap((target) =>
    target?.type === operatoryResource && operatory.get(target.id) === true ? target.id : [],
  );
  return { practitioners: [...new Set(practitioners)], operatories: [...new Set(operatories)] };
}

function unknown(
  references: readonly (Reference | undefined)[],
  type: string,
  known: ReadonlyMap<string, unknown>,
): string[] {
  const ids = references.flatMap((reference) => idOf(reference, type) ?? []);
  return [...new Set(ids)].filter((id) => !known.has(id));
}
