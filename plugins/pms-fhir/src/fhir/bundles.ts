import { asObject, Retryable } from '@openchair/plugin-kit';
import type { Resource } from './resources.js';

/** What a transaction is to do with a resource. */
export interface TransactionEntry {
  readonly resource: Resource;
  /** `urn:uuid:…`: what other entries call a resource that is only being made. */
  readonly fullUrl?: string;
  /** Only when no resource is found by this query. */
  readonly ifNoneExist?: string;
}

interface BundleEntry {
  readonly resource?: unknown;
  readonly search?: { readonly mode?: string };
  readonly response?: { readonly location?: string };
}

/** The parts of a Bundle that are read. */
export interface Bundle extends Resource {
  readonly entry?: readonly BundleEntry[];
  readonly link?: readonly { readonly relation?: string; readonly url?: unknown }[];
}

/** Whether a value is a resource of `type`. */
export function isResource<T extends Resource>(value: unknown, type: string): value is T {
  return (value as Resource | null | undefined)?.resourceType === type;
}

/** The answer as a resource of `type`; anything else is `Retryable('unexpected_answer')`. */
export function resourceOf<T extends Resource>(body: unknown, type: string): T {
  const resource = asObject(body);
  if (!isResource<T>(resource, type)) throw new Retryable('unexpected_answer');
  return resource;
}

/** The entries of a Bundle, whatever stands there. */
export function entriesOf({ entry }: Bundle): BundleEntry[] {
  return Array.isArray(entry) ? (entry as (BundleEntry | null)[]).filter((one) => one !== null) : [];
}

/** Resources within Parameters and Bundles, at whatever depth servers put them. */
export function unwrap(value: unknown): Resource[] {
  const { resourceType, parameter, entry } = asObject(value);
  if (typeof resourceType !== 'string') throw new Retryable('unexpected_answer');
  if (resourceType !== 'Parameters' && resourceType !== 'Bundle') return [value as Resource];
  const inner = [parameter ?? [], entry ?? []].flat() as ({ resource?: unknown } | null)[];
  return inner.flatMap((one) => (one?.resource === undefined ? [] : unwrap(one.resource)));
}

/** An entry of a transaction as it is sent. */
export function requestOf({ resource, fullUrl, ifNoneExist }: TransactionEntry): object {
  const { resourceType, id, meta } = resource;
  const request =
    id === undefined
      ? { method: 'POST', url: resourceType, ...(ifNoneExist === undefined ? {} : { ifNoneExist }) }
      : {
          method: 'PUT',
          url: `${resourceType}/${id}`,
          ...(meta?.versionId === undefined ? {} : { ifMatch: `W/"${meta.versionId}"` }),
        };
  return { ...(fullUrl === undefined ? {} : { fullUrl }), resource, request };
}
