import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './processes.js';

export interface Received {
  id: string;
  kind: 'email' | 'sms';
  messageId: string;
  to: string[];
  subject: string;
  text: string;
  /** How often the sender handed the message over; a repetition is shown once. */
  deliveries: number;
  attachments: { filename: string; contentType: string }[];
}

/** The mailbox of `npm start` in a process of its own: real SMTP in, HTTP out. */
export class InboxProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    /** Settings of an application that sends here. */
    readonly env: { SMTP_URL: string; INBOX_URL: string },
  ) {}

  static async start(): Promise<InboxProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'openchair-inbox-'));
    const script = join(ROOT, 'tools', 'inbox', 'src', 'main.ts');
    const child = spawn(process.execPath, [script, '--smtp-port', '0', '--http-port', '0', '--data', folder], {
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const { smtpPort, httpPort } = JSON.parse(line.toString()) as { smtpPort: number; httpPort: number };
    return new InboxProcess(child, folder, {
      SMTP_URL: `smtp://127.0.0.1:${smtpPort}`,
      INBOX_URL: `http://127.0.0.1:${httpPort}`,
    });
  }

  /** Newest first; `to` is part of an address or number. */
  async messages(to = ''): Promise<Received[]> {
    const answer = await fetch(`${this.env.INBOX_URL}/api/messages?to=${encodeURIComponent(to)}`);
    return ((await answer.json()) as { data: Received[] }).data;
  }

  /** The e-mail as it came. */
  async raw(id: string): Promise<string> {
    return (await fetch(`${this.env.INBOX_URL}/api/messages/${id}/raw`)).text();
  }

  async stop(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.kill();
    await gone;
    await rm(this.folder, { recursive: true, force: true });
  }
}
