/**
 * smtp-server's connection (3.21.6) as we need it, verbs left out (smtp-connection.ts): it greets at once, says exact
 * replies, gathers them, counts commands that lead nowhere, and shuts down in steps. Bent by subclassing, where the
 * library's options do not reach; test/protocol/smtp-server-contract.test.ts fails when a new release moves what this
 * leans on:
 *
 * - `init()`: the library waits 100 ms before each greeting for early talkers. We give what already arrived one turn
 *   of the event loop, then greet: software that opens a connection a message does not pay 100 ms a message.
 * - `send()`: its enhanced status codes come from a table. A text that begins with one keeps it, once; all replies
 *   of a session are sent in that form. Replies of one turn leave together, in one write; it writes each by itself.
 * - `_createParser()`: see dialogue-parser.ts, and fair-turns.ts for who is read when. Its own DATA, with the streams that go with it, is not used.
 * - `_onCommand()`: the verbs of every message go straight to their handlers, where its checks are done.
 * - `upgrade()`: it wraps a socket in TLS without looking whether it is still there, which crashes Node.js 24.
 */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection';
import type { SMTPServer } from 'smtp-server';
import { visibleAscii } from '../../platform/visible-text.ts';
import type { Reply } from '../reply.ts';
import { clientHost } from '../../platform/network/client-network.ts';
import { DialogueParser } from './dialogue-parser.ts';
import type { FairTurns } from './fair-turns.ts';
import { replyLines } from './reply-lines.ts';
import * as replies from './replies.ts';
import { ChannelPeer } from './smtp-peer.ts';
import type { SmtpPeer, ServerSession } from './server-session.ts';

/** The listener a connection belongs to. */
export interface ChannelOwner {
  /** Shown as SIZE. */
  readonly maxMessageBytes: number;
  /** AUTH is offered, under TLS; else it is answered 502. */
  readonly offersAuth: boolean;
  readonly draining: boolean;
  readonly turns: FairTurns;
  openSession(peer: SmtpPeer): ServerSession;
  /** A bug: something of ours threw. The client was told 451. */
  onBug(error: unknown): void;
  /** The socket is gone. Called once. */
  forget(channel: SmtpChannel): void;
}

const STATUS = /^[245]\.\d{1,3}\.\d{1,3} /;
/** Commands but RCPT since the last message or login: a client that gets nowhere is sent away. */
const MAX_IDLE_COMMANDS = 100;
/** Of a client that is somebody's: programs keep a session open with NOOP, or try a list of recipients one by one (RFC 5321 §4.1.1.9). */
const MAX_IDLE_COMMANDS_OF_ACCOUNT = 10_000;
/** Verbs of a transaction that are written as everybody writes them; others take the library's way. */
const QUICK_VERBS = ['MAIL', 'RCPT', 'DATA'] as const;
type QuickVerb = (typeof QUICK_VERBS)[number];
// What the library says when the idle timeout is over; its code table can't tell it from other 421s.
const LIBRARY_IDLE_TEXT = 'Timeout - closing connection';

export class SmtpChannel extends SMTPConnection {
  protected readonly owner: ChannelOwner;
  /** Decides what is said; `session` is the library's own. */
  protected readonly dialogue: ServerSession;
  /** A message is complete and its reply being worked on: shutting down waits for that. */
  protected replyDue = false;
  /** Said after that reply. */
  protected lastWord: Reply | undefined;
  #idleCommands = 0;
  // Replies of this turn, on their way to one socket.
  #gathered = '';
  #gatheredFor: Socket | undefined;

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

  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    const hasStatus = typeof data === 'string' && STATUS.test(data);
    if (code !== 421 && (hasStatus || context === false)) {
      this.#gather(replyLines(code, data ?? ''));
      return;
    }
    // What it writes comes after what was said before.
    this.#flush();
    // For an unknown command the library looks its name up among the contexts of its table.
    const about = code === 500 ? undefined : context;
    if (code === 421) super.send(code, this.#closingText(data), false);
    else if (this._socket.readyState === 'open') super.send(code, data, about);
    else this.#gather(replyLines(code, this.#withStatus(code, data, about)));
  }

  override close(): void {
    this.#flush();
    super.close();
    this.parser?.retire();
  }

  /** Called before there is an owner. */
  override _createParser(): DialogueParser {
    const parser = new DialogueParser((serve) =>
      // An IPv6 client has all of its /64.
      this.owner.turns.open(clientHost(this.remoteAddress), () => this.dialogue.account, serve),
    );
    parser.oncommand = (command, callback) => this._onCommand(command, callback);
    parser.onanswered = () => this.close();
    parser.on('error', (error) => this.send(421, `Error: ${error.message}`));
    return parser;
  }

