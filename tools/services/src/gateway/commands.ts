import { deserialize, serialize, type Document } from 'bson';
import { readDocument, readString, scanDocument } from './bson-scan.ts';
import type { Cursors } from './cursors.ts';
import { CommandError, ErrorCode } from './errors.ts';
import { bytesOf, type Statement } from './pool.ts';
import { collectionOf, sessionId, type Command } from './request.ts';
import type { Runner } from './runner.ts';
import { Sql } from './statements.ts';
import { batchWrite, findAndModify } from './writes.ts';

/** What a command's handler works with. */
export interface CommandContext {
  readonly command: Command;
  /** On the command's transaction, or on any connection. */
  readonly runner: Runner;
  /** Never on the command's transaction. */
  readonly lookup: Runner;
  readonly cursors: Cursors;
  /** The client connection that asks. */
  readonly owner: object;
  /** Ends these logical sessions: their transactions, cursors and remembered writes. */
  readonly endSessions: (sessions: readonly string[]) => Promise<void>;
}

/** How a command is run. */
export interface CommandRule {
  readonly handle: (context: CommandContext) => Promise<Buffer>;
  /** Numbered and retried by drivers: run once a number. */
  readonly write?: true;
  /** May be part of a transaction. */
  readonly transactional?: true;
}

/** An answer as bytes. */
export function reply(document: Document = {}): Buffer {
  return Buffer.from(serialize({ ...document, ok: 1 }));
}

/** A command answered by one SQL function that takes the database and the command itself. */
function direct(statement: Statement): (context: CommandContext) => Promise<Buffer> {
  return async ({ command, runner }) => {
    collectionOf(command);
    const bytes = bytesOf((await runner.row(statement, [command.db, command.body]))[0]);
    return bytes ?? reply();
  };
}

function cursor(statement: Statement): (context: CommandContext) => Promise<Buffer> {
  return ({ command, runner, cursors, owner }) => cursors.first(runner, statement, command, owner);
}

async function createIndexes({ command, runner }: CommandContext): Promise<Buffer> {
  collectionOf(command);
  const row = await runner.row(Sql.createIndexes, [command.db, command.body]);
  const { raw } = deserialize(bytesOf(row[0])!) as { raw: { defaultShard: Document } };
  return reply(raw.defaultShard);
}

async function dropIndexes({ command, runner }: CommandContext): Promise<Buffer> {
  collectionOf(command);
  await runner.row(Sql.dropIndexes, [command.db, command.body]);
  return reply();
}

async function collMod({ command, runner }: CommandContext): Promise<Buffer> {
  const row = await runner.row(Sql.collMod, [command.db, collectionOf(command), command.body]);
  return bytesOf(row[0])!;
}

async function drop({ command, runner }: CommandContext): Promise<Buffer> {
  const row = await runner.row(Sql.drop, [command.db, collectionOf(command)]);
  if (row[0] !== 't') throw new CommandError(ErrorCode.NamespaceNotFound, 'ns not found');
  return reply({ ns: `${command.db}.${command.target}` });
}

async function dropDatabase({ command, runner }: CommandContext): Promise<Buffer> {
  await runner.row(Sql.dropDatabase, [command.db]);
  return reply({ dropped: command.db });
}

async function whole(context: CommandContext, statement: Statement): Promise<Buffer> {
  return bytesOf((await context.runner.row(statement, [context.command.body]))[0])!;
}

async function dbStats({ command, runner }: CommandContext): Promise<Buffer> {
  return bytesOf((await runner.row(Sql.dbStats, [command.db, 1]))[0])!;
}

async function collStats({ command, runner }: CommandContext): Promise<Buffer> {
  return bytesOf((await runner.row(Sql.collStats, [command.db, collectionOf(command), 1]))[0])!;
}

async function killCursors({ command, cursors }: CommandContext): Promise<Buffer> {
  const { cursors: ids } = deserialize(command.body, { useBigInt64: true }) as unknown as { cursors: bigint[] };
  const killed = await cursors.kill(ids);
  const cursorsNotFound = ids.filter((id) => !killed.includes(id));
  return reply({ cursorsKilled: killed, cursorsNotFound, cursorsAlive: [], cursorsUnknown: [] });
}

