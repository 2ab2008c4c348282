import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Type, type ClassConstructor } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { idPattern, type IdKind } from '../kernel/index.js';

/**
 * The field decorators of DTOs. Each states type, length and rule once, for the validation and for the OpenAPI document.
 * Used on answers too, where only the document reads them.
 */
export interface FieldOptions {
  description?: string;
  example?: unknown;
  /** May be left out. */
  optional?: boolean;
  /** May be null. */
  nullable?: boolean;
  default?: unknown;
}

type Decorators = (PropertyDecorator | MethodDecorator)[];

/** Printable text of one line, NFC or not; no control characters, no lone surrogates. */
const SINGLE_LINE = /^[^\p{Cc}\p{Cs}\u2028\u2029]*$/u;
const MULTI_LINE = /^(?:[^\p{Cc}\p{Cs}]|[\n\r\t])*$/u;

function field(schema: ApiPropertyOptions, options: FieldOptions, rules: Decorators) {
  const { optional, nullable, description, example, default: byDefault } = options;
  const property = {
    ...schema,
    required: !optional,
    ...(nullable ? { nullable: true } : {}),
    ...(description ? { description } : {}),
    ...(example !== undefined ? { example } : {}),
    ...(byDefault !== undefined ? { default: byDefault } : {}),
  } as ApiPropertyOptions;
  const presence: Decorators = [];
  if (optional) presence.push(ValidateIf((_, value) => value !== undefined));
  if (nullable) presence.push(ValidateIf((_, value) => value !== null));
  if (optional && nullable)
    presence.splice(
      0,
      2,
      ValidateIf((_, value) => value !== undefined && value !== null),
    );
  return applyDecorators(ApiProperty(property), ...presence, ...rules);
}

interface TextOptions extends FieldOptions {
  min?: number;
  max: number;
  multiline?: boolean;
  pattern?: RegExp;
  format?: string;
}

/** Text of `min` (default 1) to `max` characters. */
export function Text(options: TextOptions) {
  const { min = 1, max, multiline, pattern, format } = options;
  const rules: Decorators = [
    IsString(),
    MinLength(min),
    MaxLength(max),
    Matches(multiline ? MULTI_LINE : SINGLE_LINE, { message: '$property must not hold control characters' }),
  ];
  if (pattern) rules.push(Matches(pattern, { message: `$property must match ${pattern.source}` }));
  const schema = {
    type: 'string',
    minLength: min,
    maxLength: max,
    ...(pattern ? { pattern: pattern.source } : {}),
    ...(format ? { format } : {}),
  };
  return field(schema as ApiPropertyOptions, options, rules);
}

/** A list of texts. */
export function TextList(options: TextOptions & { maxItems: number; minItems?: number }) {
  const { min = 1, max, maxItems, minItems = 0, pattern } = options;
  const rules: Decorators = [
    IsArray(),
    ArrayMinSize(minItems),
    ArrayMaxSize(maxItems),
    ArrayUnique(),
    IsString({ each: true }),
    MinLength(min, { each: true }),
    MaxLength(max, { each: true }),
    Matches(SINGLE_LINE, { each: true, message: '$property must not hold control characters' }),
  ];
  if (pattern) rules.push(Matches(pattern, { each: true, message: `each of $property must match ${pattern.source}` }));
  const items = { type: 'string', minLength: min, maxLength: max, ...(pattern ? { pattern: pattern.source } : {}) };
  return field({ type: 'array', items, maxItems, minItems, uniqueItems: true } as ApiPropertyOptions, options, rules);
}

export function Int(options: FieldOptions & { min: number; max: number }) {
  return field({ type: 'integer', minimum: options.min, maximum: options.max }, options, [
    IsInt(),
    Min(options.min),
    Max(options.max),
  ]);
}

export function Num(options: FieldOptions & { min: number; max: number }) {
  return field({ type: 'number', minimum: options.min, maximum: options.max }, options, [
    IsNumber({ allowNaN: false, allowInfinity: false }),
    Min(options.min),
    Max(options.max),
  ]);
}

export function Bool(options: FieldOptions = {}) {
  return field({ type: 'boolean' }, options, [IsBoolean()]);
}

export function OneOf(values: readonly string[], options: FieldOptions = {}) {
  return field({ type: 'string', enum: [...values] }, options, [IsIn([...values])]);
}

export function SomeOf(values: readonly string[], options: FieldOptions & { minItems?: number } = {}) {
  const { minItems = 0 } = options;
  const schema = {
    type: 'array',
    items: { type: 'string', enum: [...values] },
    minItems,
    maxItems: values.length,
    uniqueItems: true,
  };
  return field(schema as ApiPropertyOptions, options, [
    IsArray(),
    ArrayMinSize(minItems),
    ArrayUnique(),
    IsIn([...values], { each: true }),
  ]);
}

/** An id of `kind`, e.g. `prv_…`. */
export function Id(kind: IdKind, options: FieldOptions = {}) {
  const pattern = idPattern(kind);
  return field({ type: 'string', pattern: pattern.source }, options, [
    IsString(),
    Matches(pattern, { message: `$property must be a ${kind} id` }),
  ]);
}

export function IdList(kind: IdKind, options: FieldOptions & { maxItems: number; minItems?: number }) {
  const { maxItems, minItems = 0 } = options;
  const pattern = idPattern(kind);
  const schema = {
    type: 'array',
    items: { type: 'string', pattern: pattern.source },
    maxItems,
    minItems,
    uniqueItems: true,
  };
  return field(schema as ApiPropertyOptions, options, [
    IsArray(),
    ArrayMinSize(minItems),
    ArrayMaxSize(maxItems),
    ArrayUnique(),
    Matches(pattern, { each: true, message: `each of $property must be a ${kind} id` }),
  ]);
}

/** Some days of the week, 0 is Sunday. */
export function Weekdays(options: FieldOptions = {}) {
  const schema = {
    type: 'array',
    items: { type: 'integer', minimum: 0, maximum: 6 },
    minItems: 1,
    maxItems: 7,
    uniqueItems: true,
  };
  return field(schema as ApiPropertyOptions, options, [
    IsArray(),
    ArrayMinSize(1),
    ArrayMaxSize(7),
    ArrayUnique(),
    IsInt({ each: true }),
    Min(0, { each: true }),
    Max(6, { each: true }),
  ]);
}

/** One object of another DTO class. Swagger knows a lazy type by the name of its function: it must be `type`. */
export function Nested<T extends object>(type: () => ClassConstructor<T>, options: FieldOptions = {}) {
  return field({ type: () => type() } as ApiPropertyOptions, options, [IsObject(), ValidateNested(), Type(type)]);
}

/** A list of objects of another DTO class. */
export function NestedList<T extends object>(
  type: () => ClassConstructor<T>,
  options: FieldOptions & { maxItems: number; minItems?: number },
) {
  const { maxItems, minItems = 0 } = options;
  return field({ type: () => type(), isArray: true, maxItems, minItems } as ApiPropertyOptions, options, [
    IsArray(),
    ArrayMinSize(minItems),
    ArrayMaxSize(maxItems),
    IsObject({ each: true }),
    ValidateNested({ each: true }),
    Type(type),
  ]);
}
