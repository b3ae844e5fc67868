/**
 * One SMTP connection: smtp-server's (3.21.6), bent by subclassing where its options do not reach. The library brings
 * socket, TLS, command parser, SASL's dialogue and the end of DATA; what a client is told comes from an
 * {@link SmtpSession}. test/protocol/smtp-server-contract.test.ts fails when a new release moves what we lean on:
 *
 * - `init()`: it waits 100 ms before each greeting for early talkers. We give what already arrived one turn of the
 *   event loop, then greet: software that opens a connection a message does not pay 100 ms a message.
 * - `send()`: its enhanced status codes come from a table. A text that begins with one keeps it, once; all replies
 *   of a session are sent in that form. Replies of one turn leave together; it writes each by itself.
 * - `_onCommand()`: shutting down, and a limit on commands that lead nowhere.
 * - Handlers of EHLO, HELO, AUTH, MAIL, RCPT, DATA, VRFY, HELP: its own advertise AUTH in clear, echo the client, read
 *   no quoted local parts, turn A-labels into Unicode and take unknown parameters.
 * - `session.envelope` is kept only as far as the library looks at it: is there a MAIL, is there a RCPT.
 */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection';
import type { SMTPServer, SMTPServerAddress, SMTPServerDataStream } from 'smtp-server';
import { assert } from '../platform/assert.ts';
import type { Reply } from '../smtp/reply.ts';
import * as replies from './replies.ts';
import type { DataSink, SmtpPeer, SmtpSession } from './smtp-session.ts';

/** The listener a connection belongs to. */
export interface ConnectionOwner {
  /** Shown as SIZE. */
  readonly maxMessageBytes: number;
  readonly draining: boolean;
  openSession(peer: SmtpPeer): SmtpSession;
  /** A bug: something of ours threw. The client was told 451. */
  onBug(error: unknown): void;
  /** The socket is gone. Called once. */
  forget(connection: Connection): void;
}

export type AuthCallback = (error: Error | null, response?: { user: string }) => void;
export type DataCallback = (error: Error | null, text?: string) => void;

const STATUS = /^[245]\.\d{1,3}\.\d{1,3} /;
/** Commands but RCPT since the last message or login: a client that gets nowhere is sent away. */
const MAX_IDLE_COMMANDS = 100;
const RECIPIENT = /^RCPT /i;
/** EHLO's argument ends up in Received and the log; the library takes as much. */
const MAX_HELO_LENGTH = 300;
/** All that the library looks at in its own envelope is whether there is one. */
const ACCEPTED_PATH: SMTPServerAddress = { address: 'accepted', args: false };
// What the library says when the idle timeout is over; its code table can't tell it from other 421s.
const LIBRARY_IDLE_TEXT = 'Timeout - closing connection';

export class Connection extends SMTPConnection {
  readonly #owner: ConnectionOwner;
  readonly #session: SmtpSession;
  #sink: DataSink | undefined;
  #stream: SMTPServerDataStream | undefined;
  // The message is complete and the session works on its reply: shutting down waits for that.
  #replyDue = false;
  #idleCommands = 0;
  // Holds back what is written in this turn.
  #gathering: Socket | undefined;

  constructor(
    server: SMTPServer,
    owner: ConnectionOwner,
    socket: Socket | TLSSocket,
    options?: SMTPConnectionOptions | null,
  ) {
    super(server, socket, options);
    this.#owner = owner;
    this.#session = owner.openSession(peerOf(this));
  }

  override init(): void {
    this._setListeners(() => {
      const refusal = this.#owner.draining ? replies.SHUTTING_DOWN : this.#session.admit();
      if (refusal === undefined) setImmediate(() => this.#greet());
      else this.#refuseConnection(refusal);
    });
  }

  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    this.#gather();
    if (code === 421) {
      super.send(code, this.#closingText(data), false);
      return;
    }
    const hasStatus = typeof data === 'string' && STATUS.test(data);
    // For an unknown command the library looks its name up among the contexts of its table.
    super.send(code, data, hasStatus ? false : code === 500 ? undefined : context);
  }

  override _onCommand(command: Buffer, callback?: () => void): void {
    if (this._ready && !this._upgrading) {
      if (this.#owner.draining && !this.#session.inTransaction) {
        this.#say(replies.SHUTTING_DOWN);
        return;
      }
      if (!RECIPIENT.test(command.toString('latin1', 0, 5)) && ++this.#idleCommands > MAX_IDLE_COMMANDS) {
        this.#say(replies.TOO_MANY_COMMANDS);
        return;
      }
    }
    super._onCommand(command, callback);
  }

  override _resetSession(): void {
    super._resetSession();
    this.#session.reset();
  }

  override _onClose(): void {
    const first = !this._closed;
    super._onClose();
    if (!first) return;
    this.#owner.forget(this);
    this.#session.closed();
  }

  secured(): void {
    this.#session.secured();
  }

  authenticate(username: string, password: string, callback: AuthCallback): void {
    this.#answer(
      () => this.#session.authenticate(username, password),
      (answer) => {
        if (answer.code !== 235) {
          callback(asError(answer));
          return;
        }
        this.#idleCommands = 0;
        callback(null, { user: username });
      },
    );
  }

