import { BSONError } from 'bson';

/** MongoDB's error codes that the gateway gives, by name. */
export const ErrorCode = {
  InternalError: 1,
  BadValue: 2,
  HostUnreachable: 6,
  FailedToParse: 9,
  TypeMismatch: 14,
  IllegalOperation: 20,
  NamespaceNotFound: 26,
  IndexNotFound: 27,
  PathNotViable: 28,
  ConflictingUpdateOperators: 40,
  CursorNotFound: 43,
  NamespaceExists: 48,
  MaxTimeMSExpired: 50,
  DollarPrefixedFieldName: 52,
  CommandNotFound: 59,
  ImmutableField: 66,
  CannotCreateIndex: 67,
  IndexAlreadyExists: 68,
  InvalidOptions: 72,
  InvalidNamespace: 73,
  IndexOptionsConflict: 85,
  IndexKeySpecsConflict: 86,
  WriteConflict: 112,
  CommandNotSupported: 115,
  DocumentValidationFailure: 121,
  ExceededMemoryLimit: 146,
  InvalidIndexSpecificationOption: 197,
  TransactionTooOld: 225,
  ConversionFailure: 241,
  NoSuchTransaction: 251,
  OperationNotSupportedInTransaction: 263,
  BSONObjectTooLarge: 10334,
  DuplicateKey: 11000,
  UnrecognizedStage: 40324,
} as const;

const CODE_NAMES = new Map<number, string>(Object.entries(ErrorCode).map(([name, code]) => [code, name]));

/**
 * The engine's own SQLSTATEs (its error table) and PostgreSQL's, to MongoDB's codes: those that a client acts upon.
 * Any other is passed with its text as InternalError.
 */
const BY_SQLSTATE = new Map<string, number>([
  ['M0000', ErrorCode.InternalError],
  ['M0001', ErrorCode.BadValue],
  ['M0003', ErrorCode.FailedToParse],
  ['M0004', ErrorCode.TypeMismatch],
  ['M0006', ErrorCode.IllegalOperation],
  ['M0008', ErrorCode.NamespaceNotFound],
  ['M0009', ErrorCode.IndexNotFound],
  ['M000A', ErrorCode.PathNotViable],
  ['M000D', ErrorCode.ConflictingUpdateOperators],
  ['M000E', ErrorCode.CursorNotFound],
  ['M000F', ErrorCode.NamespaceExists],
  ['M000G', ErrorCode.DollarPrefixedFieldName],
  ['M000M', ErrorCode.ImmutableField],
  ['M000N', ErrorCode.CannotCreateIndex],
  ['M000O', ErrorCode.IndexAlreadyExists],
  ['M000P', ErrorCode.InvalidOptions],
  ['M000Q', ErrorCode.InvalidNamespace],
  ['M000R', ErrorCode.IndexOptionsConflict],
  ['M000S', ErrorCode.IndexKeySpecsConflict],
  ['M000U', ErrorCode.CommandNotSupported],
  ['M000W', ErrorCode.ExceededMemoryLimit],
  ['M0012', ErrorCode.InvalidIndexSpecificationOption],
  ['M0015', ErrorCode.ConversionFailure],
  ['M0016', ErrorCode.OperationNotSupportedInTransaction],
  ['M001B', ErrorCode.BSONObjectTooLarge],
  ['M001C', ErrorCode.DuplicateKey],
  ['M007U', ErrorCode.UnrecognizedStage],
  ['M00CO', ErrorCode.DocumentValidationFailure],
  ['M00EX', ErrorCode.MaxTimeMSExpired],
  ['M00F1', ErrorCode.WriteConflict],
  ['23505', ErrorCode.DuplicateKey],
  ['23P01', ErrorCode.DuplicateKey],
  ['40001', ErrorCode.WriteConflict],
  ['40P01', ErrorCode.WriteConflict],
  ['55P03', ErrorCode.WriteConflict],
  ['57014', ErrorCode.MaxTimeMSExpired],
  ['57P01', ErrorCode.HostUnreachable],
  ['57P02', ErrorCode.HostUnreachable],
  ['57P03', ErrorCode.HostUnreachable],
  ['08006', ErrorCode.HostUnreachable],
]);

/** SQLSTATEs after which the same single statement may simply be run again: it left nothing behind. */
const REPEATABLE = new Set(['40001', '40P01']);

/** An error as a MongoDB client sees it. */
export class CommandError extends Error {
  readonly code: number;
  readonly labels: readonly string[];
  /** Further fields of the answer (`keyPattern`, `keyValue`). */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: number, message: string, labels: readonly string[] = [], details: Record<string, unknown> = {}) {
    super(message);
    this.code = code;
    this.labels = labels;
    this.details = details;
  }

  /** The answer document. */
  toDocument(): Record<string, unknown> {
    return {
      ok: 0,
      errmsg: this.message,
      code: this.code,
      codeName: codeName(this.code),
      ...this.details,
      ...(this.labels.length > 0 && { errorLabels: this.labels }),
    };
  }
}

/** MongoDB's name of a code. */
export function codeName(code: number): string {
  return CODE_NAMES.get(code) ?? 'InternalError';
}

/** MongoDB's code for a SQLSTATE. */
export function codeOfSqlState(state: string): number {
  return BY_SQLSTATE.get(state) ?? ErrorCode.InternalError;
}

/**
 * The SQLSTATE inside `writeErrors[].code`: PostgreSQL packs five characters of six bits each (character − 48, the
 * first one lowest).
 */
export function unpackSqlState(packed: number): string {
  let state = '';
  for (let index = 0; index < 5; index += 1) state += String.fromCharCode(((packed >> (index * 6)) & 63) + 48);
  return state;
}

/** The SQLSTATE of an error thrown by `pg`, or undefined when it is none (a broken connection, a fault of ours). */
export function sqlStateOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** Whether the way to PostgreSQL broke: what the statement did before that is not known. */
export function isConnectionLoss(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const state = sqlStateOf(error);
  if (state !== undefined) return state.startsWith('57P') || state.startsWith('08');
  return 'errno' in error || /^Connection terminated|connection error|not queryable/i.test(error.message);
}

/** Whether the same statement, run alone, may be tried again. */
export function isRepeatable(error: unknown): boolean {
  return REPEATABLE.has(sqlStateOf(error) ?? '');
}

/** Turns whatever was thrown into what the client sees. */
export function toCommandError(error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof BSONError) return new CommandError(ErrorCode.BadValue, message);
  const state = sqlStateOf(error);
  if (state !== undefined) return new CommandError(codeOfSqlState(state), message);
  if (isConnectionLoss(error)) {
    return new CommandError(ErrorCode.HostUnreachable, `the storage engine cannot be reached: ${message}`);
  }
  return new CommandError(ErrorCode.InternalError, message);
}
