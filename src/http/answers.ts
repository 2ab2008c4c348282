import type { Type } from '@nestjs/common';
import { Instant } from './field-kinds.js';
import { Int } from './fields.js';

const PROPERTIES = 'swagger/apiModelPropertiesArray';
const PROPERTY = 'swagger/apiModelProperties';

/** The fields of a DTO as an answer has them: described alike, and always there. */
export function AnswerOf<T extends object>(dto: Type<T>): Type<Required<T>> {
  class Answer {}
  const names = (Reflect.getMetadata(PROPERTIES, dto.prototype as object) as string[] | undefined) ?? [];
  Reflect.defineMetadata(PROPERTIES, names, Answer.prototype);
  for (const name of names.map((marked) => marked.slice(1))) {
    const described = Reflect.getMetadata(PROPERTY, dto.prototype as object, name) as Record<string, unknown>;
    const { default: _, ...rest } = described;
    Reflect.defineMetadata(PROPERTY, { ...rest, required: true }, Answer.prototype, name);
  }
  return Answer as Type<Required<T>>;
}

/** What every editable document shows of its history. */
export class Stamps {
  @Int({ min: 1, max: 1_000_000_000, description: 'Grows with each change; the ETag is `"v<version>"`' })
  version!: number;

  @Instant()
  createdAt!: string;

  @Instant()
  updatedAt!: string;
}
