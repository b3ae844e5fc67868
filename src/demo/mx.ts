/**
 * The recipients' mail server of the demo: accepts messages on loopback over STARTTLS and keeps them for inspection.
 * Two local parts are special: `nobody@` does not exist, `busy@` gets a 451 at the first attempt. RFC 5321, RFC 3207.
 */
import net from 'node:net';
import tls from 'node:tls';
import { systemClock } from '../platform/clock.ts';
import type { Service } from '../platform/lifecycle.ts';

export interface ReceivedMessage {
  readonly recipients: readonly string[];
  readonly overTls: boolean;
  /** As received, dots unstuffed. */
  readonly content: Buffer;
}

export interface MxCertificate {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

const HOSTNAME = 'mx.customer.example';

export class DemoMx implements Service {
  /** In order of arrival. */
  readonly messages: ReceivedMessage[] = [];
  readonly #turnedAway = new Set<string>();
  #delayMs = 0;
  readonly #connections = new Set<net.Socket>();
  readonly #context: tls.SecureContext;
  readonly #server = net.createServer((socket) => {
    this.#connections.add(socket);
    socket.once('close', () => this.#connections.delete(socket));
    this.#converse(socket);
  });

  private constructor(certificate: MxCertificate) {
    this.#context = tls.createSecureContext({ cert: certificate.cert, key: certificate.key });
  }

  /** Listens on 127.0.0.1 and a port of the system's choice. */
  static async start(certificate: MxCertificate): Promise<DemoMx> {
    const mx = new DemoMx(certificate);
    await new Promise<void>((resolve, reject) => {
      mx.#server.once('error', reject);
      mx.#server.listen(0, '127.0.0.1', resolve);
    });
    return mx;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  /** Takes so long over each message from now on. */
  slow(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  /** Messages for `recipient`, oldest first. */
  messagesTo(recipient: string): readonly ReceivedMessage[] {
    return this.messages.filter((message) => message.recipients.includes(recipient));
  }

  async stop(): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #converse(clear: net.Socket): void {
    let socket: net.Socket = clear;
    let overTls = false;
    let recipients: string[] = [];
    let inData = false;
    let pending = Buffer.alloc(0);
    const say = (...lines: string[]) => socket.write(lines.map((line) => `${line}\r\n`).join(''));

    const read = (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      for (;;) {
        const mark = inData ? '\r\n.\r\n' : '\r\n';
        const end = pending.indexOf(mark);
        if (end === -1) return;
        const part = pending.subarray(0, inData ? end + 2 : end);
        pending = pending.subarray(end + mark.length);
        if (inData) {
          inData = false;
          this.#take({ recipients, overTls, content: unstuff(part) }, say);
        } else command(part.toString('utf8'));
      }
    };
    const watch = () => {
      socket.on('data', read);
      socket.on('error', () => socket.destroy());
    };
    const command = (line: string) => {
      const verb = line.slice(0, 4).toUpperCase();
      switch (verb) {
        case 'EHLO':
          say(
            `250-${HOSTNAME}`,
            ...(overTls ? [] : ['250-STARTTLS']),
            '250-PIPELINING',
            '250-8BITMIME',
            '250-SMTPUTF8',
            '250 ENHANCEDSTATUSCODES',
          );
          return;
        case 'STAR':
          say('220 2.0.0 Go ahead');
          overTls = true;
          clear.removeAllListeners('data');
          socket = new tls.TLSSocket(clear, { isServer: true, secureContext: this.#context });
          watch();
          return;
        case 'MAIL':
          recipients = [];
          say('250 2.1.0 OK');
          return;
        case 'RCPT':
          say(this.#answerRecipient(addressOf(line), recipients));
          return;
        case 'DATA':
          inData = recipients.length > 0;
          say(inData ? '354 Go ahead' : '554 5.5.1 No valid recipients');
          return;
        case 'QUIT':
          say('221 2.0.0 Bye');
          socket.end();
          return;
        default:
          say('250 2.0.0 OK');
      }
    };
    watch();
    say(`220 ${HOSTNAME} ESMTP`);
  }

  /** Answered when it is kept, so that who dies before does not count. */
  #take(message: ReceivedMessage, say: (line: string) => void): void {
    const keep = () => {
      this.messages.push(message);
      say('250 2.0.0 Taken, thank you');
    };
    if (this.#delayMs === 0) keep();
    else systemClock.after(this.#delayMs, keep);
  }

  #answerRecipient(recipient: string, recipients: string[]): string {
    if (recipient.startsWith('nobody@')) return `550 5.1.1 <${recipient}>: no mailbox here by that name`;
    if (recipient.startsWith('busy@') && !this.#turnedAway.has(recipient)) {
      this.#turnedAway.add(recipient);
      return '451 4.7.1 Too many messages for the moment, come back later';
    }
    recipients.push(recipient);
    return '250 2.1.5 OK';
  }
}

function addressOf(line: string): string {
  return /<([^>]*)>/.exec(line)?.[1]?.toLowerCase() ?? '';
}

/** Undoes dot-stuffing, RFC 5321 §4.5.2. */
function unstuff(content: Buffer): Buffer {
  return Buffer.from(content.toString('latin1').replace(/(^|\n)\./g, '$1'), 'latin1');
}
