/**
 * One SMTP submission connection of the load generator: greeting to QUIT over clear text, STARTTLS or implicit TLS,
 * with AUTH PLAIN or none, MAIL, RCPT and DATA in one write where the server offers PIPELINING. As little work a
 * message as the protocol allows, because what it costs is taken from what it measures. RFC 5321, RFC 2920, RFC 3207,
 * RFC 4954.
 */
import net from 'node:net';
import tls from 'node:tls';

export interface LoadTarget {
  readonly host: string;
  readonly port: number;
  readonly tls: 'none' | 'starttls' | 'implicit';
  /** AUTH PLAIN with these, before the first message of a connection. */
  readonly auth: { readonly username: string; readonly password: string } | undefined;
  /** Resume TLS sessions, as a client that keeps its context does. Most applications do not. */
  readonly resumeSessions: boolean;
  /** False: wait for each reply as smtp-source does. */
  readonly pipelining: boolean;
  readonly from: string;
  readonly to: string;
}

export interface LoadHandlers {
  /** Ready for a message: answer with {@link LoadConnection.send} or {@link LoadConnection.quit}, now or later. */
  onReady(): void;
  /** 250 to the end of data of the message given last. */
  onAccepted(): void;
  /** The connection is gone. `problem` is what went wrong, `undefined` after an orderly QUIT. Called once. */
  onClosed(problem: string | undefined): void;
}

type Step = 'greeting' | 'ehlo' | 'starttls' | 'auth' | 'ready' | 'mail' | 'rcpt' | 'data' | 'final' | 'quit';

const EXPECTED: Readonly<Record<Step, number>> = {
  greeting: 220,
  ehlo: 250,
  starttls: 220,
  auth: 235,
  ready: 0,
  mail: 250,
  rcpt: 250,
  data: 354,
  final: 250,
  quit: 221,
};

const LF = 0x0a;
const DASH = 0x2d;
/** One context for all connections: making one loads the certificate store. The bench's certificates are self-signed. */
const clientContext = tls.createSecureContext({ ecdhCurve: 'X25519:P-256' });
let resumable: Buffer | undefined;

export class LoadConnection {
  readonly #target: LoadTarget;
  readonly #handlers: LoadHandlers;
  readonly #envelope: Buffer;
  #socket: net.Socket;
  #step: Step = 'greeting';
  #secure = false;
  #pipelining = false;
  #partial: Buffer | undefined;
  #content: readonly [Buffer, Buffer] | undefined;
  #closed = false;

  constructor(target: LoadTarget, handlers: LoadHandlers) {
    this.#target = target;
    this.#handlers = handlers;
    this.#envelope = Buffer.from(`MAIL FROM:<${target.from}>\r\nRCPT TO:<${target.to}>\r\nDATA\r\n`);
    const address = { host: target.host, port: target.port, noDelay: true };
    this.#secure = target.tls === 'implicit';
    this.#socket = this.#secure ? tls.connect({ ...address, ...this.#tlsOptions() }) : net.connect(address);
    this.#watch(this.#socket);
  }

  /** Sends one message; the envelope first, so `content` must stay as it is until the message is settled. */
  send(content: readonly [Buffer, Buffer]): void {
    this.#content = content;
    this.#step = 'mail';
    this.#socket.write(this.#pipelining ? this.#envelope : `MAIL FROM:<${this.#target.from}>\r\n`);
  }

  quit(): void {
    this.#step = 'quit';
    this.#socket.write('QUIT\r\n');
  }

  destroy(problem: string | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.destroy();
    this.#handlers.onClosed(problem);
  }

  #tlsOptions(): tls.ConnectionOptions {
    return {
      secureContext: clientContext,
      rejectUnauthorized: false,
      ...(this.#target.resumeSessions && resumable !== undefined ? { session: resumable } : {}),
    };
  }

  #watch(socket: net.Socket): void {
    socket.on('data', (bytes) => this.#read(bytes));
    socket.on('error', (error) => this.destroy(`${this.#step}: ${error.message}`));
    socket.on('close', () =>
      this.destroy(this.#step === 'quit' ? undefined : `${this.#step}: connection closed`),
    );
    if (this.#target.resumeSessions && socket instanceof tls.TLSSocket) {
      socket.on('session', (session) => (resumable = session));
    }
  }

  #read(chunk: Buffer): void {
    const bytes = this.#partial === undefined ? chunk : Buffer.concat([this.#partial, chunk]);
    this.#partial = undefined;
    let from = 0;
    while (!this.#closed) {
      const end = bytes.indexOf(LF, from);
      if (end === -1) break;
      if (this.#step === 'ehlo' && bytes.includes('PIPELINING', from))
        this.#pipelining = this.#target.pipelining;
      const last = bytes[from + 3] !== DASH;
      if (last) this.#reply(Number(bytes.toString('latin1', from, from + 3)), bytes, from, end);
      from = end + 1;
    }
    if (from < bytes.length && !this.#closed) this.#partial = bytes.subarray(from);
  }

  #reply(code: number, bytes: Buffer, from: number, end: number): void {
    if (code !== EXPECTED[this.#step]) {
      this.destroy(`${this.#step}: ${bytes.toString('latin1', from, end).trim()}`);
      return;
    }
    switch (this.#step) {
      case 'greeting':
        this.#ehlo();
        return;
      case 'ehlo':
        if (this.#target.tls === 'starttls' && !this.#secure) this.#command('starttls', 'STARTTLS\r\n');
        else if (this.#target.auth !== undefined) this.#authenticate(this.#target.auth);
        else this.#ready();
        return;
      case 'starttls':
        this.#upgrade();
        return;
      case 'auth':
        this.#ready();
        return;
      case 'mail':
        this.#step = 'rcpt';
        if (!this.#pipelining) this.#socket.write(`RCPT TO:<${this.#target.to}>\r\n`);
        return;
      case 'rcpt':
        this.#step = 'data';
        if (!this.#pipelining) this.#socket.write('DATA\r\n');
        return;
      case 'data':
        this.#sendContent();
        return;
      case 'final':
        this.#handlers.onAccepted();
        this.#ready();
        return;
      case 'quit':
        this.destroy(undefined);
        return;
      case 'ready':
        return;
    }
  }

  #ready(): void {
    this.#step = 'ready';
    this.#handlers.onReady();
  }

  #command(step: Step, line: string): void {
    this.#step = step;
    this.#socket.write(line);
  }

  #ehlo(): void {
    this.#command('ehlo', 'EHLO load-generator.example\r\n');
  }

  #authenticate(auth: { readonly username: string; readonly password: string }): void {
    const response = Buffer.from(`\0${auth.username}\0${auth.password}`).toString('base64');
    this.#command('auth', `AUTH PLAIN ${response}\r\n`);
  }

  #upgrade(): void {
    const clear = this.#socket;
    clear.removeAllListeners();
    this.#secure = true;
    this.#socket = tls.connect({ socket: clear, ...this.#tlsOptions() });
    this.#watch(this.#socket);
    this.#ehlo();
  }

  #sendContent(): void {
    const content = this.#content;
    if (content === undefined) return;
    this.#step = 'final';
    this.#socket.cork();
    this.#socket.write(content[0]);
    this.#socket.write(content[1]);
    this.#socket.uncork();
  }
}
