import { CommandError, ErrorCode } from './errors.ts';
import type { Command } from './request.ts';

/** Sessions whose last write is remembered; beyond it the one written longest ago is forgotten. */
const MAX_SESSIONS = 10_000;

interface Remembered {
  readonly txnNumber: bigint;
  readonly answer: Promise<Buffer>;
}

/**
 * Retryable writes: a driver numbers each write of a session and, when the network fails before the answer comes,
 * sends the same number again over a new connection. The second sending must not write twice, so the answer of each
 * session's last write is kept and given again; a sending that comes while the first still runs waits for it. The
 * memory is this process's: a gateway that was restarted in between does not know the number and writes anew, which
 * a development database may do and MongoDB would not.
 */
export class RetryableWrites {
  readonly #bySession = new Map<string, Remembered>();

  /** Runs a numbered write once. A write that failed as a whole is not remembered: trying it again is right. */
  run(command: Command, write: () => Promise<Buffer>): Promise<Buffer> {
    const { session, txnNumber } = command;
    if (session === undefined || txnNumber === undefined) return write();
    const last = this.#bySession.get(session);
    if (last?.txnNumber === txnNumber) return last.answer;
    if (last && last.txnNumber > txnNumber) {
      throw new CommandError(ErrorCode.TransactionTooOld, `the session is past write ${txnNumber}`);
    }
    const answer = write();
    const entry = { txnNumber, answer };
    this.#bySession.delete(session);
    this.#bySession.set(session, entry);
    if (this.#bySession.size > MAX_SESSIONS) this.#bySession.delete(this.#bySession.keys().next().value!);
    answer.catch(() => {
      if (this.#bySession.get(session) === entry) this.#bySession.delete(session);
    });
    return answer;
  }

  /** Forgets ended sessions. */
  endSessions(sessions: readonly string[]): void {
    for (const session of sessions) this.#bySession.delete(session);
  }
}
