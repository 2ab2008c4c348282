import { BSONError } from 'bson';
import { documentLength } from './bson-scan.ts';

/** The largest message a client may send, as `hello` tells it. */
export const MAX_MESSAGE_BYTES = 48_000_000;

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const HEADER_BYTES = 16;
const FLAG_CHECKSUM = 1;
const FLAG_MORE_TO_COME = 2;
/** The low sixteen flag bits are "required": one that we do not know makes the message unreadable (wire protocol). */
const REQUIRED_FLAGS = 0xffff;

/** One command as it came over the wire; buffers are slices of the message. */
export interface WireRequest {
  readonly requestId: number;
  readonly legacy: boolean;
  readonly moreToCome: boolean;
  readonly body: Buffer;
  /** OP_MSG kind-1 sections by name (`documents`, `updates`, `deletes`): documents one after another. */
  readonly sequences: ReadonlyMap<string, Buffer>;
}

/** The client broke the protocol; the connection cannot be trusted any more and must be closed. */
export class FrameError extends Error {}

/** Cuts a byte stream into whole messages. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #bytes = 0;

  /** Bytes received and not yet taken. */
  get buffered(): number {
    return this.#bytes;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }

  /**
   * The next whole message, or undefined when more bytes are needed.
   * @throws FrameError on an impossible length
   */
  next(): Buffer | undefined {
    if (this.#bytes < HEADER_BYTES) return undefined;
    const length = this.#join(4).readInt32LE(0);
    if (length < HEADER_BYTES + 5 || length > MAX_MESSAGE_BYTES) throw new FrameError(`message length ${length}`);
    if (this.#bytes < length) return undefined;
    const all = this.#join(length);
    const rest = all.subarray(length);
    this.#chunks[0] = rest;
    if (rest.length === 0) this.#chunks.shift();
    this.#bytes -= length;
    return all.subarray(0, length);
  }

  /** Makes the first chunk at least `length` bytes long; joins all chunks at most once a message. */
  #join(length: number): Buffer {
    if (this.#chunks[0]!.length < length) this.#chunks = [Buffer.concat(this.#chunks, this.#bytes)];
    return this.#chunks[0]!;
  }
}

function parseQuery(message: Buffer, requestId: number): WireRequest {
  const nameEnd = message.indexOf(0, 20);
  const start = nameEnd + 9;
  if (nameEnd < 0) throw new FrameError('OP_QUERY without a collection');
  const length = documentLength(message, start, message.length);
  const body = message.subarray(start, start + length);
  return { requestId, legacy: true, moreToCome: false, body, sequences: new Map() };
}

function parseMsg(message: Buffer, requestId: number): WireRequest {
  const flags = message.readUInt32LE(HEADER_BYTES);
  if ((flags & REQUIRED_FLAGS & ~(FLAG_CHECKSUM | FLAG_MORE_TO_COME)) !== 0) throw new FrameError('unknown flag bits');
  const end = message.length - (flags & FLAG_CHECKSUM ? 4 : 0);
  const sequences = new Map<string, Buffer>();
  let body: Buffer | undefined;
  let at = HEADER_BYTES + 4;
  while (at < end) {
    const kind = message[at]!;
    at += 1;
    if (kind === 0) {
      if (body) throw new FrameError('two bodies in one message');
      const length = documentLength(message, at, end);
      body = message.subarray(at, at + length);
      at += length;
    } else if (kind === 1) {
      if (at + 4 > end) throw new FrameError('a section is cut short');
      const size = message.readInt32LE(at);
      if (size < 5 || at + size > end) throw new FrameError(`section length ${size}`);
      const nameEnd = message.indexOf(0, at + 4);
      if (nameEnd < 0 || nameEnd >= at + size) throw new FrameError('a section without a name');
      sequences.set(message.toString('utf8', at + 4, nameEnd), message.subarray(nameEnd + 1, at + size));
      at += size;
    } else {
      throw new FrameError(`section kind ${kind}`);
    }
  }
  if (!body) throw new FrameError('a message without a body');
  return { requestId, legacy: false, moreToCome: (flags & FLAG_MORE_TO_COME) !== 0, body, sequences };
}

/**
 * Reads one whole message.
 * @throws FrameError when it is not a well-formed OP_MSG or OP_QUERY
 */
export function parseMessage(message: Buffer): WireRequest {
  const requestId = message.readInt32LE(4);
  const opCode = message.readInt32LE(12);
  try {
    if (opCode === OP_MSG) return parseMsg(message, requestId);
    if (opCode === OP_QUERY) return parseQuery(message, requestId);
  } catch (error) {
    if (error instanceof BSONError) throw new FrameError(error.message);
    throw error;
  }
  throw new FrameError(`operation code ${opCode}`);
}

/** Wraps an answer: OP_MSG, or OP_REPLY for a client that asked by OP_QUERY. */
export function encodeReply(request: WireRequest, responseId: number, document: Buffer): Buffer {
  const extra = request.legacy ? 20 : 5;
  const reply = Buffer.allocUnsafe(HEADER_BYTES + extra + document.length);
  reply.writeInt32LE(reply.length, 0);
  reply.writeInt32LE(responseId, 4);
  reply.writeInt32LE(request.requestId, 8);
  reply.writeInt32LE(request.legacy ? OP_REPLY : OP_MSG, 12);
  reply.fill(0, HEADER_BYTES, HEADER_BYTES + extra);
  if (request.legacy) reply.writeInt32LE(1, HEADER_BYTES + 16);
  document.copy(reply, HEADER_BYTES + extra);
  return reply;
}
