import { deserialize, EJSON, serialize, type Document } from 'bson';
import { splitSequence } from './bson-scan.ts';
import { bytesOf } from './pool.ts';
import type { Command } from './request.ts';
import type { Runner } from './runner.ts';
import { Sql } from './statements.ts';

/** What MongoDB tells of a duplicate key beside the code. */
export interface DuplicateKeyReport {
  readonly errmsg: string;
  readonly keyPattern?: Document;
  readonly keyValue?: Document;
}

/** The index's name: in most messages of the engine itself, in some only as the number of its constraint. */
async function indexNameIn(runner: Runner, message: string): Promise<string | null | undefined> {
  const named = /Index '([^']*)'/.exec(message)?.[1];
  if (named !== undefined || /collection_pk_\d+/.test(message)) return named ?? '_id_';
  const id = /documents_rum_index_(\d+)/.exec(message)?.[1];
  return id === undefined ? undefined : (await runner.row(Sql.indexName, [id]))[0];
}

async function keyPatternOf(runner: Runner, db: string, collection: string, index: string): Promise<Document | null> {
  if (index === '_id_') return { _id: 1 };
  const row = await runner.row(Sql.listIndexes, [db, serialize({ listIndexes: collection, cursor: {} }), 0]);
  const page = bytesOf(row[0]);
  const indexes = page ? ((deserialize(page).cursor as Document).firstBatch as Document[]) : [];
  return (indexes.find((one) => one.name === index)?.key as Document | undefined) ?? null;
}

function valueAt(document: Document, path: string): unknown {
  let value: unknown = document;
  for (const part of path.split('.')) value = (value as Document | null | undefined)?.[part];
  return value ?? null;
}

/** The document that was to be written, as far as the command tells: all of it for an insert or a replacement. */
function writtenDocument(command: Command, index: number): Document | null {
  const section = { insert: 'documents', update: 'updates' }[command.name];
  if (!section) return null;
  const sequence = command.sequences.get(section);
  const raw = sequence && splitSequence(sequence)[index];
  const inline = sequence ? undefined : (deserialize(command.body)[section] as Document[] | undefined)?.[index];
  const one = raw ? deserialize(raw) : inline;
  if (!one || command.name === 'insert') return one ?? null;
  const update = one.u as Document;
  return Object.keys(update).some((key) => key.startsWith('$')) || Array.isArray(update)
    ? (one.q as Document)
    : { ...(one.q as Document), ...update };
}

/**
 * MongoDB's words for the engine's "Duplicate key violation": message, keyPattern and, when the written document is
 * known from the command, keyValue.
 *
 * @param runner must not be the failed transaction's own
 * @param index which document of the command
 */
export async function describeDuplicateKey(
  runner: Runner,
  command: Command,
  message: string,
  index: number,
): Promise<DuplicateKeyReport> {
  const name = await indexNameIn(runner, message);
  if (name == null) return { errmsg: `E11000 ${message}` };
  const head = `E11000 duplicate key error collection: ${command.db}.${command.target} index: ${name}`;
  const keyPattern = await keyPatternOf(runner, command.db, command.target, name);
  if (!keyPattern) return { errmsg: head };
  const document = writtenDocument(command, index);
  const paths = Object.keys(keyPattern);
  if (!document || paths.every((path) => valueAt(document, path) === null)) return { errmsg: head, keyPattern };
  const keyValue = Object.fromEntries(paths.map((path) => [path, valueAt(document, path)]));
  return { errmsg: `${head} dup key: ${EJSON.stringify(keyValue)}`, keyPattern, keyValue };
}
