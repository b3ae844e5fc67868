/**
 * SMTP dialogues as data, the way RFCs print them:
 *
 *     'C: MAIL FROM:<a@example.org>'   a line we send; lines in a row go out in one segment (pipelining)
 *     'S: 250 2.1.0'                   the next reply: its last line starts so (after the code, `-` counts as space)
 *     '> starttls'                     STARTTLS and the handshake
 *     '> login'                        EHLO and AUTH PLAIN with the fixture's credential
 *     '> closed'                       the server closes, without another reply
 *
 * A Buffer or a list of Buffers is sent as it is, a list with a turn of the event loop between its parts.
 */
import net from 'node:net';
import tls from 'node:tls';

export type Step = string | Buffer | readonly Buffer[];

export interface Login {
  readonly username: string;
  readonly password: string;
}

export const TEST_LOGIN: Login = { username: 'app', password: 'secret-of-app' };

export interface WireOptions {
  readonly implicitTls?: boolean;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** The client's own address, such as 127.0.0.2. */
  readonly localAddress?: string;
  /** Of the client's side of TLS, such as a certificate. */
  readonly tls?: Omit<tls.ConnectionOptions, 'socket'>;
  /** Sent with the handshake of TCP: there before the server can greet. */
  readonly sendAtOnce?: string;
}

const REPLY_TIMEOUT_MS = 10_000;

/** One client connection, read reply by reply. */
export class Wire {
  #socket: net.Socket;
  readonly #tls: WireOptions['tls'];
  #text = '';
  #ended = false;
  #wake: (() => void) | undefined;
  /** The last TLS session ticket. */
  session: Buffer | undefined;

  private constructor(socket: net.Socket, options: WireOptions) {
    this.#socket = socket;
    this.#tls = options.tls;
    this.#listen(socket);
  }

  static async open(port: number, options: WireOptions = {}): Promise<Wire> {
    const raw = net.connect({ port, host: options.host ?? '127.0.0.1', localAddress: options.localAddress });
    raw.setNoDelay(true);
    if (options.sendAtOnce !== undefined) raw.write(options.sendAtOnce);
    await new Promise((resolve, reject) => {
      raw.once('connect', resolve);
      raw.once('error', reject);
    });
    const wire = new Wire(raw, options);
    if (options.implicitTls === true) await wire.secure();
    return wire;
  }

  get socket(): net.Socket {
    return this.#socket;
  }

  /** The TLS session was resumed. */
  get resumed(): boolean {
    return this.#socket instanceof tls.TLSSocket && this.#socket.isSessionReused();
  }

