/**
 * smtp-server's connection (3.21.6) with the changes this relay needs, except replies (reply-channel.ts) and verbs
 * (smtp-connection.ts): immediate greeting, a limit of unproductive commands, graceful shutdown. It subclasses where
 * the library's options do not suffice; test/protocol/smtp-server-contract.test.ts fails when a release changes what
 * it relies on:
 *
 * - `init()`: the library waits 100 ms before each greeting for early talkers. We wait one turn of the event loop for
 * octets that have arrived, then greet: software that opens a connection for each message does not pay 100 ms a
 * message.
 * - `_createParser()`: see dialogue-parser.ts, and fair-turns.ts for scheduling. The library's DATA and its streams
 * are unused.
 * - `_onCommand()`: the common verbs go straight to their handlers, which make the same checks.
 */
import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection';
import type { SMTPServer } from 'smtp-server';
import type { Reply } from '../reply.ts';
import { clientHost } from '../../platform/network/client-network.ts';
import { DialogueParser } from './dialogue-parser.ts';
import type { FairTurns } from './fair-turns.ts';
import { needsHello, quickVerb, type QuickVerb } from './quick-verb.ts';
import * as replies from './replies.ts';
import { ReplyChannel } from './reply-channel.ts';
import { ChannelPeer } from './smtp-peer.ts';
import type { SmtpPeer, ServerSession } from './server-session.ts';

/** The listener of a connection. */
export interface ChannelOwner {
  /** Shown as SIZE. */
  readonly maxMessageBytes: number;
  /** AUTH is offered, under TLS; otherwise it is answered 502. */
  readonly offersAuth: boolean;
  /** Clients are asked for a certificate in the handshake, and may log in by it: AUTH EXTERNAL. */
  readonly asksCertificate: boolean;
  readonly draining: boolean;
  readonly turns: FairTurns;
  openSession(peer: SmtpPeer): ServerSession;
  /** An internal error. The client gets 451. */
  onBug(error: unknown): void;
  /** The socket is gone. Called once. */
  forget(channel: SmtpChannel): void;
}

/** Commands except RCPT since the last message or login, before the client is disconnected. */
const MAX_IDLE_COMMANDS = 100;
/**
 * For authenticated clients: programs keep a session open with NOOP, or try a list of recipients one by one (RFC 5321
 * §4.1.1.9).
 */
const MAX_IDLE_COMMANDS_OF_ACCOUNT = 10_000;

const HANDLER_OF = {
  EHLO: 'handler_EHLO',
  MAIL: 'handler_MAIL',
  RCPT: 'handler_RCPT',
  DATA: 'handler_DATA',
  QUIT: 'handler_QUIT',
} as const satisfies Record<QuickVerb, string>;

export class SmtpChannel extends ReplyChannel {
  protected readonly owner: ChannelOwner;
  /** Decides the replies; `session` is the library's own. */
  protected readonly dialogue: ServerSession;
  /** A complete message waits for its reply; shutdown waits for it. */
  protected replyDue = false;
  /** Sent after that reply. */
  protected lastWord: Reply | undefined;
  #idleCommands = 0;

  constructor(
    server: SMTPServer,
    owner: ChannelOwner,
    socket: Socket | TLSSocket,
    options?: SMTPConnectionOptions | null,
  ) {
    super(server, socket, options);
    this.owner = owner;
    this.dialogue = owner.openSession(new ChannelPeer(this));
  }

