import { idKindOf, type AnyIdKind, type ApiDescription, type Schema } from './schema.js';

/** A place in a body that takes an id: where it stands, and of what. */
export interface IdPlace {
  path: (string | number)[];
  kind: AnyIdKind;
}

/** A body with what a schema requires; `ids` gives an id of each kind, `given` replaces whole properties by name. */
export function sampleOf(
  api: ApiDescription,
  schema: Schema,
  ids: (kind: AnyIdKind) => string,
  given: Record<string, unknown> = {},
): unknown {
  const plain = api.resolve(schema);
  const kind = idKindOf(plain);
  if (kind) return ids(kind);
  if (plain.enum) return plain.enum[0];
  if (plain.example !== undefined) return plain.example;
  switch ([plain.type].flat()[0]) {
    case 'string':
      return 'Sample'.padEnd(plain.minLength ?? 0, 'x');
    case 'integer':
    case 'number':
      return plain.minimum ?? 0;
    case 'boolean':
      return true;
    case 'array':
      return Array.from({ length: plain.minItems ?? 0 }, () => sampleOf(api, plain.items as Schema, ids, given));
    case undefined:
    default:
      return Object.fromEntries(
        Object.entries(plain.properties ?? {})
          .filter(([name]) => name in given || plain.required?.includes(name))
          .map(([name, one]) => [name, name in given ? given[name] : sampleOf(api, one, ids, given)]),
      );
  }
}

/** Every place of a schema that takes an id. */
export function idPlaces(api: ApiDescription, schema: Schema, path: IdPlace['path'] = []): IdPlace[] {
  const plain = api.resolve(schema);
  const kind = idKindOf(plain);
  if (kind) return [{ path, kind }];
  if (plain.items) return idPlaces(api, plain.items, [...path, 0]);
  return Object.entries(plain.properties ?? {}).flatMap(([name, one]) => idPlaces(api, one, [...path, name]));
}

/** `body` with `value` at `path`; objects and lists on the way are made, with what `fill` says they require. */
export function withValue(
  api: ApiDescription,
  schema: Schema,
  body: unknown,
  [step, ...rest]: IdPlace['path'],
  value: unknown,
  fill: (schema: Schema) => unknown,
): unknown {
  if (step === undefined) return value;
  const plain = api.resolve(schema);
  if (typeof step === 'number') {
    const [first, ...others] = (body as unknown[] | undefined) ?? [];
    const items = plain.items as Schema;
    return [withValue(api, items, first ?? fill(items), rest, value, fill), ...others];
  }
  const inner = plain.properties?.[step] as Schema;
  const known = (body ?? fill(plain)) as Record<string, unknown>;
  const present = known[step] ?? (rest.length > 0 ? fill(inner) : undefined);
  return { ...known, [step]: withValue(api, inner, present, rest, value, fill) };
}
