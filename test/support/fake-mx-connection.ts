/** One connection to the fake MX: the dialogue, in the order of the commands, whatever was pipelined. RFC 5321 §4. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Timer } from '../../src/platform/clock.ts';
import { dotUnstuffed, EndOfData } from './fake-mx-content.ts';
import { directiveOf, type Directive } from './fake-mx-directive.ts';
import {
  DEFAULT_EXTENSIONS,
  type FakeMxAnswer,
  type FakeMxState,
  type ReceivedMessage,
  type ReceivedRecipient,
} from './fake-mx-options.ts';

interface Recipient extends ReceivedRecipient {
  readonly directive: Directive;
}

/** What a command is answered, and what happens then unless the answer turns out negative or is withheld. */
interface Response {
  readonly answer: FakeMxAnswer;
  readonly effect?: () => void;
}

export class FakeMxConnection {
  #socket: Socket;
  readonly #number: number;
  readonly #state: FakeMxState;
  #input: Buffer = Buffer.alloc(0);
  #output = '';
  /** Set while a reply is held back: later commands wait for it. */
  #waiting = false;
  #timer: Timer | undefined;
  #closed = false;
  #helo = '';
  #reversePath: string | undefined;
  #mailParameters: readonly string[] = [];
  #recipients: Recipient[] = [];
  #data: EndOfData | undefined;
  #messages = 0;

  constructor(socket: Socket, number: number, state: FakeMxState) {
    this.#socket = socket;
    this.#number = number;
    this.#state = state;
    this.#listen(socket);
  }

  greet(): void {
    const { code = 220, text = 'ESMTP fake', delayMs = 0 } = this.#state.options.greeting ?? {};
    const reply = `${code} ${this.#hostname} ${text}`;
    this.#answer('GREETING', { answer: { reply, delayMs, thenClose: code >= 400 } });
    this.#flush();
  }

  /** A line that nobody asked for, then the end, as a server does that shuts down. */
  sayAndClose(line: string): void {
    if (this.#closed) return;
    this.#output += `${line}\r\n`;
    this.#close();
  }

  get #hostname(): string {
    return this.#state.options.hostname ?? 'mx.test';
  }