  /** `undefined`: the connection is gone. */
  protected get parser(): DialogueParser | undefined {
    return this._parser instanceof DialogueParser ? this._parser : undefined;
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
    const quick = verb !== undefined && this._nextHandler === false && this.hostNameAppearsAs !== false;
    if (quick && callback !== undefined) this.#handle(verb, command, callback);
    else super._onCommand(command, callback);
  }

  /** While a message waits for its reply, or what it sent for its turn, the client waits for us and is not idle. */
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

  /** With `answer`; a complete message hears what became of it first. */
  endWhenAnswered(answer: Reply): void {
    if (this.replyDue) this.lastWord = answer;
    else this.endWith(answer);
  }

  destroySocket(): void {
    if (!this.replyDue) this._socket.destroy();
  }

  get #mostIdleCommands(): number {
    return this.dialogue.account === undefined ? MAX_IDLE_COMMANDS : MAX_IDLE_COMMANDS_OF_ACCOUNT;
  }

  /** A message was accepted, or a login: the client gets somewhere. */
  protected madeProgress(): void {
    this.#idleCommands = 0;
  }

  /** Runs `ask`, at once when it answers at once; whatever it throws is our bug and answered 451. */
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
        .catch(failed)
        .then(then)
        .catch((error: unknown) => this.owner.onBug(error));
    } else then(answer);
  }

  override upgrade(callback: () => void, secureCallback?: () => void): void {
    // The reply to STARTTLS has to leave before the TLS socket takes the handle over.
    this.#flush();
    // To wrap a destroyed socket crashes Node.js 24.
    if (this._socket.destroyed) return;
    const inClear = this.parser;
    // Who goes away in the middle of a handshake is gone.
    this._socket.allowHalfOpen = false;
    super.upgrade(callback, secureCallback);
    inClear?.retire();
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
      if (verb === 'MAIL') this.handler_MAIL(command, answered);
      else if (verb === 'RCPT') this.handler_RCPT(command, answered);
      else this.handler_DATA(command, answered);
    } catch (error) {
      this.owner.onBug(error);
      this.say(replies.INTERNAL_ERROR);
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- set by answered()
      if (pending) answered();
    }
  }

  /** Replies to pipelined commands leave in one segment (RFC 2920 §3.2), which is half the cost of a message. */
  #gather(lines: string): void {
    const socket = this._socket;
    // In a TLS handshake whatever is written would go in the midst of it.
    if (this._upgrading || socket.destroyed || !socket.writable) return;
    if (this.#gatheredFor === undefined) {
      this.#gatheredFor = socket;
      process.nextTick(() => this.#flush());
    }
    this.#gathered += lines;
  }

  #flush(): void {
    const socket = this.#gatheredFor;
    if (socket === undefined) return;
    this.#gatheredFor = undefined;
    const lines = this.#gathered;
    this.#gathered = '';
    if (!socket.destroyed) socket.write(lines);
  }

  #greet(): void {
    if (this._closing || this._closed || this.parser === undefined) return;
    // Whole command lines were refused by _onCommand, which closes.
    if (this.parser.hasInput) {
      this.endWith(replies.TALKED_TOO_SOON);
      return;
    }
    this.connectionReady();
  }

  protected say(answer: Reply): void {
    this.send(answer.code, `${answer.status ?? ''} ${answer.text}`);
  }

  /** The connection ends with this reply, also where none can be written (in a TLS handshake). */
  protected endWith(answer: Reply): void {
    if (this._closing || this._closed) return;
    this.say(answer);
    this.close();
  }

  /** To a client that has closed its side the library says nothing more. */
  #withStatus(code: number, data: string | string[] | null | undefined, context: string | false | undefined) {
    const status = this._getEnhancedStatusCode(code, context);
    return typeof data === 'string' && status !== '' ? `${status} ${data}` : (data ?? '');
  }

  /** RFC 5321 §4.2.2: a 421 names the host that closes. */
  #closingText(data: string | string[] | null | undefined): string {
    const text = typeof data === 'string' ? visibleAscii(data) : '';
    if (text === LIBRARY_IDLE_TEXT)
      return `${replies.IDLE_FOR_TOO_LONG.status ?? ''} ${this.name} ${replies.IDLE_FOR_TOO_LONG.text}`;
    const status = STATUS.exec(text)?.[0] ?? '4.7.0 ';
    return `${status}${this.name} ${text.replace(STATUS, '').replace(`${this.name} `, '')}`;
  }
}

function quickVerb(command: Buffer): QuickVerb | undefined {
  const word = command.toString('latin1', 0, 5).toUpperCase();
  return QUICK_VERBS.find((verb) => word === verb || (word.startsWith(verb) && word[4] === ' '));
}
