import { BSONError } from 'bson';

/** Where one element's value lies inside the document it was found in. */
export interface Field {
  readonly type: number;
  readonly start: number;
  readonly end: number;
}

/** BSON element types the gateway looks at itself. */
export const BsonType = { double: 1, string: 2, document: 3, array: 4, binary: 5, bool: 8, int: 16, long: 18 } as const;

const FIXED_SIZES = new Map<number, number>([
  [1, 8],
  [6, 0],
  [7, 12],
  [8, 1],
  [9, 8],
  [10, 0],
  [16, 4],
  [17, 8],
  [18, 8],
  [19, 16],
  [127, 0],
  [255, 0],
]);

function cstringEnd(buffer: Buffer, from: number, limit: number): number {
  const end = buffer.indexOf(0, from);
  if (end < 0 || end >= limit) throw new BSONError('a BSON name has no end');
  return end;
}

function valueEnd(buffer: Buffer, type: number, start: number, limit: number): number {
  const fixed = FIXED_SIZES.get(type);
  if (fixed !== undefined) return start + fixed;
  if (type === 11) return cstringEnd(buffer, cstringEnd(buffer, start, limit) + 1, limit) + 1;
  if (start + 4 > limit) throw new BSONError('a BSON value is cut short');
  const length = buffer.readInt32LE(start);
  if (length < 0) throw new BSONError('a BSON length is negative');
  switch (type) {
    case 2:
    case 13:
    case 14:
      return start + 4 + length;
    case 3:
    case 4:
    case 15:
      return start + length;
    case 5:
      return start + 5 + length;
    case 12:
      return start + 4 + length + 12;
    default:
      throw new BSONError(`BSON type ${type} is unknown`);
  }
}

/**
 * The length of the document that begins at `offset`, checked against `limit` (exclusive).
 * @throws BSONError when it does not fit or does not end in a zero byte
 */
export function documentLength(buffer: Buffer, offset: number, limit: number): number {
  if (offset + 5 > limit) throw new BSONError('a BSON document is cut short');
  const length = buffer.readInt32LE(offset);
  if (length < 5 || offset + length > limit) throw new BSONError('a BSON document has a wrong length');
  if (buffer[offset + length - 1] !== 0) throw new BSONError('a BSON document has no end');
  return length;
}

/**
 * The top-level elements of a document, in order, without decoding their values: a command's few interesting fields
 * are read from it while the rest passes to the engine as the bytes that came.
 */
export function scanDocument(buffer: Buffer): Map<string, Field> {
  const limit = documentLength(buffer, 0, buffer.length) - 1;
  const fields = new Map<string, Field>();
  let at = 4;
  while (at < limit) {
    const type = buffer[at]!;
    const nameEnd = cstringEnd(buffer, at + 1, limit);
    const start = nameEnd + 1;
    const end = valueEnd(buffer, type, start, limit);
    if (end > limit) throw new BSONError('a BSON value runs past its document');
    fields.set(buffer.toString('utf8', at + 1, nameEnd), { type, start, end });
    at = end;
  }
  return fields;
}

/** Splits documents that lie one after another (an OP_MSG kind-1 section) without copying them. */
export function splitSequence(sequence: Buffer): Buffer[] {
  const documents: Buffer[] = [];
  let at = 0;
  while (at < sequence.length) {
    const length = documentLength(sequence, at, sequence.length);
    documents.push(sequence.subarray(at, at + length));
    at += length;
  }
  return documents;
}

/** A string value, or undefined when the field is missing or of another type. */
export function readString(buffer: Buffer, field: Field | undefined): string | undefined {
  if (field?.type !== BsonType.string) return undefined;
  return buffer.toString('utf8', field.start + 4, field.end - 1);
}

/** A whole number of any numeric BSON type; undefined when missing or not a number. */
export function readNumber(buffer: Buffer, field: Field | undefined): number | undefined {
  if (field === undefined) return undefined;
  if (field.type === BsonType.int) return buffer.readInt32LE(field.start);
  if (field.type === BsonType.long) return Number(buffer.readBigInt64LE(field.start));
  if (field.type === BsonType.double) return buffer.readDoubleLE(field.start);
  return undefined;
}

/** A 64-bit number exactly; undefined when missing or of another type. */
export function readLong(buffer: Buffer, field: Field | undefined): bigint | undefined {
  if (field?.type === BsonType.long) return buffer.readBigInt64LE(field.start);
  const number = readNumber(buffer, field);
  return number === undefined || !Number.isSafeInteger(number) ? undefined : BigInt(number);
}

/** A truth value; undefined when missing or of another type. */
export function readBool(buffer: Buffer, field: Field | undefined): boolean | undefined {
  return field?.type === BsonType.bool ? buffer[field.start] === 1 : undefined;
}

/** The bytes of an embedded document or array; undefined when missing or of another type. */
export function readDocument(buffer: Buffer, field: Field | undefined): Buffer | undefined {
  if (field?.type !== BsonType.document && field?.type !== BsonType.array) return undefined;
  return buffer.subarray(field.start, field.end);
}
