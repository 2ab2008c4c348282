import type { Schema } from './schema.js';

/** Values that a field described like this must refuse: wrong types, null where it is not allowed, too long, out of range. */
export function badValues(schema: Schema, components: Record<string, Schema>): unknown[] {
  const nullable = (Array.isArray(schema.type) && schema.type.includes('null')) || schema.anyOf !== undefined;
  const plain = schema.anyOf?.find((one) => one.type !== 'null') ?? schema;
  const inner = resolved(plain, components);
  const type = [inner.type].flat().find((one) => one !== 'null');
  const bad: unknown[] = nullable ? [] : [null];
  switch (type) {
    case 'string':
      bad.push(7, true, {}, ['a'], '', 'a\u0001b');
      if (inner.enum || inner.pattern) bad.push('§ ± 1');
      if (inner.maxLength) bad.push('x'.repeat(inner.maxLength + 1));
      break;
    case 'integer':
      bad.push('7', 1.5, {}, true, (inner.minimum ?? 0) - 1, (inner.maximum ?? 0) + 1);
      break;
    case 'boolean':
      bad.push('true', 1, {}, []);
      break;
    case 'array':
      bad.push('x', {}, 7, [null], [7], [['x']]);
      if (inner.minItems) bad.push([]);
      if (inner.maxItems) bad.push(Array.from({ length: inner.maxItems + 1 }, (_, n) => `v${n}`));
      break;
    case undefined:
    default:
      bad.push('x', 7, [], { unknown: 1 });
  }
  return bad;
}

function resolved(schema: Schema, components: Record<string, Schema>): Schema {
  const name = (schema.$ref ?? schema.allOf?.[0]?.$ref)?.split('/').at(-1);
  return name === undefined ? schema : (components[name] as Schema);
}

/** The fields of a component of an OpenAPI document, each with the values that it must refuse. */
export function badFields(document: object, component: string): [field: string, values: unknown[]][] {
  const { components } = document as { components: { schemas: Record<string, Schema> } };
  const schema = components.schemas[component];
  if (!schema?.properties) throw new Error(`the OpenAPI document has no ${component}`);
  return Object.entries(schema.properties).map(([field, one]) => [field, badValues(one, components.schemas)]);
}
