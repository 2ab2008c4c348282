import { scanDocument, readBool, readLong, readNumber, readString, readDocument, type Field } from './bson-scan.ts';
import { CommandError, ErrorCode } from './errors.ts';
import type { WireRequest } from './framing.ts';

/** One command with the few fields the gateway itself reads; the rest stays bytes. */
export interface Command {
  readonly name: string;
  readonly db: string;
  /** The first field's value when it is a string: the collection for most commands. */
  readonly target: string;
  readonly body: Buffer;
  readonly fields: ReadonlyMap<string, Field>;
  readonly sequences: ReadonlyMap<string, Buffer>;
  /** The logical session's id in hex. */
  readonly session: string | undefined;
  readonly txnNumber: bigint | undefined;
  /** True when the command belongs to a multi-document transaction. */
  readonly inTransaction: boolean;
  readonly startTransaction: boolean;
  readonly maxTimeMs: number | undefined;
}

/** Reads a command out of a message. */
export function readCommand(request: WireRequest): Command {
  const { body } = request;
  const fields = scanDocument(body);
  const name = fields.keys().next().value;
  if (name === undefined) throw new CommandError(ErrorCode.BadValue, 'the command document is empty');
  const lsid = readDocument(body, fields.get('lsid'));
  return {
    name,
    db: readString(body, fields.get('$db')) ?? 'admin',
    target: readString(body, fields.get(name)) ?? '',
    body,
    fields,
    sequences: request.sequences,
    session: lsid && sessionId(lsid),
    txnNumber: readLong(body, fields.get('txnNumber')),
    inTransaction: readBool(body, fields.get('autocommit')) === false,
    startTransaction: readBool(body, fields.get('startTransaction')) === true,
    maxTimeMs: readNumber(body, fields.get('maxTimeMS')),
  };
}

/** The id inside an `lsid` document, in hex. */
export function sessionId(lsid: Buffer): string {
  const id = scanDocument(lsid).get('id');
  if (!id) throw new CommandError(ErrorCode.BadValue, 'lsid has no id');
  return lsid.toString('hex', id.start, id.end);
}

/** The collection a command is about; an empty name is refused as MongoDB does. */
export function collectionOf(command: Command): string {
  if (command.target !== '') return command.target;
  throw new CommandError(ErrorCode.InvalidNamespace, `${command.name} needs the name of a collection`);
}
