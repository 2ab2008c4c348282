import { type EmailMessage, type MailAddress, type MailAttachment, Rejected } from '@openchair/plugin-kit';
import type { SendMailOptions } from 'nodemailer';
import type { SmtpConfig } from './config.js';

const MESSAGE_ID = /^[A-Za-z0-9._-]{1,120}$/;
/** One plain mailbox: no quoting, no list, no route, nothing that could end a header or a command. */
const ADDRESS = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[\p{L}\p{N}](?:[\p{L}\p{N}.-]{0,251}[\p{L}\p{N}])?$/u;
const CONTENT_TYPE = /^[\w.+-]+\/[\w.+-]+(?:; ?[\w-]+=[\w.-]+)*$/;
const CONTROL = /[\u0000-\u001f\u007f\u2028\u2029]+/g;

/** The Message-ID header of a message, the same for every attempt. Throws `Rejected` on an id that is not ours. */
export function messageIdHeader(config: SmtpConfig, messageId: string): string {
  if (!MESSAGE_ID.test(messageId)) throw new Rejected('bad_message_id');
  return `<${messageId}@${config.messageIdDomain ?? config.fromAddress.split('@')[1]}>`;
}

/**
 * What is handed to the mailer. The sender's address is always the connection's, the only one its server may send for;
 * the name is the message's. Another sender address becomes the address for replies. Throws `Rejected` on a bad field.
 */
export function mailOf(config: SmtpConfig, message: EmailMessage): SendMailOptions {
  const from = addressOf({ name: message.from.name ?? config.fromName ?? '', address: config.fromAddress });
  const to = addressOf(message.to);
  const wantedReply = message.replyTo ?? (message.from.address === config.fromAddress ? undefined : message.from);
  return {
    messageId: messageIdHeader(config, message.messageId),
    from,
    to,
    ...(wantedReply ? { replyTo: addressOf(wantedReply) } : {}),
    envelope: { from: from.address, to: [to.address] },
    subject: oneLine(message.subject),
    text: message.text,
    html: message.html,
    attachments: (message.attachments ?? []).map(attachmentOf),
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function addressOf({ name, address }: MailAddress): { name: string; address: string } {
  if (!ADDRESS.test(address)) throw new Rejected('bad_address');
  return { name: oneLine(name ?? ''), address };
}

function attachmentOf({ filename, contentType, content }: MailAttachment) {
  if (!CONTENT_TYPE.test(contentType)) throw new Rejected('bad_attachment');
  return {
    filename: oneLine(filename),
    contentType,
    content: typeof content === 'string' ? content : Buffer.from(content),
  };
}

const oneLine = (text: string): string => text.replace(CONTROL, ' ').trim();
