import { constants, crc32, deflateRawSync } from 'node:zlib';
import type { Request, Response } from 'express';

/** First bytes of a gzip member (RFC 1952) that names no file, time or system. */
const GZIP_HEAD = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
/** The last block of deflated data (RFC 1951), with nothing in it. */
const LAST_BLOCK = Buffer.from([3, 0]);
/** Shorter parts are not worth the compressor's start. */
const SHORT_BYTES = 1_000;

/** A part of a JSON answer that is sent many times: its bytes are made once, and compressed and summed up once. */
export class JsonPart {
  readonly bytes: Buffer;
  private packed: Buffer | undefined;
  private checksum: number | undefined;

  /** What it is made of: a text, or parts that stand one after the other. */
  constructor(private readonly made: string | readonly JsonPart[]) {
    this.bytes = typeof made === 'string' ? Buffer.from(made) : Buffer.concat(made.map(({ bytes }) => bytes));
  }

  /** Deflated and ended on a whole byte, so that other parts may follow in the same gzip member. */
  get deflated(): Buffer {
    return (this.packed ??= this.pack());
  }

  /** CRC-32 of the bytes. */
  get sum(): number {
    return (this.checksum ??= crc32(this.bytes));
  }

  /** Bytes that it takes in memory, compressed form included: a quarter more is never reached by JSON. */
  get weight(): number {
    return Math.ceil(this.bytes.length * 1.25);
  }

  private pack(): Buffer {
    if (typeof this.made !== 'string') return Buffer.concat(this.made.map(({ deflated }) => deflated));
    if (this.bytes.length < SHORT_BYTES) return stored(this.bytes);
    return deflateRawSync(this.bytes, { finishFlush: constants.Z_SYNC_FLUSH });
  }
}

/** Answers with the JSON that the parts make together, compressed for who takes gzip. */
export function sendJson(request: Request, response: Response, parts: readonly JsonPart[]): void {
  response.vary('Accept-Encoding').setHeader('Content-Type', 'application/json; charset=utf-8');
  const packed = Boolean(request.acceptsEncodings('gzip'));
  if (packed) response.setHeader('Content-Encoding', 'gzip');
  const body = packed ? gzipped(parts) : Buffer.concat(parts.map(({ bytes }) => bytes));
  response.setHeader('Content-Length', body.length).end(body);
}

/** As a block that is not compressed (RFC 1951, 3.2.4). */
function stored(bytes: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt16LE(bytes.length, 1);
  head.writeUInt16LE(0xffff - bytes.length, 3);
  return Buffer.concat([head, bytes]);
}

function gzipped(parts: readonly JsonPart[]): Buffer {
  let sum = 0;
  let size = 0;
  for (const part of parts) {
    sum = size === 0 ? part.sum : crc32(part.bytes, sum);
    size += part.bytes.length;
  }
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(sum, 0);
  tail.writeUInt32LE(size % 2 ** 32, 4);
  return Buffer.concat([GZIP_HEAD, ...parts.map(({ deflated }) => deflated), LAST_BLOCK, tail]);
}