  /** The octets of one message, from 354 to the end of data. */
  receive(stream: SMTPServerDataStream, callback: DataCallback): void {
    const sink = this.#sink;
    assert(sink !== undefined, 'DATA was answered by the session');
    this.#stream = stream;
    let open = true;
    const stop = () => {
      open = false;
      sink.abort();
    };
    stream.on('data', (chunk: Buffer) => {
      if (!open) return;
      try {
        const broken = sink.push(chunk);
        if (broken === undefined) return;
        stop();
        this.#say(broken);
      } catch (error) {
        stop();
        this.#owner.onBug(error);
      }
    });
    stream.on('end', () => {
      // The rest of a message that broke off inside was drained; it is refused as our own failure.
      if (!open) {
        callback(asError(replies.INTERNAL_ERROR));
        return;
      }
      open = false;
      this.#replyDue = true;
      this.#answer(
        () => sink.end(),
        (answer) => this.#endOfData(answer, callback),
      );
    });
    stream.on('error', () => undefined);
    stream.on('close', () => {
      if (open) stop();
    });
  }

  endIfIdle(): void {
    if (!this.#session.inTransaction) this.#refuseConnection(replies.SHUTTING_DOWN);
  }

  endForShutdown(): void {
    if (!this.#replyDue) this.#refuseConnection(replies.SHUTTING_DOWN);
  }

  destroySocket(): void {
    if (!this.#replyDue) this._socket.destroy();
  }

  override handler_EHLO(command: Buffer, callback: () => void): void {
    if (!this.#readHelo(command, 'EHLO')) {
      callback();
      return;
    }
    const features = ['PIPELINING', `SIZE ${this.#owner.maxMessageBytes}`];
    features.push('8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES', 'DSN');
    if (!this.secure) features.push('STARTTLS');
    else if (!this.#session.authenticated) features.push('AUTH PLAIN LOGIN');
    this._resetSession();
    this.send(250, [this.name, ...features], false);
    callback();
  }

  override handler_HELO(command: Buffer, callback: () => void): void {
    if (!this.#readHelo(command, 'HELO')) {
      callback();
      return;
    }
    this._resetSession();
    this.send(250, this.name, false);
    callback();
  }

  override handler_AUTH(command: Buffer, callback: () => void): void {
    if (!this.secure) this.#say(replies.AUTH_NEEDS_TLS);
    else if (this.#session.authenticated) this.#say(replies.ALREADY_AUTHENTICATED);
    else if (this.#session.inTransaction) this.#say(replies.AUTH_IN_TRANSACTION);
    else {
      super.handler_AUTH(command, callback);
      return;
    }
    callback();
  }

  override handler_MAIL(command: Buffer, callback: () => void): void {
    this.#answer(
      () => this.#session.mail(command),
      (answer) => {
        if (answer.code === 250) this.session.envelope.mailFrom = ACCEPTED_PATH;
        this.#say(answer);
        callback();
      },
    );
  }

  override handler_RCPT(command: Buffer, callback: () => void): void {
    this.#answer(
      () => this.#session.rcpt(command),
      (answer) => {
        if (answer.code === 250) this.session.envelope.rcptTo = [ACCEPTED_PATH];
        this.#say(answer);
        callback();
      },
    );
  }

  override handler_DATA(command: Buffer, callback: () => void): void {
    const outcome = this.#session.data({
      pause: () => this.#stream?.pause(),
      resume: () => this.#stream?.resume(),
    });
    if ('code' in outcome) {
      this.#say(outcome);
      callback();
      return;
    }
    this.#sink = outcome;
    super.handler_DATA(command, callback);
  }

  override handler_VRFY(_command: Buffer, callback: () => void): void {
    this.send(252, '2.0.0 Cannot VRFY; send the message and see');
    callback();
  }

  override handler_HELP(_command: Buffer, callback: () => void): void {
    this.send(
      214,
      '2.0.0 EHLO HELO STARTTLS AUTH MAIL RCPT DATA RSET NOOP VRFY QUIT, see RFC 5321 and RFC 6409',
    );
    callback();
  }

  /** Found by the library by its name, as every handler. */
  handler_EXPN(_command: Buffer, callback: () => void): void {
    this.send(502, '5.5.1 EXPN is not implemented');
    callback();
  }

  override upgrade(callback: () => void, secureCallback?: () => void): void {
    // The reply to STARTTLS has to leave before the TLS socket takes the handle over.
    this.#flush();
    // To wrap a destroyed socket crashes Node.js 24.
    if (!this._socket.destroyed) super.upgrade(callback, secureCallback);
  }

  /** Replies to pipelined commands leave in one segment (RFC 2920 §3.2), which is half the cost of a message. */
  #gather(): void {
    if (this.#gathering !== undefined) return;
    this.#gathering = this._socket;
    this.#gathering.cork();
    process.nextTick(() => this.#flush());
  }

  #flush(): void {
    this.#gathering?.uncork();
    this.#gathering = undefined;
  }

  #greet(): void {
    if (this._closing || this._closed || this._parser === false) return;
    // Whole command lines were refused by _onCommand, which closes.
    if (this._parser._remainder !== '') {
      this.#refuseConnection(replies.TALKED_TOO_SOON);
      return;
    }
    this.connectionReady();
  }

  #endOfData(answer: Reply, callback: DataCallback): void {
    this.#replyDue = false;
    this.#stream = undefined;
    this.#sink = undefined;
    if (answer.code === 250) {
      this.#idleCommands = 0;
      callback(null, `${answer.status ?? '2.0.0'} ${answer.text}`);
    } else {
      callback(asError(answer));
    }
    if (this.#owner.draining) this.#refuseConnection(replies.SHUTTING_DOWN);
  }

  /** Runs `ask`, at once when it answers at once; whatever it throws is our bug and answered 451. */
  #answer(ask: () => Reply | Promise<Reply>, then: (answer: Reply) => void): void {
    const failed = (error: unknown) => {
      this.#owner.onBug(error);
      return replies.INTERNAL_ERROR;
    };
    let answer: Reply | Promise<Reply>;
    try {
      answer = ask();
    } catch (error) {
      answer = failed(error);
    }
    if (answer instanceof Promise) void answer.catch(failed).then(then);
    else then(answer);
  }

  #readHelo(command: Buffer, verb: string): boolean {
    const words = command.toString().trim().split(/\s+/);
    const name = words[1] ?? '';

    if (words.length !== 2 || name.length > MAX_HELO_LENGTH || /[\x00-\x1f\x7f-\x9f]/.test(name)) {
      this.send(501, `5.5.4 Syntax: ${verb} hostname`);
      return false;
    }
    this.hostNameAppearsAs = name;
    return true;
  }

  #say(answer: Reply): void {
    this.send(answer.code, `${answer.status ?? ''} ${answer.text}`);
  }

  /** The connection ends with this reply, also where none can be written (in a TLS handshake). */
  #refuseConnection(answer: Reply): void {
    if (this._closing || this._closed) return;
    this.#say(answer);
    this.close();
  }

  /** RFC 5321 §4.2.2: a 421 names the host that closes. */
  #closingText(data: string | string[] | null | undefined): string {
    const text = typeof data === 'string' ? data : '';
    if (text === LIBRARY_IDLE_TEXT)
      return `${replies.IDLE_FOR_TOO_LONG.status ?? ''} ${this.name} ${replies.IDLE_FOR_TOO_LONG.text}`;
    const status = STATUS.exec(text)?.[0] ?? '4.7.0 ';
    return `${status}${this.name} ${text.replace(STATUS, '').replace(`${this.name} `, '')}`;
  }
}

/** Reads what is known when it is asked. */
function peerOf(connection: SMTPConnection): SmtpPeer {
  return {
    id: connection.id,
    address: connection.remoteAddress,
    port: connection.remotePort,
    get tls() {
      const cipher = connection.tlsOptions;
      return cipher === false ? undefined : { version: cipher.version, cipher: cipher.standardName };
    },
    get helo() {
      return connection.hostNameAppearsAs === false ? '' : connection.hostNameAppearsAs;
    },
    get extended() {
      return connection.openingCommand === 'EHLO';
    },
  };
}

function asError(answer: Reply): Error {
  return Object.assign(new Error(`${answer.status ?? ''} ${answer.text}`), { responseCode: answer.code });
}
