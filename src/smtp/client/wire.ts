/**
 * The socket of an SMTP client session: commands out, replies in, every wait bounded. It handles lines and octets
 * without their meaning. It never throws and emits nothing once it has ended; waits then see `ended`. A wait covers a
 * whole reply, so a remote that sends single octets gains no time.
 */
import type { Socket } from 'node:net';
import { connect as tlsConnect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { assert } from '../../platform/assert.ts';
import type { Clock } from '../../platform/clock.ts';
import { formatReply, type Reply } from '../reply.ts';
import { BoundedWait } from './bounded-wait.ts';
import { Preface, type AnswerLength } from './preface.ts';
import { ReplyReader, replyOf, type RawReply } from './reply-reader.ts';
import type { RemoteWait } from './session.ts';
import { describeSocketError } from './socket-error.ts';

const nothing = () => undefined;
const A_REPLY = 'a reply';
const FORBIDDEN_IN_COMMAND = /[\x00-\x1f\x7f]/;

export interface WireOptions {
  readonly clock: Clock;
  /** Lower bound of all waits: how often the timer may fire. Milliseconds. */
  readonly shortestWaitMs: number;
}

export class SmtpWire {
  #socket: Socket;
  #detach: () => void;
  readonly #clock: Clock;
  readonly #waiting: BoundedWait;
  readonly #reader = new ReplyReader();
  #ended: string | undefined;
  #endedAtBind = false;
  #preface: Preface | undefined;
  #unasked: Reply | undefined;
  /** Replies due: commands sent minus replies returned. */
  #due = 0;
  /** What they are due for, behind those that have come. */
  #asked: string[] = [];
  #repliesHeard = 0;
  #onEnd: (() => void) | undefined;
  #closed = false;
  readonly #onClosed: (() => void)[] = [];

  /** Takes over `socket`, connected or connecting. */
  constructor(socket: Socket, { clock, shortestWaitMs }: WireOptions) {
    this.#socket = socket;
    this.#clock = clock;
    this.#waiting = new BoundedWait({ clock, shortestWaitMs, onTimeout: (reason) => this.end(reason) });
    this.#detach = this.#listen(socket);
  }

  /** Why it ended; `undefined` while it is open. */
  get ended(): string | undefined {
    return this.#ended;
  }

  /** It ended because the local address could not be used. */
  get endedAtBind(): boolean {
    return this.#endedAtBind;
  }

  /** An unsolicited reply, such as the 421 of a server that is closing. */
  get unasked(): Reply | undefined {
    return this.#unasked;
  }

  /** Total number of replies received. */
  get repliesHeard(): number {
    return this.#repliesHeard;
  }

  /** What it waits for; of a reply the command. */
  get waitsFor(): RemoteWait | undefined {
    const current = this.#waiting.current;
    if (current?.what !== A_REPLY) return current;
    const asked = this.#asked[this.#asked.length - this.#due] ?? '';
    return { ...current, what: /^[A-Z]+ /.exec(asked)?.[0].trim() ?? asked };
  }

  /** True when a reply is available. */
  get hasReply(): boolean {
    return this.#reader.size > 0;
  }

  /** `listener` is called when the wire ends, except by {@link destroy}. */
  set onEnd(listener: (() => void) | undefined) {
    this.#onEnd = listener;
  }

  /** Every text that the remote sends from now on passes through `mask`. */
  mask(mask: (text: string) => string): void {
    this.#reader.mask = mask;
  }

  /** Resolves when the connection is established or the wire has ended. */
  async connected(timeoutMs: number): Promise<void> {
    if (!this.#socket.connecting || this.#ended !== undefined) return;
    const connected = this.#waiting.wait(timeoutMs, 'the connection', nothing);
    this.#socket.once('connect', () => this.#waiting.wake());
    await connected;
  }

  /** Before SMTP begins: writes octets, and resolves with those of the answer; `undefined` when the wire has ended. */
  async exchange(octets: Uint8Array, length: AnswerLength, timeoutMs: number): Promise<Buffer | undefined> {
    if (this.#ended !== undefined) return undefined;
    const preface = new Preface(length);
    this.#preface = preface;
    this.#socket.write(octets);
    return await this.#waiting.wait(timeoutMs, 'its answer', () => preface.answer);
  }

  /**
   * Sends commands in one write. Each is one line without its CRLF and without line ends in it. `shown`: what may be told of one
   * that has a secret in it.
   */
  send(commands: readonly string[], shown?: string): void {
    for (const command of commands)
      assert(!FORBIDDEN_IN_COMMAND.test(command), 'a control character in an SMTP command');
    this.#ask(shown === undefined ? commands : [shown]);
    if (this.#ended === undefined) this.#socket.write(`${commands.join('\r\n')}\r\n`);
  }

  /** One more reply is due, for what has no command. */
  expectReply(what: string): void {
    this.#ask([what]);
  }

  /** Writes raw octets. False: wait for {@link drained} before the next ones. */
  write(octets: Uint8Array): boolean {
    return this.#ended === undefined && this.#socket.write(octets);
  }

  /** Resolves when the octets are in the kernel, a reply arrived, or the wire has ended. */
  async drained(timeoutMs: number): Promise<void> {
    if (this.#ended !== undefined || this.hasReply || !this.#socket.writableNeedDrain) return;
    const socket = this.#socket;
    const drained = this.#waiting.wait(timeoutMs, 'the remote to read', nothing);
    const wake = () => this.#waiting.wake();
    socket.once('drain', wake);
    await drained;
    socket.off('drain', wake);
  }

  /** The next reply, synchronously when it is available; `undefined` when the wire ended before it. */
  reply(timeoutMs: number): RawReply | undefined | Promise<RawReply | undefined> {
    if (this.#reader.size > 0 || this.#ended !== undefined) return this.#take();
    return this.#waiting.wait(timeoutMs, A_REPLY, () => this.#take());
  }

  /**
   * Starts TLS on this connection. Returns the socket, or `undefined` when the wire has ended. Clear text before it that
   * was not asked for, as after the remote's reply to STARTTLS, ends the wire: it may have been injected (CVE-2011-0411).
   */
  async startTls(options: ConnectionOptions, timeoutMs: number): Promise<TLSSocket | undefined> {
    if (!this.#reader.empty) this.end('the remote sent more in clear where TLS has to begin');
    if (this.#ended !== undefined) return undefined;
    const plain = this.#socket;
    this.#detach();
    // The TLS socket reports errors of the socket below too.
    plain.on('error', () => undefined);
    const secured = tlsConnect({ ...options, socket: plain });
    this.#socket = secured;
    this.#detach = this.#listen(secured);
    const handshake = this.#waiting.wait(timeoutMs, 'the TLS handshake', nothing);
    secured.once('secureConnect', () => this.#waiting.wake());
    await handshake;
    return this.ended === undefined ? secured : undefined;
  }

  /** Ends at once, for a reason of ours; waits resolve. Does not call `onEnd`. */
  destroy(reason = 'closed by us'): void {
    this.#onEnd = undefined;
    this.end(reason);
  }

  /** Ends at once because of the remote. */
  end(reason: string): void {
    if (this.#ended !== undefined) return;
    this.#markEnded(reason);
    this.#socket.destroy();
    this.#onEnd?.();
  }

  /** Ends with a QUIT whose reply is not awaited. */
  endWithQuit(reason: string): void {
    if (this.#ended !== undefined) return;
    this.#socket.write('QUIT\r\n');
    this.#markEnded(reason);
    this.#socket.destroySoon();
  }

  /** Sends pending octets, closes, and resolves when the socket is closed: after `timeoutMs` at the latest. */
  async close(timeoutMs: number): Promise<void> {
    if (this.#ended === undefined) {
      this.#onEnd = undefined;
      const timer = this.#clock.after(timeoutMs, () => this.destroy());
      this.#socket.end();
      await this.closed();
      timer.cancel();
      this.destroy();
    }
    await this.closed();
  }

  /** Resolves when the socket is closed. */
  closed(): Promise<void> {
    return this.#closed
      ? Promise.resolve()
      : new Promise((resolve) => {
          this.#onClosed.push(resolve);
        });
  }

  /** Returns a function that removes the listeners. */
  #listen(socket: Socket): () => void {
    const onData = (chunk: Buffer) => this.#receive(chunk);
    const onEnd = () => this.#remoteEnded();
    // Kept for the socket's whole life: a late error must not be unhandled.
    const onError = (error: Error & { code?: string; syscall?: string }) => {
      this.#endedAtBind ||= this.#ended === undefined && error.syscall === 'bind';
      this.end(describeSocketError(error));
    };
    const onClose = () => {
      this.end('the connection closed');
      this.#closed = true;
      for (const resolve of this.#onClosed.splice(0)) resolve();
    };
    socket.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
    return () => socket.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose);
  }

  #receive(chunk: Buffer): void {
    if (this.#ended !== undefined) return;
    const octets = this.#preface === undefined ? chunk : this.#pastPreface(this.#preface, chunk);
    if (octets.length > 0) this.#read(() => this.#reader.push(octets));
  }

  #pastPreface(preface: Preface, chunk: Buffer): Buffer {
    const rest = preface.push(chunk);
    if (preface.answer === undefined) return rest;
    this.#preface = undefined;
    this.#waiting.wake();
    return rest;
  }

  #remoteEnded(): void {
    if (this.#ended === undefined) this.#read(() => this.#reader.end());
    this.end('the remote closed the connection');
  }

  #read(octets: () => void): void {
    const before = this.#reader.size;
    octets();
    this.#repliesHeard += this.#reader.size - before;
    if (this.#reader.problem !== undefined) this.end(this.#reader.problem);
    else if (this.#reader.size > this.#due) this.#endUnasked();
    else if (this.#reader.size > 0) this.#waiting.wake();
  }

  /** Replies that are due can still be taken: the 421 of a closing server may arrive with them. */
  #endUnasked(): void {
    const [first] = this.#reader.takeBeyond(this.#due);
    if (first !== undefined) this.#unasked = replyOf(first);
    this.end(
      first?.code === 421
        ? `the remote closed the session: ${formatReply(replyOf(first))}`
        : 'the remote sent a reply that nobody asked for',
    );
  }

  #markEnded(reason: string): void {
    this.#ended = reason;
    this.#waiting.end();
  }

  #ask(what: readonly string[]): void {
    if (this.#due === 0) this.#asked = [...what];
    else this.#asked.push(...what);
    this.#due += what.length;
  }

  #take(): RawReply | undefined {
    const reply = this.#reader.next();
    if (reply !== undefined) this.#due--;
    return reply;
  }
}
