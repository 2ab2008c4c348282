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

/**
 * Tells people and rooms apart among references: a role stands for its practitioner, and not every Location is a chair. What was
 * looked up is kept for an hour.
 */
export class ActorBook {
  private readonly practitionerOfRole = new Map<string, string>();
  private readonly operatory = new Map<string, boolean>();
  private keptUntil = 0;

  constructor(
    private readonly client: FhirClient,
    private readonly config: FhirConfig,
    private readonly clock: { now(): number },
  ) {}

  /** Looks up what is not known yet of some references. */
  async learn(call: Call, references: readonly (Reference | undefined)[]): Promise<void> {
    if (this.clock.now() >= this.keptUntil) {
      this.practitionerOfRole.clear();
      this.operatory.clear();
      this.keptUntil = this.clock.now() + KEPT_MS;
    }
    const { operatoryResource } = this.config;
    const roles = unknown(references, 'PractitionerRole', this.practitionerOfRole);
    const rooms = unknown(references, operatoryResource, this.operatory);
    const [foundRoles, foundRooms] = await Promise.all([
      this.client.byIds<PractitionerRole>(call, 'PractitionerRole', roles),
      this.client.byIds<Room>(call, operatoryResource, rooms),
    ]);
    const isRoom = new Map(foundRooms.map((room) => [room.id, isOperatory(this.config, room)]));
    const people = new Map(foundRoles.map(({ id, practitioner }) => [id, idOf(practitioner, 'Practitioner')]));
    for (const id of rooms) this.operatory.set(id, isRoom.get(id) ?? false);
    for (const id of roles) this.practitionerOfRole.set(id, people.get(id) ?? NOBODY);
  }

  /** What references that were learned stand for. */
  of(references: readonly (Reference | undefined)[]): Actors {
    const targets = references.map(targetOf);
    const practitioners = targets.flatMap((target) => {
      if (target?.type === 'Practitioner') return target.id;
      return target?.type === 'PractitionerRole' ? this.practitionerOfRole.get(target.id) || [] : [];
    });
    const operatories = targets.flatMap((target) =>
      target && this.isOperatory(target.type, target.id) ? target.id : [],
    );
    return { practitioners: [...new Set(practitioners)], operatories: [...new Set(operatories)] };
  }

  private isOperatory(type: string, id: string): boolean {
    return type === this.config.operatoryResource && this.operatory.get(id) === true;
  }
}

function unknown(
  references: readonly (Reference | undefined)[],
  type: string,
  known: ReadonlyMap<string, unknown>,
): string[] {
  const ids = references.flatMap((reference) => idOf(reference, type) ?? []);
  return [...new Set(ids)].filter((id) => !known.has(id));
}