  /** The common name in the server's certificate. */
  get certificateName(): string | undefined {
    if (!(this.#socket instanceof tls.TLSSocket)) return undefined;
    const name = this.#socket.getPeerCertificate().subject.CN;
    return typeof name === 'string' ? name : undefined;
  }

  /** The TLS handshake, after STARTTLS or at once. */
  async secure(session?: Buffer): Promise<void> {
    const raw = this.#socket;
    raw.removeAllListeners('data');
    const secured = tls.connect({
      ...{ rejectUnauthorized: false, ...this.#tls, socket: raw },
      ...(session && { session }),
    });
    secured.on('session', (ticket: Buffer) => (this.session = ticket));
    this.#socket = secured;
    this.#listen(secured);
    await new Promise((resolve, reject) => {
      secured.once('secureConnect', resolve);
      secured.once('error', reject);
      secured.once('close', () => reject(new Error('closed in the TLS handshake')));
    });
  }

  /** Asks for another handshake in the same connection (TLS 1.2); the error that comes of it. */
  renegotiated(): Promise<Error | null> {
    const socket = this.#socket;
    return new Promise((resolve) => {
      if (!(socket instanceof tls.TLSSocket)) {
        resolve(new Error('in clear'));
        return;
      }
      socket.once('error', resolve);
      socket.renegotiate({ rejectUnauthorized: false }, resolve);
    });
  }

  send(bytes: string | Buffer): void {
    this.#socket.write(bytes);
  }

  /** One reply, lines joined by LF, each with its code; rejects when the server closes or says nothing. */
  async reply(): Promise<string> {
    const deadline = performance.now() + REPLY_TIMEOUT_MS;
    for (;;) {
      const match = /^(?:\d{3}-[^\r\n]*\r\n)*\d{3}(?: [^\r\n]*)?\r\n/.exec(this.#text);
      if (match !== null) {
        this.#text = this.#text.slice(match[0].length);
        return match[0].slice(0, -2).replaceAll('\r\n', '\n');
      }
      if (this.#ended) throw new Error(`the server closed; unread: ${JSON.stringify(this.#text)}`);
      await this.#change(deadline, `no reply; unread: ${JSON.stringify(this.#text)}`);
    }
  }

  /** Resolves when the server has closed; what it said before is in `unread`. */
  async closed(): Promise<void> {
    const deadline = performance.now() + REPLY_TIMEOUT_MS;
    while (!this.#ended) await this.#change(deadline, 'the server did not close');
  }

  get unread(): string {
    return this.#text;
  }

  /** Sends a line and reads its reply. */
  async command(line: string): Promise<string> {
    this.send(`${line}\r\n`);
    return this.reply();
  }

  async login({ username, password }: Login = TEST_LOGIN): Promise<string> {
    await this.command('EHLO client.test');
    return this.command(`AUTH PLAIN ${Buffer.from(`\0${username}\0${password}`).toString('base64')}`);
  }

  /** Envelope and content of one message; the reply to the end of data. `content` is dot-stuffed here. */
  async message(from: string, to: readonly string[], content: string | Buffer): Promise<string> {
    await this.command(`MAIL FROM:<${from}>`);
    for (const address of to) await this.command(`RCPT TO:<${address}>`);
    const go = await this.command('DATA');
    if (!go.startsWith('354')) return go;
    const text = Buffer.from(content)
      .toString('latin1')
      .replace(/(^|\n)\./g, '$1..');
    this.send(Buffer.from(`${text}${text.endsWith('\r\n') ? '' : '\r\n'}.\r\n`, 'latin1'));
    return this.reply();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #listen(socket: net.Socket): void {
    const changed = () => this.#wake?.();
    socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1');
      changed();
    });
    socket.on('error', () => undefined);
    const ended = () => {
      if (socket !== this.#socket) return;
      this.#ended = true;
      changed();
    };
    socket.on('end', ended);
    socket.on('close', ended);
  }

  #change(deadline: number, problem: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(problem)), deadline - performance.now());
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
    });
  }
}

/** Plays the steps on one connection, from the greeting on; throws where the server says something else. */
export async function play(port: number, steps: readonly Step[], options: WireOptions = {}): Promise<void> {
  const wire = await Wire.open(port, options);
  try {
    let pending = '';
    for (const [index, step] of steps.entries()) {
      if (typeof step === 'string' && step.startsWith('C: ')) {
        pending += `${step.slice(3)}\r\n`;
        if (steps[index + 1]?.toString().startsWith('C: ') === true) continue;
        wire.send(pending);
        pending = '';
      } else {
        await perform(wire, step);
      }
    }
  } finally {
    wire.destroy();
  }
}

async function perform(wire: Wire, step: Step): Promise<void> {
  if (Buffer.isBuffer(step)) {
    wire.send(step);
    return;
  }
  if (typeof step !== 'string') {
    for (const part of step) {
      wire.send(part);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return;
  }
  if (step.startsWith('S: ')) {
    expectReply(step.slice(3), await wire.reply());
    return;
  }
  if (step === '> starttls') {
    expectReply('220 2.0.0', await wire.command('STARTTLS'));
    return wire.secure();
  }
  if (step === '> login') {
    expectReply('235 2.7.0', await wire.login());
    return;
  }
  if (step === '> closed') {
    await wire.closed();
    if (wire.unread !== '') throw new Error(`unexpected before the close: ${JSON.stringify(wire.unread)}`);
    return;
  }
  throw new Error(`not a step: ${step}`);
}

function expectReply(expected: string, reply: string): void {
  const last = reply.split('\n').at(-1) ?? '';
  if (!last.startsWith(expected)) throw new Error(`expected "${expected}", the server said "${reply}"`);
}
