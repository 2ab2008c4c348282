import type { Call } from '@openchair/plugin-kit';
import type { FhirConfig } from '../config.js';
import type { FhirClient } from '../fhir/client.js';
import type { PractitionerRole, Schedule } from '../fhir/resources.js';
import { type ActorBook, NOBODY } from '../read/actors.js';

/** Who and where a visit is. */
export interface Place {
  readonly providerForeignId: string;
  readonly operatoryForeignId: string;
}

/** References to who and where, as far as they are known. */
export function referencesAt(
  { providerForeignId, operatoryForeignId }: Place,
  { operatoryResource }: FhirConfig,
): string[] {
  const pairs = [
    ['Practitioner', providerForeignId],
    [operatoryResource, operatoryForeignId],
  ] as const;
  return pairs.flatMap(([type, id]) => (id === NOBODY ? [] : `${type}/${id}`));
}

/** The Schedules in which a visit at a place stands: the provider's and the room's, or one that is both's. */
export class PlaceSchedules {
  constructor(
    private readonly client: FhirClient,
    private readonly actors: ActorBook,
    private readonly config: FhirConfig,
  ) {}

  async of(call: Call, place: Place): Promise<Schedule[]> {
    const { providerForeignId, operatoryForeignId } = place;
    const people = providerForeignId === NOBODY ? [] : [`Practitioner/${providerForeignId}`];
    const roles = await this.client.byIds<PractitionerRole>(call, 'PractitionerRole', people, 'practitioner');
    const actors = [...referencesAt(place, this.config), ...roles.map(({ id }) => `PractitionerRole/${id}`)];
    const found = await this.client.byIds<Schedule>(call, 'Schedule', actors, 'actor');
    const schedules = new Map(
      found.filter(({ active }) => active !== false).map((schedule) => [schedule.id ?? '', schedule]),
    );
    const all = [...schedules.values()];
    const directory = await this.actors.learn(
      call,
      all.flatMap(({ actor }) => actor ?? []),
    );
    return all.filter(({ actor }) => {
      const { practitioners, operatories } = directory.of(actor ?? []);
      const isTheirs = practitioners.length === 0 || practitioners.includes(providerForeignId);
      const isThere = operatories.length === 0 || operatories.includes(operatoryForeignId);
      return isTheirs && isThere && practitioners.length + operatories.length > 0;
    });
  }
}
