/**
 * What every client is to send, and how its arrival is judged: once, to the right envelope, with the From that was given, a
 * subject and a text that read as they were written, and signatures that hold.
 */
import { simpleParser } from 'mailparser';
import { expect } from 'vitest';
import type { ReceivedMessage } from '../../support/fake-mx-options.ts';
import { verdicts } from '../../e2e/support/received-mail.ts';
import { RECIPIENT_DOMAIN, SENDER_DOMAIN, type Stage } from '../../e2e/support/stage.ts';

export const FROM = `shop@${SENDER_DOMAIN}`;

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Dots and "From " at the start of a line, and characters beyond ASCII and the first plane. */
export function mailOf(client: string): Mail {
  return {
    to: `${client}@${RECIPIENT_DOMAIN}`,
    subject: `Grüße 🎉 from ${client}`,
    text: `Grüße 🎉\n.\n..two dots\nFrom here on\n${'a long line of words '.repeat(12).trim()}\nend`,
  };
}

/** The same as a message for programs that take one on standard input. Lines end in LF, as they do there. */
export function asMessage({ to, subject, text }: Mail, more: readonly string[] = []): string {
  const encoded = `=?utf-8?B?${Buffer.from(subject).toString('base64')}?=`;
  return [
    `From: Shop <${FROM}>`,
    `To: ${to}`,
    `Subject: ${encoded}`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    ...more,
    '',
    text,
    '',
  ].join('\n');
}

/** What a program finds in its environment. */
export function environmentFor(stage: Stage, { to, subject, text }: Mail): Readonly<Record<string, string>> {
  const { port, tlsPort } = stage.relay;
  const { username, password } = stage.login;
  return {
    SMTP_HOST: '127.0.0.1',
    SMTP_PORT: String(port),
    SMTPS_PORT: String(tlsPort),
    SMTP_USERNAME: username,
    SMTP_PASSWORD: password,
    MAIL_FROM: FROM,
    MAIL_TO: to,
    MAIL_SUBJECT: subject,
    MAIL_TEXT: text,
    LC_ALL: 'C.UTF-8',
    LANG: 'C.UTF-8',
  };
}

/** Waits for it at the MX and looks at all of it. */
export async function arrives(stage: Stage, mail: Mail): Promise<ReceivedMessage> {
  const message = await stage.received(mail.to);
  const parsed = await simpleParser(message.content);
  expect(message.reversePath).toBe(FROM);
  expect(message.recipients.map(({ address }) => address)).toEqual([mail.to]);
  expect(parsed.from?.value.map(({ address }) => address)).toEqual([FROM]);
  expect(parsed.subject).toBe(mail.subject);
  // Some programs write `>From ` themselves, as mailbox files have it.
  expect(
    parsed.text
      ?.replaceAll('\r\n', '\n')
      .replace(/^>From /m, 'From ')
      .trim(),
  ).toBe(mail.text);
  for (const { result } of await verdicts(message.content, stage.dns.zone)) expect(result).toBe('pass');
  const copies = stage.mx.messages.filter(({ recipients }) =>
    recipients.some(({ address }) => address === mail.to),
  );
  expect(copies.length).toBe(1);
  return message;
}
