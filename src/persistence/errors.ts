import mongoose from 'mongoose';

const DUPLICATE_KEY = 11_000;

/** True when a unique index refused the write; `index` narrows to one by a part of its name. */
export function isDuplicateKey(error: unknown, index?: string): error is Error {
  if (!(error instanceof mongoose.mongo.MongoServerError) || error.code !== DUPLICATE_KEY) return false;
  return index === undefined || error.message.includes(index);
}

/** The driver's names for "not reached"; compared by name, since not all of these classes are exported. */
const UNREACHABLE = new Set([
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoServerSelectionError',
  'MongooseServerSelectionError',
  'MongoNotConnectedError',
  'MongoTopologyClosedError',
  'MongoPoolClearedError',
  'MongoPoolClosedError',
  'MongoWaitQueueTimeoutError',
]);

/** True when the database was not reached, lost its primary, or gave up a transaction: the caller may try again later. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof mongoose.mongo.MongoError && error.hasErrorLabel('TransientTransactionError')) return true;
  return UNREACHABLE.has(error.name) || /before initial connection is complete/.test(error.message);
}

/**
 * Throw its result inside a transaction to have the whole transaction repeated on fresh data: for a unique index that
 * refused a write because somebody else made the same thing a moment ago.
 */
export function repeatTransaction(cause: Error): Error {
  const again = new mongoose.mongo.MongoError('somebody else made it first; the transaction is repeated');
  again.addErrorLabel('TransientTransactionError');
  again.cause = cause;
  return again;
}