async function endSessions({ command, endSessions: end }: CommandContext): Promise<Buffer> {
  const list = readDocument(command.body, command.fields.get('endSessions'));
  const sessions = list
    ? [...scanDocument(list).values()].map((one) => sessionId(list.subarray(one.start, one.end)))
    : [];
  await end(sessions);
  return reply();
}

/** What the server says of itself, for drivers. Type "mongos": retryable writes and transactions without change streams. */
function hello(): Document {
  return {
    helloOk: true,
    ismaster: true,
    isWritablePrimary: true,
    msg: 'isdbgrid',
    maxBsonObjectSize: 16_777_216,
    maxMessageSizeBytes: 48_000_000,
    maxWriteBatchSize: 25_000,
    localTime: new Date(Date.now()),
    logicalSessionTimeoutMinutes: 30,
    minWireVersion: 0,
    maxWireVersion: 21,
    readOnly: false,
  };
}

async function buildInfo({ runner }: CommandContext): Promise<Buffer> {
  const [engine, postgres] = await runner.row(Sql.version, []);
  return reply({
    version: '7.0.0',
    versionArray: [7, 0, 0, 0],
    modules: [],
    bits: 64,
    maxBsonObjectSize: 16_777_216,
    openchair: { documentdb: engine, postgresql: postgres },
  });
}

async function getParameter({ command }: CommandContext): Promise<Buffer> {
  if (command.fields.has('featureCompatibilityVersion')) {
    return reply({ featureCompatibilityVersion: { version: '7.0' } });
  }
  throw new CommandError(ErrorCode.InvalidOptions, 'no option found to get');
}

async function renameCollection(context: CommandContext): Promise<Buffer> {
  if (!readString(context.command.body, context.command.fields.get('to'))) {
    throw new CommandError(ErrorCode.BadValue, 'renameCollection needs "to"');
  }
  return whole(context, Sql.rename);
}

const greet: CommandRule = { handle: async () => reply(hello()) };

/** Every command there is, by its exact name. */
export const COMMANDS: ReadonlyMap<string, CommandRule> = new Map<string, CommandRule>([
  ['hello', greet],
  ['isMaster', greet],
  ['ismaster', greet],
  ['ping', { handle: async () => reply() }],
  ['buildInfo', { handle: buildInfo }],
  ['buildinfo', { handle: buildInfo }],
  ['getParameter', { handle: getParameter }],
  [
    'connectionStatus',
    { handle: async () => reply({ authInfo: { authenticatedUsers: [], authenticatedUserRoles: [] } }) },
  ],
  [
    'serverStatus',
    {
      handle: async () =>
        reply({ version: '7.0.0', process: 'openchair-gateway', pid: process.pid, uptime: process.uptime() }),
    },
  ],
  ['endSessions', { handle: endSessions }],
  ['insert', { handle: batchWrite, write: true, transactional: true }],
  ['update', { handle: batchWrite, write: true, transactional: true }],
  ['delete', { handle: batchWrite, write: true, transactional: true }],
  ['findAndModify', { handle: findAndModify, write: true, transactional: true }],
  ['findandmodify', { handle: findAndModify, write: true, transactional: true }],
  ['find', { handle: cursor(Sql.find), transactional: true }],
  ['aggregate', { handle: cursor(Sql.aggregate), transactional: true }],
  [
    'getMore',
    { handle: ({ runner, command, cursors, owner }) => cursors.next(runner, command, owner), transactional: true },
  ],
  ['killCursors', { handle: killCursors, transactional: true }],
  ['count', { handle: direct(Sql.count), transactional: true }],
  ['distinct', { handle: direct(Sql.distinct), transactional: true }],
  ['create', { handle: direct(Sql.create) }],
  ['createIndexes', { handle: createIndexes }],
  ['dropIndexes', { handle: dropIndexes }],
  ['listIndexes', { handle: cursor(Sql.listIndexes) }],
  ['listCollections', { handle: cursor(Sql.listCollections) }],
  ['listDatabases', { handle: (context) => whole(context, Sql.listDatabases) }],
  ['collMod', { handle: collMod }],
  ['drop', { handle: drop }],
  ['dropDatabase', { handle: dropDatabase }],
  ['renameCollection', { handle: renameCollection }],
  ['dbStats', { handle: dbStats }],
  ['collStats', { handle: collStats }],
]);
