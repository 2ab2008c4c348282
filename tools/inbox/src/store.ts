import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { IncomingMessage, StoredMessage } from './message.ts';

/** Which messages to list. */
export interface MessageFilter {
  /** Part of an address or number of a recipient or the sender, in any case. */
  readonly to?: string;
  /** The sender's id of a message, whole. */
  readonly messageId?: string;
  /** Only messages that came after the one with this id. */
  readonly after?: string;
}

const DEFAULT_KEPT = 2_000;

/** Messages as files of one folder: `<id>.json`, and `<id>.eml` for an e-mail. Survives a restart. */
export class MessageStore {
  private readonly messages = new Map<string, StoredMessage>();
  private readonly directory: string;
  private readonly now: () => number;
  private readonly kept: number;
  private lastNumber = 0;
  /** Writes follow each other, so that two deliveries of one message at once become one. */
  private queue: Promise<unknown> = Promise.resolve();

  private constructor(directory: string, now: () => number, kept: number) {
    this.directory = directory;
    this.now = now;
    this.kept = kept;
  }

  /** Opens the folder, making it when needed. The oldest messages beyond `kept` are dropped as new ones come. */
  static async open(directory: string, now: () => number, kept: number = DEFAULT_KEPT): Promise<MessageStore> {
    const store = new MessageStore(directory, now, kept);
    await mkdir(directory, { recursive: true });
    const names = (await readdir(directory)).filter((name) => /^m\d{9}\.json$/.test(name)).sort();
    for (const name of names) {
      const message = JSON.parse(await readFile(join(directory, name), 'utf8')) as StoredMessage;
      store.messages.set(message.id, message);
      store.lastNumber = Number(message.id.slice(1));
    }
    return store;
  }

  /** Keeps a message; one that came before only counts one more delivery. `raw` is the e-mail as it came. */
  add(incoming: IncomingMessage, raw?: Buffer): Promise<StoredMessage> {
    return this.inTurn(async () => {
      const known = [...this.messages.values()].find((message) => isSame(message, incoming));
      if (known) return this.save({ ...known, deliveries: known.deliveries + 1 });
      this.lastNumber += 1;
      const id = `m${String(this.lastNumber).padStart(9, '0')}`;
      if (raw) await this.write(`${id}.eml`, raw);
      const saved = await this.save({ id, receivedAt: this.now(), deliveries: 1, ...incoming });
      for (const oldest of [...this.messages.keys()].slice(0, Math.max(0, this.messages.size - this.kept))) {
        await this.remove(oldest);
      }
      return saved;
    });
  }

  get(id: string): StoredMessage | undefined {
    return this.messages.get(id);
  }

  /** The e-mail as it came, or undefined. */
  async raw(id: string): Promise<Buffer | undefined> {
    if (this.messages.get(id)?.kind !== 'email') return undefined;
    return readFile(join(this.directory, `${id}.eml`));
  }

  /** Newest first. */
  list({ to, messageId, after }: MessageFilter): StoredMessage[] {
    const wanted = to?.trim().toLowerCase();
    return [...this.messages.values()].reverse().filter((message) => {
      const addresses = [...message.to, message.from.address].map((address) => address.toLowerCase());
      if (wanted && !addresses.some((address) => address.includes(wanted))) return false;
      if (messageId !== undefined && message.messageId !== messageId) return false;
      return after === undefined || message.id > after;
    });
  }

  clear(): Promise<void> {
    return this.inTurn(async () => {
      for (const id of [...this.messages.keys()]) await this.remove(id);
    });
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.queue.then(work);
    this.queue = result.catch(() => undefined);
    return result;
  }

  private async save(message: StoredMessage): Promise<StoredMessage> {
    await this.write(`${message.id}.json`, JSON.stringify(message));
    this.messages.set(message.id, message);
    return message;
  }

  private async write(name: string, content: string | Buffer): Promise<void> {
    const path = join(this.directory, name);
    await writeFile(`${path}.new`, content);
    await rename(`${path}.new`, path);
  }

  private async remove(id: string): Promise<void> {
    this.messages.delete(id);
    await rm(join(this.directory, `${id}.json`), { force: true });
    await rm(join(this.directory, `${id}.eml`), { force: true });
  }
}

function isSame(message: StoredMessage, incoming: IncomingMessage): boolean {
  return (
    incoming.messageId !== '' &&
    message.kind === incoming.kind &&
    message.messageId === incoming.messageId &&
    message.to.join() === incoming.to.join()
  );
}
