/** One connection to the fake MX: the dialogue, in the order of the commands, whatever was pipelined. RFC 5321 §4. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Timer } from '../../src/platform/clock.ts';
import { EndOfData } from './fake-mx-content.ts';
import { FakeMxEnvelope, type Response } from './fake-mx-envelope.ts';
import { FakeMxAuth } from './fake-mx-login.ts';
import { DEFAULT_EXTENSIONS, type FakeMxState } from './fake-mx-options.ts';
import type { CountedConnection } from './provider-limits.ts';

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
  readonly #envelope: FakeMxEnvelope;
  #data: EndOfData | undefined;
  /** While the login goes on. */
  #auth: FakeMxAuth | undefined;
  #user: string | undefined;
  readonly #clientAddress: string;
  readonly #counted: CountedConnection | undefined;

  constructor(socket: Socket, number: number, state: FakeMxState) {
    this.#socket = socket;
    this.#number = number;
    this.#state = state;
    this.#envelope = new FakeMxEnvelope(state);
    this.#clientAddress = socket.remoteAddress ?? '';
    this.#counted = state.options.limits?.opened(this.#clientAddress);
    socket.on('close', () => this.#counted?.closed());
    if (state.options.implicitTls === true) this.#secure(socket);
    else this.#listen(socket);
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
      messages: this.#envelope.messages,
      tls: this.#socket instanceof TLSSocket,
      clientAddress: this.#clientAddress,
    });
    const answer = asked ?? this.#counted?.answer(command) ?? usual;
    if (typeof answer === 'string') {
      this.#reply(answer, false, effect);
    } else if ('after' in answer) {
      // Before the effect, which may be the TLS handshake.
      const reply = typeof usual === 'string' ? usual : 'reply' in usual ? usual.reply : '';
      this.#reply(reply, false, effect, answer.after);
      if (answer.thenClose === true) this.#close();
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

  #reply(reply: string, thenClose: boolean, effect: (() => void) | undefined, after = ''): void {
    const bare = !this.#extensions.includes('ENHANCEDSTATUSCODES');
    this.#output += `${bare ? reply.replace(/^(\d{3}[ -])\d\.\d+\.\d+ /, '$1') : reply}\r\n${after}`;
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
    const auth = this.#auth;
    this.#auth = undefined;
    if (auth !== undefined) return this.#goOn(auth, line);
    const verb = /^[a-z0-9]*/i.exec(line)?.[0].toUpperCase();
    switch (verb) {
      case 'EHLO':
      case 'HELO':
        return this.#hello(verb, line);
      case 'STARTTLS':
        return this.#startTls();
      case 'MAIL':
        if (this.#helo === '') return { answer: '503 5.5.1 say EHLO first' };
        if (this.#state.options.login !== undefined && this.#user === undefined)
          return { answer: '530 5.7.0 Authentication required' };
        return this.#envelope.mail(line);
      case 'AUTH':
        return this.#authenticate(line);
      case 'RCPT':
        return this.#envelope.rcpt(line);
      case 'DATA':
        return this.#envelope.data(() => (this.#data = new EndOfData()));
      case 'RSET':
        return { answer: '250 2.0.0 reset', effect: () => this.#envelope.reset() };
      case 'NOOP':
        return { answer: '250 2.0.0 yes' };
      case 'QUIT':
        return { answer: { reply: '221 2.0.0 bye', thenClose: true } };
      default:
        return { answer: '500 5.5.1 what?' };
    }
  }

  #authenticate(line: string): Response {
    const [, mechanism = '', initial] = line.split(' ');
    const { login } = this.#state.options;
    if (login === undefined) return { answer: '502 5.5.1 no AUTH here' };
    const auth = new FakeMxAuth(mechanism.toUpperCase(), login);
    return auth.known ? this.#goOn(auth, initial) : { answer: '504 5.5.4 unknown mechanism' };
  }

  #goOn(auth: FakeMxAuth, response: string | undefined): Response {
    const answer = auth.take(response);
    const effect = () => {
      if (answer.startsWith('334')) this.#auth = auth;
      this.#user = auth.user;
    };
    return { answer, effect };
  }

  #hello(verb: 'EHLO' | 'HELO', line: string): Response {
    const effect = () => {
      this.#helo = line.slice(5).trim();
      this.#envelope.reset();
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
    this.#helo = '';
    this.#envelope.reset();
    this.#secure(plain);
  }

  #secure(plain: Socket): void {
    this.#socket = new TLSSocket(plain, {
      isServer: true,
      secureContext: this.#state.secureContext,
      requestCert: this.#state.options.asksForCertificate === true,
      rejectUnauthorized: false,
    });
    this.#listen(this.#socket);
  }

  /** False when all input is used up. */
  #takeContent(data: EndOfData): boolean {
    if (this.#envelope.dropsInData) {
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
    this.#answer('.', this.#envelope.finish(data, this.#session));
    return true;
  }

  get #session() {
    const secured = this.#socket instanceof TLSSocket ? this.#socket : undefined;
    return {
      tls: secured && (secured.getProtocol() ?? 'TLS'),
      clientCertificate: this.#state.options.asksForCertificate === true ? commonNameOf(secured) : undefined,
      clientAddress: this.#clientAddress,
      user: this.#user,
      helo: this.#helo,
      connection: this.#number,
    };
  }
}

function commonNameOf(secured: TLSSocket | undefined): string | undefined {
  const subject = secured?.getPeerCertificate().subject as { readonly CN?: string } | undefined;
  return subject?.CN;
}
