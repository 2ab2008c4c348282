import type { Type } from '@nestjs/common';
import { PartialType } from '@nestjs/swagger';

const PROPERTIES = 'swagger/apiModelPropertiesArray';
const PROPERTY = 'swagger/apiModelProperties';

/** The fields of a DTO as a change of inherited values has them: left out they stay, null gives the inherited value back. */
export function ResettableOf<T extends object>(dto: Type<T>): Type<{ [Field in keyof T]?: T[Field] | null }> {
  class Change extends PartialType(dto as Type<object>) {}
  const names = (Reflect.getMetadata(PROPERTIES, Change.prototype) as string[] | undefined) ?? [];
  for (const name of names.map((marked) => marked.slice(1))) {
    const described = Reflect.getMetadata(PROPERTY, Change.prototype, name) as Record<string, unknown>;
    Reflect.defineMetadata(PROPERTY, { ...described, nullable: true }, Change.prototype, name);
  }
  return Change as Type<{ [Field in keyof T]?: T[Field] | null }>;
}
