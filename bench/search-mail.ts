/**
 * Mail of many accounts as a search meets it: a few accounts send most of it, addresses and subjects repeat as they do in life, most
 * is delivered, some bounced. A number makes the same message each time.
 */
import { idOf } from '../src/platform/ids.ts';

export interface MadeMessage {
  readonly publicId: string;
  /** Counts accounts from 0, the largest first. */
  readonly account: number;
  readonly acceptedAtMs: number;
  readonly recipient: string;
  readonly destination: number;
  readonly reversePath: string;
  readonly headerFrom: string;
  readonly subject: string;
  readonly messageIdField: string;
  readonly signingDomain: string;
  readonly state: 'delivered' | 'bounced';
  readonly replyCode: number;
  readonly status: string;
  readonly text: string;
}

export const ACCOUNTS = 60;
export const DESTINATIONS = [
  ...['gmail.com', 'outlook.com', 'yahoo.com', 'icloud.com', 'gmx.net', 'web.de', 'orange.fr', 'libero.it'],
  ...Array.from({ length: 192 }, (_, index) => `company-${index}.example`),
];
const FIRST =
  'alice bob carol dave erin frank grace heidi ivan judy karl laura mia noah olivia peter quentin rosa sara tom'.split(
    ' ',
  );
const LAST =
  'smith jones müller schmidt garcia rossi dubois ivanov tanaka kim silva novak larsen weber costa khan'.split(
    ' ',
  );
const SENDERS = ['noreply', 'orders', 'support'];
const SUBJECTS = [
  'Your order # has shipped',
  'Invoice # for your subscription',
  'Reset your password',
  '@ commented on issue #',
  'Build # failed on main',
  'Weekly report for @',
  'Your verification code is #',
  'Rechnung # vom Januar',
  'Alert: disk usage above 90% on host-#',
  'Welcome to the shop, @',
  'Meeting moved to Thursday',
  'Ticket # was updated by @',
];

export interface MailOptions {
  readonly messages: number;
  readonly lastAtMs: number;
  readonly days: number;
}

/** The message of this number, from 0: always the same one. */
export function messageOf(number: number, { messages, lastAtMs, days }: MailOptions): MadeMessage {
  let state = Math.imul(number + 1, 0x9e3779b1);
  const bits = () => {
    state = (state + 0x6d2b79f5) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), state | 1);
    return (mixed ^ (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ (mixed >>> 14)) >>> 0;
  };
  const whole = (below: number) => bits() % below;
  const one = (of: readonly string[]) => of[whole(of.length)] ?? '';
  const hex = () => bits().toString(16).padStart(8, '0');
  const spanMs = days * 86_400_000;
  const acceptedAtMs = Math.floor(lastAtMs - spanMs + (spanMs * number) / messages);
  // The first has 40 %, the last some millionths of one.
  const account = Math.min(ACCOUNTS - 1, Math.floor(Math.log(1 - bits() / 2 ** 32) / Math.log(0.6)));
  const destination = whole(10) < 8 ? whole(8) : 8 + whole(DESTINATIONS.length - 8);
  const recipient = `${one(FIRST)}.${one(LAST)}${whole(5_000)}@${DESTINATIONS[destination] ?? ''}`;
  const signingDomain = `sender-${account}.example`;
  const from = `${one(SENDERS)}@${signingDomain}`;
  const bounced = whole(100) < 4;
  const queueId =
    destination === 0
      ? `${1_700_000_000 + whole(1e8)} a1-${hex()}${hex()}si${whole(1e7)}.123 - gsmtp`
      : `queued as ${hex()}${hex()}`;
  return {
    publicId: idOf('msg_', acceptedAtMs, hex() + hex()),
    account,
    acceptedAtMs,
    recipient,
    destination,
    reversePath: from,
    headerFrom: from,
    subject: one(SUBJECTS)
      .replace('#', String(whole(10_000_000)))
      .replace('@', one(FIRST)),
    messageIdField: `<${hex()}${hex()}${hex()}@${signingDomain}>`,
    signingDomain,
    state: bounced ? 'bounced' : 'delivered',
    replyCode: bounced ? 550 : 250,
    status: bounced ? '5.1.1' : '2.0.0',
    text: bounced
      ? `<${recipient}>: Recipient address rejected: User unknown in virtual mailbox table`
      : `OK ${queueId}`,
  };
}
