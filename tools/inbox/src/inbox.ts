import { startHttp } from './http.ts';
import { startSmtp } from './smtp.ts';
import { MessageStore } from './store.ts';

export interface InboxOptions {
  /** 0 picks a free port. */
  readonly smtpPort: number;
  readonly httpPort: number;
  readonly dataDirectory: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Messages kept; the oldest go first. Default 2,000. */
  readonly kept?: number;
}

export interface Inbox {
  readonly smtpPort: number;
  readonly httpPort: number;
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts the mail sink and its page on loopback. Rejects when a port is taken, leaving nothing running. */
export async function startInbox(options: InboxOptions): Promise<Inbox> {
  const store = await MessageStore.open(options.dataDirectory, options.now, options.kept);
  const smtp = await startSmtp(store, options.smtpPort);
  try {
    const http = await startHttp(store, options.httpPort);
    return {
      smtpPort: smtp.port,
      httpPort: http.port,
      url: `http://127.0.0.1:${http.port}`,
      async stop() {
        await Promise.all([smtp.stop(), http.stop()]);
      },
    };
  } catch (error) {
    await smtp.stop();
    throw error;
  }
}
