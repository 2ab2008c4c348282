import { matches, type Parameters } from './search.js';
import { Refusal, type Sent, type Stored } from './outcome.js';
import { validate } from './validate.js';

/** Resources with their versions. What is in it is never changed, only replaced: what goes in or out is a copy. */
export class Store {
  private resources: Map<string, Stored>;
  private lastId: number;

  /** @param template whose resources it begins with. */
  constructor(
    readonly now: () => number,
    template?: Store,
  ) {
    this.resources = new Map(template?.resources);
    this.lastId = template?.lastId ?? 1_000;
  }

  get(type: string, id: string): Stored {
    const found = this.resources.get(`${type}/${id}`);
    if (!found) throw new Refusal(404, 'not-found', `${type}/${id} is not known`);
    return structuredClone(found);
  }

  has(reference: string): boolean {
    return this.resources.has(reference);
  }

  /** Those of a type that are wanted, in the order in which they were made. */
  list(type: string, wanted: (resource: Readonly<Stored>) => boolean): Stored[] {
    const found: Stored[] = [];
    for (const resource of this.resources.values()) {
      if (resource.resourceType === type && wanted(resource)) found.push(structuredClone(resource));
    }
    return found;
  }

  search(type: string, parameters: Parameters): Stored[] {
    return this.list(type, (resource) => matches(type, resource, parameters));
  }

  /** Makes a resource. With an id only for seeds: clients do not choose ids. */
  create(sent: Sent, { id, at = this.now() }: { id?: string; at?: number } = {}): Stored {
    this.check(sent);
    return this.put({ ...sent, id: id ?? String((this.lastId += 1)), meta: meta('1', at) } as Stored);
  }

  /** Replaces one. `ifMatch`: the version it must have; null: any, for the front desk. */
  update(sent: Sent, ifMatch: string | null): Stored {
    const present = this.get(sent.resourceType, sent.id ?? '');
    const { versionId } = present.meta;
    if (ifMatch !== null && ifMatch !== `W/"${versionId}"`)
      throw new Refusal(412, 'conflict', 'the version is not the current one');
    this.check(sent);
    return this.put({ ...sent, meta: meta(String(Number(versionId) + 1), this.now()) } as Stored);
  }

  delete(type: string, id: string): void {
    this.resources.delete(`${type}/${id}`);
  }

  /** All of it or nothing. */
  atomically<T>(work: () => T): T {
    const before = new Map(this.resources);
    try {
      return work();
    } catch (error) {
      this.resources = before;
      throw error;
    }
  }

  private check(sent: Sent): void {
    for (const reference of validate(sent)) {
      if (!this.has(reference)) throw new Refusal(422, 'not-found', `${reference} is referred to, but not known`);
    }
  }

  private put(resource: Stored): Stored {
    this.resources.set(`${resource.resourceType}/${resource.id}`, structuredClone(resource));
    return structuredClone(resource);
  }
}

function meta(versionId: string, at: number) {
  return { versionId, lastUpdated: new Date(at).toISOString() };
}
