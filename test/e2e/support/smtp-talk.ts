/**
 * A submission client for tests that hides nothing: sends the octets it is given and returns each reply as it came.
 * RFC 5321, RFC 3207, RFC 4954.
 */
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';

export interface TalkReply {
  readonly code: number;
  /** The lines without code and separator. */
  readonly lines: readonly string[];
  /** `250 2.0.0 …`, all lines, joined by a line feed. */
  readonly text: string;
}

export interface Login {
  readonly username: string;
  readonly password: string;
}

export interface Submission {
  readonly from: string;
  readonly to: string | readonly string[];
  /** What follows 354, CRLF line ends or not; it is dot-stuffed and ended here. */
  readonly content: string | Uint8Array;
  /** Behind `MAIL FROM:<…>`, such as `BODY=8BITMIME`. */
  readonly mailParameters?: string;
  /** Behind every `RCPT TO:<…>`. */
  readonly rcptParameters?: string;
}

const TIMEOUT_MS = 30_000;

/** A reply that was not what the caller wanted. */
export class UnexpectedReply extends Error {
  readonly reply: TalkReply;
  constructor(command: string, reply: TalkReply) {
    super(`${command} was answered: ${reply.text}`);
    this.reply = reply;
  }
}

export class SmtpTalk implements Disposable {
  #socket: net.Socket;
  #input = '';
  #ended = false;
  #wake: (() => void) | undefined;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    this.#watch();
  }

  /** Connects and reads the greeting. */
  static async connect(options: { port: number; implicitTls?: boolean }): Promise<SmtpTalk> {
    const talk = await SmtpTalk.connectSilently(options);
    await talk.expect(220, 'greeting');
    return talk;
  }

  /** Connects; the greeting is left to be read. */
  static async connectSilently(options: { port: number; implicitTls?: boolean }): Promise<SmtpTalk> {
    const address = { host: '127.0.0.1', port: options.port };
    if (options.implicitTls === true) {
      const socket = tls.connect({ ...address, rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      return new SmtpTalk(socket);
    }
    const socket = net.connect({ ...address, noDelay: true });
    await once(socket, 'connect');
    return new SmtpTalk(socket);
  }

  /** Connected, EHLO said, under TLS and logged in. */
  static async session(options: { port: number; login: Login; implicitTls?: boolean }): Promise<SmtpTalk> {
    const talk = await SmtpTalk.connect(options);
    await talk.ehlo();
    if (options.implicitTls !== true) await talk.startTls();
    await talk.authPlain(options.login);
    return talk;
  }

  /** Sends a line and returns the reply. */
  async command(line: string): Promise<TalkReply> {
    this.write(`${line}\r\n`);
    return await this.read();
  }

  /** The same; {@link UnexpectedReply} unless the reply has `code`. */
  async ok(code: number, line: string): Promise<TalkReply> {
    this.write(`${line}\r\n`);
    return await this.expect(code, line);
  }

  write(octets: string | Uint8Array): void {
    this.#socket.write(octets);
  }

  /** Writes, and resolves when the kernel has taken it: as fast as the server reads. */
  async drain(octets: Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.write(octets, () => resolve()));
  }

  async ehlo(): Promise<TalkReply> {
    return await this.ok(250, 'EHLO client.test');
  }

  /** STARTTLS, handshake, EHLO. */
  async startTls(): Promise<void> {
    await this.ok(220, 'STARTTLS');
    const clear = this.#socket;
    clear.removeAllListeners();
    const secure = tls.connect({ socket: clear, rejectUnauthorized: false });
    await once(secure, 'secureConnect');
    this.#socket = secure;
    this.#watch();
    await this.ehlo();
  }

  async authPlain(login: Login): Promise<TalkReply> {
    return await this.ok(235, `AUTH PLAIN ${base64(`\0${login.username}\0${login.password}`)}`);
  }

  async authLogin(login: Login): Promise<TalkReply> {
    await this.ok(334, 'AUTH LOGIN');
    await this.ok(334, base64(login.username));
    return await this.ok(235, base64(login.password));
  }

  /** One transaction; returns the reply to the final dot, whatever it is. */
  async submit(message: Submission): Promise<TalkReply> {
    const parameters = (text: string | undefined) => (text === undefined ? '' : ` ${text}`);
    await this.ok(250, `MAIL FROM:<${message.from}>${parameters(message.mailParameters)}`);
    for (const recipient of [message.to].flat()) {
      await this.ok(250, `RCPT TO:<${recipient}>${parameters(message.rcptParameters)}`);
    }
    await this.ok(354, 'DATA');
    this.write(dotStuffed(Buffer.from(message.content)));
    return await this.read();
  }

  /** {@link submit}, and the id in the reply: `msg_…`. */
  async submitForId(message: Submission): Promise<string> {
    const reply = await this.submit(message);
    const id = messageIdOf(reply);
    if (reply.code !== 250 || id === undefined) throw new UnexpectedReply('the final dot', reply);
    return id;
  }

  async expect(code: number, what: string): Promise<TalkReply> {
    const reply = await this.read();
    if (reply.code !== code) throw new UnexpectedReply(what, reply);
    return reply;
  }

  /** The next reply. Rejects when the connection ends or nothing comes for half a minute. */
  async read(): Promise<TalkReply> {
    const lines: string[] = [];
    const raw: string[] = [];
    for (;;) {
      const line = await this.#readLine();
      raw.push(line);
      lines.push(line.slice(4));
      if (line[3] !== '-') return { code: Number(line.slice(0, 3)), lines, text: raw.join('\n') };
    }
  }

  /** Resolves when the server has closed the connection. */
  async closed(): Promise<void> {
    while (!this.#ended) await this.#more('the end of the connection');
  }

  async quit(): Promise<void> {
    await this.ok(221, 'QUIT');
    this[Symbol.dispose]();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  async #readLine(): Promise<string> {
    for (;;) {
      const end = this.#input.indexOf('\r\n');
      if (end !== -1) {
        const line = this.#input.slice(0, end);
        this.#input = this.#input.slice(end + 2);
        return line;
      }
      if (this.#ended) throw new Error('the connection ended before a reply');
      await this.#more('a reply');
    }
  }

  async #more(what: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${what} did not come within ${TIMEOUT_MS} ms`)),
        TIMEOUT_MS,
      );
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #watch(): void {
    this.#socket.on('data', (bytes: Buffer) => {
      this.#input += bytes.toString('utf8');
      this.#wake?.();
    });
    const end = () => {
      this.#ended = true;
      this.#wake?.();
    };
    this.#socket.on('error', end);
    this.#socket.on('close', end);
  }
}

/** The message id in a reply to the final dot. */
export function messageIdOf(reply: TalkReply): string | undefined {
  return /msg_[0-9a-z]+/.exec(reply.text)?.[0];
}

/** Doubles dots at line starts and adds the end of data. RFC 5321 §4.5.2. */
function dotStuffed(content: Buffer): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  for (let at = content[0] === 0x2e ? 0 : nextDotLine(content, 0); at !== -1; at = nextDotLine(content, at)) {
    parts.push(content.subarray(from, at), Buffer.from('.'));
    from = at;
  }
  parts.push(content.subarray(from));
  const complete = content.length === 0 || content.subarray(-2).toString('latin1') === '\r\n';
  parts.push(Buffer.from(complete ? '.\r\n' : '\r\n.\r\n'));
  return Buffer.concat(parts);
}

function nextDotLine(content: Buffer, after: number): number {
  const at = content.indexOf('\n.', after);
  return at === -1 ? -1 : at + 1;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