  get #extensions(): readonly string[] {
    return this.#state.options.extensions ?? DEFAULT_EXTENSIONS;
  }

  #listen(socket: Socket): void {
    socket.on('data', (chunk: Buffer) => {
      this.#input = this.#input.length === 0 ? chunk : Buffer.concat([this.#input, chunk]);
      this.#process();
    });
    socket.on('error', () => this.#drop());
    socket.on('close', () => {
      this.#closed = true;
      this.#timer?.cancel();
    });
  }

  #process(): void {
    while (!this.#waiting && !this.#closed && this.#input.length > 0) {
      if (this.#data !== undefined) {
        if (!this.#takeContent(this.#data)) break;
        continue;
      }
      const end = this.#input.indexOf(10);
      if (end === -1) break;
      const line = this.#input.toString('utf8', 0, end).replace(/\r$/, '');
      this.#input = this.#input.subarray(end + 1);
      this.#state.command(line);
      this.#answer(line, this.#respond(line));
    }
    this.#flush();
  }

  #flush(): void {
    if (this.#output === '' || this.#closed) return;
    this.#socket.write(this.#output);
    this.#output = '';
  }

  #answer(command: string, { answer: usual, effect }: Response): void {
    const asked = this.#state.options.respond?.(command, {
      connection: this.#number,
      messages: this.#messages,
      tls: this.#socket instanceof TLSSocket,
    });
    const answer = asked ?? usual;
    if (typeof answer === 'string') {
      this.#reply(answer, false, effect);
    } else if ('fault' in answer) {
      if (answer.fault === 'silent') this.#waiting = true;
      else this.#drop(answer.fault === 'reset');
    } else if ('raw' in answer) {
      this.#flush();
      this.#socket.write(answer.raw);
      if (answer.thenClose === true) this.#close();
    } else if (answer.delayMs === undefined || answer.delayMs === 0) {
      this.#reply(answer.reply, answer.thenClose === true, effect);
    } else {
      this.#waiting = true;
      this.#timer = this.#state.clock.after(answer.delayMs, () => {
        this.#waiting = false;
        this.#reply(answer.reply, answer.thenClose === true, effect);
        this.#process();
      });
    }
  }

  #reply(reply: string, thenClose: boolean, effect: (() => void) | undefined): void {
    const bare = !this.#extensions.includes('ENHANCEDSTATUSCODES');
    this.#output += `${bare ? reply.replace(/^(\d{3}[ -])\d\.\d+\.\d+ /, '$1') : reply}\r\n`;
    if (!/^[45]/.test(reply)) effect?.();
    if (thenClose || reply.startsWith('421')) this.#close();
  }

  #close(): void {
    this.#flush();
    this.#closed = true;
    this.#socket.end();
  }

  #drop(reset = false): void {
    this.#flush();
    this.#closed = true;
    if (reset && !(this.#socket instanceof TLSSocket)) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  #respond(line: string): Response {
    const verb = /^[a-z0-9]*/i.exec(line)?.[0].toUpperCase();
    switch (verb) {
      case 'EHLO':
      case 'HELO':
        return this.#hello(verb, line);
      case 'STARTTLS':
        return this.#startTls();
      case 'MAIL':
        return this.#mail(line);
      case 'RCPT':
        return this.#rcpt(line);
      case 'DATA':
        return this.#startData();
      case 'RSET':
        return { answer: '250 2.0.0 reset', effect: () => this.#reset() };
      case 'NOOP':
        return { answer: '250 2.0.0 yes' };
      case 'QUIT':
        return { answer: { reply: '221 2.0.0 bye', thenClose: true } };
      default:
        return { answer: '500 5.5.1 what?' };
    }
  }

  #hello(verb: 'EHLO' | 'HELO', line: string): Response {
    const effect = () => {
      this.#helo = line.slice(5).trim();
      this.#reset();
    };
    if (verb === 'HELO') return { answer: `250 ${this.#hostname}`, effect };
    if (this.#state.options.ehlo === 'refuse') return { answer: '502 5.5.1 no EHLO here' };
    const inTls = this.#socket instanceof TLSSocket;
    const lines = [this.#hostname, ...this.#extensions.filter((word) => word !== 'STARTTLS' || !inTls)];
    const last = lines.length - 1;
    return { answer: lines.map((text, at) => `250${at === last ? ' ' : '-'}${text}`).join('\r\n'), effect };
  }

  #startTls(): Response {
    const { starttls = 'works' } = this.#state.options;
    if (starttls === 'refuse' || !this.#extensions.includes('STARTTLS'))
      return { answer: '454 4.7.0 no TLS today' };
    return {
      answer: '220 2.0.0 go ahead',
      effect: () => {
        this.#flush();
        this.#input = Buffer.alloc(0);
        if (starttls === 'close') this.#close();
        else this.#upgrade(starttls);
      },
    };
  }

  #upgrade(starttls: 'works' | 'garbage' | 'hang'): void {
    const plain = this.#socket;
    plain.removeAllListeners('data');
    if (starttls === 'garbage') plain.on('data', () => plain.end('this is no TLS record\r\n'));
    if (starttls === 'hang') plain.resume();
    if (starttls !== 'works') return;
    this.#socket = new TLSSocket(plain, { isServer: true, secureContext: this.#state.secureContext });
    this.#helo = '';
    this.#reset();
    this.#listen(this.#socket);
  }

  #mail(line: string): Response {
    const path = pathOf(line);
    const { maxTransactions = Infinity } = this.#state.options;
    if (this.#messages >= maxTransactions) return { answer: '421 4.7.0 enough messages on this connection' };
    if (this.#helo === '') return { answer: '503 5.5.1 say EHLO first' };
    if (this.#reversePath !== undefined) return { answer: '503 5.5.1 MAIL was given' };
    if (path === undefined) return { answer: '501 5.1.7 no reverse-path' };
    const effect = () => {
      this.#reversePath = path.address;
      this.#mailParameters = path.parameters;
    };
    return { answer: '250 2.1.0 ok', effect };
  }

  #rcpt(line: string): Response {
    const path = pathOf(line);
    if (this.#reversePath === undefined) return { answer: '503 5.5.1 MAIL first' };
    if (path === undefined || path.address === '') return { answer: '501 5.1.3 no forward-path' };
    const directive = directiveOf(path.address);
    return {
      answer: this.#rcptAnswer(path.address, directive),
      effect: () => this.#recipients.push({ ...path, directive }),
    };
  }

  #rcptAnswer(address: string, { rcpt }: Directive): FakeMxAnswer {
    if (rcpt === 'drop' || rcpt === 'silent') return { fault: rcpt };
    if (typeof rcpt === 'object') return rcpt.reply;
    if (rcpt === 'defer-once' && !this.#state.deferredOnce.has(address)) {
      this.#state.deferredOnce.add(address);
      return '451 4.7.1 once, as the address asked';
    }
    return '250 2.1.5 ok';
  }

  #startData(): Response {
    const { dataWithoutRecipients = '503' } = this.#state.options;
    if (this.#recipients.length === 0 && (dataWithoutRecipients === '503' || this.#reversePath === undefined))
      return { answer: '503 5.5.1 no recipients' };
    return { answer: '354 go ahead', effect: () => (this.#data = new EndOfData()) };
  }

  /** False when all input is used up. */
  #takeContent(data: EndOfData): boolean {
    if (this.#recipients.some(({ directive }) => directive.final === 'drop-in-data')) {
      this.#drop();
      return false;
    }
    const used = data.push(this.#input);
    if (used === undefined) {
      this.#input = Buffer.alloc(0);
      return false;
    }
    this.#input = this.#input.subarray(used);
    this.#data = undefined;
    this.#state.command('.');
    this.#answer('.', this.#finish(data));
    return true;
  }

  #finish(data: EndOfData): Response {
    const special = this.#recipients.find(({ directive }) => directive.final !== 'accept')?.directive.final;
    const delayMs = Math.max(0, ...this.#recipients.map(({ directive }) => directive.delayMs));
    const { keepContent = true } = this.#state.options;
    const message: Omit<ReceivedMessage, 'acknowledged'> = {
      reversePath: this.#reversePath ?? '',
      parameters: this.#mailParameters,
      recipients: this.#recipients.map(({ address, parameters }) => ({ address, parameters })),
      content: keepContent ? dotUnstuffed(data.content()) : Buffer.alloc(0),
      sizeBytes: data.sizeBytes,
      tls: this.#socket instanceof TLSSocket ? (this.#socket.getProtocol() ?? 'TLS') : undefined,
      helo: this.#helo,
      connection: this.#number,
    };
    this.#reset();
    if (message.recipients.length === 0) return { answer: '554 5.5.1 no recipients' };
    this.#messages++;
    if (special === 'drop' || special === 'silent') {
      this.#state.took({ ...message, acknowledged: false });
      return { answer: { fault: special } };
    }
    const reply = typeof special === 'object' ? special.reply : `250 2.0.0 taken as ${this.#messages}`;
    return { answer: { reply, delayMs }, effect: () => this.#state.took({ ...message, acknowledged: true }) };
  }

  #reset(): void {
    this.#reversePath = undefined;
    this.#mailParameters = [];
    this.#recipients = [];
  }
}

/** The path and the parameters of a MAIL or RCPT line. */
function pathOf(line: string): { address: string; parameters: readonly string[] } | undefined {
  const match = /^(?:MAIL FROM|RCPT TO):\s*<((?:"(?:[^"\\]|\\.)*"|[^"<>])*)>(.*)$/i.exec(line);
  if (match === null) return undefined;
  return { address: match[1] ?? '', parameters: (match[2] ?? '').split(' ').filter((part) => part !== '') };
}
