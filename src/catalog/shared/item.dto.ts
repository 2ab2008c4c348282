import { Bool, Int, Text, TextList } from '../../http/index.js';

/** The fields that one may set on every item of the catalogue. */
export class ItemFields {
  @Bool({ optional: true, default: true, description: 'False hides it from patients; nothing is deleted' })
  active?: boolean;

  @Int({ min: 0, max: 100_000, optional: true, default: 0, description: 'Place in lists, smallest first' })
  order?: number;
}

export class ForeignView {
  @Text({ max: 64 })
  connectionId!: string;

  @Text({ max: 255 })
  foreignId!: string;
}

/** Shown with every resource that the practice system may own. */
export const staffEditedField = () =>
  TextList({
    max: 40,
    maxItems: 40,
    description: 'Fields that staff changed here; the import leaves them alone',
  });