  override init(): void {
    this._setListeners(() => {
      const refusal = this.owner.draining ? replies.SHUTTING_DOWN : this.dialogue.admit();
      if (refusal === undefined) setImmediate(() => this.#greet());
      else this.endWith(refusal);
    });
  }

  /** Called before `owner` is set. */
  override _createParser(): DialogueParser {
    const parser = new DialogueParser((serve) =>
      // An IPv6 client controls its whole /64.
      this.owner.turns.open(clientHost(this.remoteAddress), () => this.dialogue.account, serve),
    );
    parser.oncommand = (command, callback) => this._onCommand(command, callback);
    parser.onanswered = () => this.close();
    parser.on('error', (error) => this.send(421, `Error: ${error.message}`));
    return parser;
  }

  override _onCommand(command: Buffer, callback?: () => void): void {
    if (!this._ready || this._upgrading) {
      super._onCommand(command, callback);
      return;
    }
    const verb = quickVerb(command);
    if (this.owner.draining && !this.dialogue.inTransaction) {
      this.say(replies.SHUTTING_DOWN);
      return;
    }
    if (verb !== 'RCPT' && ++this.#idleCommands > this.#mostIdleCommands) {
      this.say(replies.TOO_MANY_COMMANDS);
      return;
    }
    const quick =
      verb !== undefined &&
      this._nextHandler === false &&
      (this.hostNameAppearsAs !== false || !needsHello(verb));
    if (quick && callback !== undefined) this.#handle(verb, command, callback);
    else super._onCommand(command, callback);
  }

  /** A client that waits for a reply or for its turn is not idle. */
  override _onTimeout(): void {
    const waitsForUs = this.replyDue || this.parser?.waitsForTurn === true;
    if (waitsForUs && !this._closing) this._armTimeout();
    else super._onTimeout();
  }

  override _resetSession(): void {
    super._resetSession();
    this.dialogue.reset();
  }

  override _onClose(): void {
    const first = !this._closed;
    this.parser?.retire();
    super._onClose();
    if (!first) return;
    this.owner.forget(this);
    this.dialogue.closed();
  }

  endIfIdle(): void {
    if (!this.dialogue.inTransaction) this.endWith(replies.SHUTTING_DOWN);
  }

  endForShutdown(): void {
    if (!this.replyDue) this.endWith(replies.SHUTTING_DOWN);
  }

  /** With `answer`; a complete message gets its reply first. */
  endWhenAnswered(answer: Reply): void {
    if (this.replyDue) this.lastWord = answer;
    else this.endWith(answer);
  }

  destroySocket(): void {
    if (!this.replyDue) this._socket.destroy();
  }

  /** Of the handshake, or of the one that this session goes on from (RFC 8446 §4.6.1); `undefined`: none, or nobody asked. */
  get shownCertificate(): X509Certificate | undefined {
    const { _socket: socket } = this;
    if (!this.owner.asksCertificate || !(socket instanceof TLSSocket)) return undefined;
    return socket.getPeerX509Certificate();
  }

  get #mostIdleCommands(): number {
    return this.dialogue.account === undefined ? MAX_IDLE_COMMANDS : MAX_IDLE_COMMANDS_OF_ACCOUNT;
  }

  /** A message or login was accepted: resets the command limit. */
  protected madeProgress(): void {
    this.#idleCommands = 0;
  }

  /** Runs `ask`, synchronously if possible; an exception is an internal error, answered 451. */
  protected answer(ask: () => Reply | Promise<Reply>, then: (answer: Reply) => void): void {
    const failed = (error: unknown) => {
      this.owner.onBug(error);
      return replies.INTERNAL_ERROR;
    };
    let answer: Reply | Promise<Reply>;
    try {
      answer = ask();
    } catch (error) {
      answer = failed(error);
    }
    if (answer instanceof Promise) {
      answer
        .then(then, (error: unknown) => then(failed(error)))
        .catch((error: unknown) => this.owner.onBug(error));
    } else then(answer);
  }

  #handle(verb: QuickVerb, command: Buffer, callback: () => void): void {
    this._handlerPending = true;
    let pending = true;
    const answered = () => {
      pending = false;
      this._handlerPending = false;
      this._whenWritable(callback);
    };
    try {
      if (verb === 'EHLO') this.openingCommand = verb;
      this[HANDLER_OF[verb]](command, answered);
    } catch (error) {
      this.owner.onBug(error);
      this.say(replies.INTERNAL_ERROR);
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- set by answered()
      if (pending) answered();
    }
  }

  #greet(): void {
    if (this._closing || this._closed || this.parser === undefined) return;
    // _onCommand refused whole command lines and closes.
    if (this.parser.hasInput) {
      this.endWith(replies.TALKED_TOO_SOON);
      return;
    }
    this.connectionReady();
  }
}
