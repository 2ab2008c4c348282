/** A property of a connection's configuration: validation and the field of a form at once. */
export interface ConfigProperty {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object';
  /** Label of the field. */
  readonly title: string;
  /** One sentence of help below the field. */
  readonly description: string;
  /** Filled in by `definePlugin` when the configuration leaves the property out. */
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  /** A JSON Schema format: `uri`, `email`, `hostname`, … */
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly items?: Readonly<Record<string, unknown>>;
  readonly properties?: Readonly<Record<string, ConfigProperty>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false;
}

/** JSON Schema 2020-12 of a connection's configuration. The host validates with it and shows it as a form. */
export interface ConfigSchema {
  readonly $schema?: 'https://json-schema.org/draft/2020-12/schema';
  readonly type: 'object';
  readonly title?: string;
  readonly properties: Readonly<Record<string, ConfigProperty>>;
  readonly required?: readonly string[];
  readonly additionalProperties: false;
}

/** A copy of `config` with the schema's top-level defaults filled in. */
export function withDefaults(schema: ConfigSchema, config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const filled: Record<string, unknown> = { ...config };
  for (const [name, property] of Object.entries(schema.properties)) {
    if (filled[name] === undefined && property.default !== undefined) filled[name] = structuredClone(property.default);
  }
  return filled;
}
