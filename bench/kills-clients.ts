/**
 * Clients of a fleet whose nodes come and go: each has a connection to one node, submits a message after the other over SMTP
 * or HTTP, and goes on with the next message at another node when its own is gone. No message is handed over twice.
 */
import { delay, systemClock } from '../src/platform/clock.ts';
import type { Random } from '../src/platform/random.ts';
import type { Relay } from '../test/e2e/support/relay-process.ts';
import { SmtpTalk } from '../test/e2e/support/smtp-talk.ts';
import type { KillsLedger } from './kills-ledger.ts';

/** A client that finds no node looks again. */
const LOOK_AGAIN_MS = 200;
/** A relay that is frozen or cut off: the client gives the message up. */
const HTTP_MS = 60_000;

export interface ClientsOptions {
  /** Those that listen now. */
  readonly nodes: () => readonly Relay[];
  readonly ledger: KillsLedger;
  readonly random: Random;
  readonly from: string;
  /** The recipient of message `number`. */
  readonly to: (number: number) => string;
  readonly key: string;
  readonly ratePerSecond: number;
  readonly smtp: number;
  readonly http: number;
}

export interface Clients {
  /** No message is begun after this; resolves when each has its answer. */
  stop(): Promise<void>;
}

export function startClients(options: ClientsOptions): Clients {
  const startMs = systemClock.monotonic();
  let next = 0;
  let enough = false;
  /** Numbers come at the rate, whoever takes them. */
  const take = async (): Promise<number | undefined> => {
    while (!enough) {
      if (next <= ((systemClock.monotonic() - startMs) * options.ratePerSecond) / 1000) return next++;
      await delay(systemClock, LOOK_AGAIN_MS / 10);
    }
    return undefined;
  };
  const ended = Promise.all([
    ...Array.from({ length: options.smtp }, () => submitBySmtp(options, take)),
    ...Array.from({ length: options.http }, () => submitByHttp(options, take)),
  ]);
  return {
    async stop() {
      enough = true;
      await ended;
    },
  };
}

type Take = () => Promise<number | undefined>;

async function submitBySmtp(options: ClientsOptions, take: Take): Promise<void> {
  const { ledger, from, to } = options;
  let talk: SmtpTalk | undefined;
  for (let number = await take(); number !== undefined; number = await take()) {
    let answered = false;
    let dotSent = false;
    try {
      talk ??= await connect(options);
      await talk.ok(250, `MAIL FROM:<${from}>`);
      await talk.ok(250, `RCPT TO:<${to(number)}>`);
      await talk.ok(354, 'DATA');
      dotSent = true;
      const { code } = await talk.command(contentOf(from, number));
      answered = true;
      if (code === 250) ledger.accept(number, 'smtp');
      else ledger.refuse(code, 'smtp');
      if (code === 421) throw new Error('the node goes');
    } catch {
      if (!answered) count(ledger, dotSent);
      talk?.destroy();
      talk = undefined;
      await delay(systemClock, LOOK_AGAIN_MS);
    }
  }
  talk?.destroy();
}

async function submitByHttp(options: ClientsOptions, take: Take): Promise<void> {
  const { ledger, from, to, key } = options;
  for (let number = await take(); number !== undefined; number = await take()) {
    const node = pick(options);
    try {
      if (node === undefined) throw new Error('no node listens');
      const response = await fetch(`${node.httpUrl}/v1/send`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ from, to: to(number), subject: String(number), text: `message ${number}` }),
        signal: AbortSignal.timeout(HTTP_MS),
      });
      await response.arrayBuffer();
      if (response.status === 200) ledger.accept(number, 'http');
      else ledger.refuse(response.status, 'http');
    } catch {
      count(ledger, node !== undefined);
      await delay(systemClock, LOOK_AGAIN_MS);
    }
  }
}

async function connect(options: ClientsOptions): Promise<SmtpTalk> {
  const node = pick(options);
  if (node === undefined) throw new Error('no node listens');
  const talk = await SmtpTalk.connect({ port: node.port });
  await talk.ehlo();
  return talk;
}

function pick({ nodes, random }: ClientsOptions): Relay | undefined {
  const there = nodes();
  return there[Math.floor(random.float() * there.length)];
}

function count(ledger: KillsLedger, handedOver: boolean): void {
  if (handedOver) ledger.unanswered++;
  else ledger.notHandedOver++;
}

function contentOf(from: string, number: number): string {
  return `From: <${from}>\r\nSubject: ${number}\r\n\r\n${`line of message ${number}\r\n`.repeat(40)}.`;
}
