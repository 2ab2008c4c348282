import { deserialize, serialize, type Document } from 'bson';
import { describeDuplicateKey } from './duplicate-key.ts';
import { CommandError, codeOfSqlState, codeName, ErrorCode, sqlStateOf, unpackSqlState } from './errors.ts';
import { bytesOf, type Statement } from './pool.ts';
import { collectionOf, type Command } from './request.ts';
import type { Runner } from './runner.ts';
import { Sql } from './statements.ts';

/** Times a write of one document is tried again when the engine reports a deadlock inside its answer. */
const REPEATS = 8;

/** What a write needs to run. */
export interface WriteContext {
  readonly command: Command;
  readonly runner: Runner;
  /** For looking up indexes after an error: a runner outside the command's own transaction. */
  readonly lookup: Runner;
}

interface WriteError extends Document {
  index: number;
  code: number;
  errmsg: string;
}

/** Which OP_MSG section carries a write command's operations. */
const SECTIONS: Record<string, string> = { insert: 'documents', update: 'updates', delete: 'deletes' };

const BATCH_STATEMENTS: Record<string, Statement> = { insert: Sql.insert, update: Sql.update, delete: Sql.delete };

/** insert, update and delete: the operations pass as the bytes that came. */
export async function batchWrite(context: WriteContext): Promise<Buffer> {
  const { command, runner } = context;
  collectionOf(command);
  const sequence = command.sequences.get(SECTIONS[command.name]!) ?? null;
  const statement = BATCH_STATEMENTS[command.name]!;
  for (let attempt = 1; ; attempt += 1) {
    const row = await runner.row(statement, [command.db, command.body, sequence]);
    const answer = bytesOf(row[0])!;
    if (row[1] === 't') return answer;
    const result = await explain(context, answer);
    const conflict = result.writeErrors.find((one) => one.code === ErrorCode.WriteConflict);
    if (!conflict) {
      if (command.inTransaction) throw asCommandError(result.writeErrors[0]!, result);
      return Buffer.from(serialize(result));
    }
    const untouched = result.n === 0 && result.writeErrors.length === 1;
    if (command.inTransaction || !untouched || attempt > REPEATS) {
      throw new CommandError(ErrorCode.WriteConflict, conflict.errmsg);
    }
  }
}

/** findAndModify. */
export async function findAndModify(context: WriteContext): Promise<Buffer> {
  const { command, runner, lookup } = context;
  collectionOf(command);
  try {
    const row = await runner.row(Sql.findAndModify, [command.db, command.body]);
    return bytesOf(row[0])!;
  } catch (error) {
    if (codeOfSqlState(sqlStateOf(error) ?? '') !== ErrorCode.DuplicateKey) throw error;
    const { errmsg, ...details } = await describeDuplicateKey(lookup, command, (error as Error).message, 0);
    throw new CommandError(ErrorCode.DuplicateKey, errmsg, [], details);
  }
}

/** The engine's answer with MongoDB's codes in place of its packed SQLSTATEs. */
async function explain(context: WriteContext, answer: Buffer): Promise<Document & { writeErrors: WriteError[] }> {
  const result = deserialize(answer, { promoteLongs: false });
  const writeErrors: WriteError[] = [];
  for (const one of (result.writeErrors ?? []) as WriteError[]) {
    const code = codeOfSqlState(unpackSqlState(one.code));
    const duplicate = code === ErrorCode.DuplicateKey;
    const told = duplicate
      ? await describeDuplicateKey(context.lookup, context.command, one.errmsg, one.index)
      : { errmsg: one.errmsg };
    writeErrors.push({ index: one.index, code, codeName: codeName(code), ...told });
  }
  return { ...result, writeErrors };
}

/**
 * Inside a transaction a write error ends the transaction. MongoDB still answers it among writeErrors, so it is thrown
 * with the whole answer for the dispatcher to send after the abort.
 */
function asCommandError(first: WriteError, result: Document): WriteErrorsInTransaction {
  return new WriteErrorsInTransaction(first.code, first.errmsg, Buffer.from(serialize(result)));
}

/** Write errors inside a transaction, with the answer to give once it is aborted. */
export class WriteErrorsInTransaction extends CommandError {
  readonly answer: Buffer;

  constructor(code: number, message: string, answer: Buffer) {
    super(code, message);
    this.answer = answer;
  }
}
