import { hmac, notFound, sameSecret, type DataKey } from '../kernel/index.js';

/** Where a page ended: the sort value and the id of its last row. */
export interface Position {
  value: string | number | null;
  id: string;
}

const SIGNATURE_LENGTH = 22;

/** Opaque, and bound to owner, collection, sort and filter: a cursor from elsewhere answers as one that does not exist. */
export function encodeCursor(key: DataKey, bound: string, position: Position): string {
  const body = Buffer.from(JSON.stringify([position.value, position.id])).toString('base64url');
  return `${sign(key, bound, body)}${body}`;
}

export function decodeCursor(key: DataKey, bound: string, cursor: string): Position {
  const body = cursor.slice(SIGNATURE_LENGTH);
  if (!sameSecret(cursor.slice(0, SIGNATURE_LENGTH), sign(key, bound, body))) throw notFound('page');
  const [value, id] = JSON.parse(Buffer.from(body, 'base64url').toString()) as [Position['value'], string];
  return { value, id };
}

function sign(key: DataKey, bound: string, body: string): string {
  return hmac(key.blind, `cursor|${bound}|${body}`).slice(0, SIGNATURE_LENGTH);
}
