import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** A tenant's data key in the clear; lives in memory only. Key objects: made once, where bytes are made into one at each use. */
export interface DataKey {
  /** Encrypts fields. */
  readonly seal: KeyObject;
  /** Keys the blind indexes. Not the same bytes: an index must not weaken the cipher. */
  readonly blind: KeyObject;
}

/** The master keys by id; the first is used to wrap, all of them to unwrap, so that keys can be rotated. */
export class MasterKeys {
  constructor(private readonly keys: ReadonlyMap<string, Buffer>) {
    if (keys.size === 0) throw new Error('at least one master key is needed');
    for (const [id, key] of keys) {
      if (key.length !== KEY_BYTES)
        throw new Error(`master key ${id} must have ${KEY_BYTES} bytes, it has ${key.length}`);
    }
  }

  /** A new random data key for `tenantId`, wrapped: `keyId.base64url`. */
  newWrapped(tenantId: string): string {
    const [id, key] = this.keys.entries().next().value as [string, Buffer];
    return `${id}.${encrypt(createSecretKey(key), randomBytes(KEY_BYTES), `dek|${tenantId}`).toString('base64url')}`;
  }

  unwrap(tenantId: string, wrapped: string): DataKey {
    const dot = wrapped.indexOf('.');
    const id = wrapped.slice(0, dot);
    const key = this.keys.get(id);
    if (!key) throw new Error(`the data key of ${tenantId} is wrapped by master key ${id}, which is not configured`);
    const root = decrypt(createSecretKey(key), Buffer.from(wrapped.slice(dot + 1), 'base64url'), `dek|${tenantId}`);
    return { seal: derive(root, 'seal'), blind: derive(root, 'blind') };
  }
}

/** Where a sealed value stands. It is bound into the cipher text, so a value moved elsewhere does not open. */
export interface SealPlace {
  tenantId: string;
  collection: string;
  field: string;
  documentId: string;
}

/** `v1.` + base64url(nonce, cipher text, tag) of the JSON form of `value`. */
export function sealField(key: DataKey, place: SealPlace, value: unknown): string {
  return `v1.${encrypt(key.seal, Buffer.from(JSON.stringify(value)), aad(place)).toString('base64url')}`;
}

export function openField(key: DataKey, place: SealPlace, sealed: string): unknown {
  if (!sealed.startsWith('v1.')) throw new Error(`unknown seal version in ${place.collection}.${place.field}`);
  return JSON.parse(decrypt(key.seal, Buffer.from(sealed.slice(3), 'base64url'), aad(place)).toString()) as unknown;
}

/** Equal inputs of one tenant and field give equal outputs, which tell nothing else. `normalised` must be canonical. */
export function blindIndex(key: DataKey, field: string, normalised: string): string {
  return createHmac('sha256', key.blind).update(`${field}\0${normalised}`).digest('base64url');
}

function aad(place: SealPlace): string {
  return `${place.tenantId}|${place.collection}|${place.field}|${place.documentId}`;
}

function derive(root: Buffer, purpose: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', root, '', `openchair/${purpose}`, KEY_BYTES)));
}

function encrypt(key: KeyObject, plain: Buffer, associated: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(associated));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: KeyObject, sealed: Buffer, associated: string): Buffer {
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES)).setAAD(Buffer.from(associated));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES)), decipher.final()]);
}
