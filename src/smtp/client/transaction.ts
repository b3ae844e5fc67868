/**
 * One mail transaction: MAIL, RCPT, DATA, content, and the reply that settled each forward-path. With PIPELINING all
 * commands go in one write and their replies are read in order; without, one by one. RFC 5321 §3.3, RFC 2920 §3.1.
 */
import type { TransactionCommands } from './commands.ts';
import { sendContent } from './content.ts';
import { replyOf, type RawReply } from './reply-reader.ts';
import type { OutboundTransaction, RecipientReply, TransactionResult } from './session.ts';
import type { SmtpTimeouts } from './timeouts.ts';
import type { SmtpWire } from './wire.ts';

export interface TransactionContext {
  readonly wire: SmtpWire;
  readonly timeouts: SmtpTimeouts;
  readonly pipelining: boolean;
  /** True when the previous transaction was left open: RSET comes first. */
  readonly resetFirst: boolean;
}

export type TransactionOutcome =
  | {
      readonly kind: 'replied';
      readonly replies: readonly RecipientReply[];
      /** The remote still has a transaction open, which RSET would end. */
      readonly leftOpen: boolean;
    }
  /** The session decides `stale`; `outOfStep`: the remote gave a reply that no server gives to this command. */
  | (Omit<Extract<TransactionResult, { kind: 'lost' }>, 'stale'> & { readonly outOfStep: boolean });

type Stage = 'mail' | 'rcpt' | 'data' | 'final';

/** Rejects only when the content does. The wire has ended when the outcome is `lost`. */
export function runTransaction(
  context: TransactionContext,
  commands: TransactionCommands,
  transaction: OutboundTransaction,
): Promise<TransactionOutcome> {
  return new Dialogue(context, commands, transaction).run();
}

class Dialogue {
  readonly #wire: SmtpWire;
  readonly #timeouts: SmtpTimeouts;
  readonly #pipelining: boolean;
  readonly #resetFirst: boolean;
  readonly #commands: TransactionCommands;
  readonly #transaction: OutboundTransaction;
  readonly #replies: (RecipientReply | undefined)[];

  constructor(context: TransactionContext, commands: TransactionCommands, transaction: OutboundTransaction) {
    this.#wire = context.wire;
    this.#timeouts = context.timeouts;
    this.#pipelining = context.pipelining;
    this.#resetFirst = context.resetFirst;
    this.#commands = commands;
    this.#transaction = transaction;
    this.#replies = commands.rcpts.map(() => undefined);
  }

  async run(): Promise<TransactionOutcome> {
    const { mail, rcpts } = this.#commands;
    const { mailMs, rcptMs, dataMs } = this.#timeouts;
    if (this.#pipelining)
      this.#wire.send(this.#resetFirst ? ['RSET', mail, ...rcpts, 'DATA'] : [mail, ...rcpts, 'DATA']);

    if (this.#resetFirst) {
      const reset = await this.#ask('RSET', mailMs);
      if (reset === undefined || reset.code === 421) return this.#lost('mail', reset);
      // MAIL would be refused as out of order, which is not about the message.
      if (reset.code >= 300) return this.#outOfStep('mail', 'RSET', reset);
    }
    const mailReply = await this.#ask(mail, mailMs);
    if (mailReply === undefined || mailReply.code === 421) return this.#lost('mail', mailReply);
    if (mailReply.code >= 300) {
      if (mailReply.code < 400) return this.#outOfStep('mail', 'MAIL', mailReply);
      this.#settle({ reply: replyOf(mailReply), stage: 'mail', sharedBy: rcpts.length });
      return this.#pipelining ? this.#leaveRefused(rcpts.length) : this.#replied(false);
    }

    for (const [position, rcpt] of rcpts.entries()) {
      const reply = await this.#ask(rcpt, rcptMs);
      if (reply === undefined || reply.code === 421) return this.#lost('rcpt', reply);
      if (reply.code >= 300 && reply.code < 400) return this.#outOfStep('rcpt', 'RCPT', reply);
      if (reply.code >= 400) this.#replies[position] = { reply: replyOf(reply), stage: 'rcpt', sharedBy: 1 };
    }
    if (this.#accepted === 0) return this.#pipelining ? this.#leaveRefused(0) : this.#replied(true);

    const dataReply = await this.#ask('DATA', dataMs);
    if (dataReply === undefined || dataReply.code === 421) return this.#lost('data', dataReply);
    if (dataReply.code < 300) return this.#outOfStep('data', 'DATA', dataReply);
    if (dataReply.code >= 400) {
      this.#settle({ reply: replyOf(dataReply), stage: 'data', sharedBy: this.#accepted });
      return this.#replied(true);
    }
    return this.#content();
  }

  /** Forward-paths without a negative reply so far. */
  get #accepted(): number {
    let accepted = 0;
    for (const reply of this.#replies) if (reply === undefined) accepted++;
    return accepted;
  }

  #ask(command: string, timeoutMs: number): ReturnType<SmtpWire['reply']> {
    if (!this.#pipelining) this.#wire.send([command]);
    return this.#wire.reply(timeoutMs);
  }

  /**
   * All recipients are settled, but DATA is in transit, perhaps RCPTs too, and a server may answer DATA with 354 and
   * wait for content. If it accepted no RCPT, a lone dot ends that, RFC 2920 §3.1. If it did although it refused
   * MAIL, the dot would deliver an empty message: only closing the connection prevents that. Failures here end the
   * session only.
   */
  async #leaveRefused(rcptsDue: number): Promise<TransactionOutcome> {
    const { rcptMs, dataMs } = this.#timeouts;
    let reply: RawReply | undefined;
    let taken = false;
    for (let due = rcptsDue; due >= 0; due--) {
      reply = await this.#wire.reply(due > 0 ? rcptMs : dataMs);
      if (reply?.code === 421) this.#wire.end('the remote is closing the connection');
      if (this.#wire.ended !== undefined) return this.#replied(false);
      if (due > 0 && reply !== undefined && reply.code < 400) taken = true;
    }
    if (reply?.code !== 354) return this.#replied(true);
    if (taken) {
      this.#wire.end('the remote wants content for what it refused');
      return this.#replied(false);
    }
    this.#wire.expectReply('the end of data');
    this.#wire.write(Buffer.from('.\r\n'));
    await this.#wire.reply(this.#timeouts.finalMs);
    return this.#replied(false);
  }

  async #content(): Promise<TransactionOutcome> {
    const accepted = this.#accepted;
    const sent = await sendContent(this.#wire, this.#transaction, this.#timeouts.blockMs);
    if (typeof sent === 'object') return { ...this.#lost('data', undefined), localClass: sent.localClass };
    const reply = await this.#wire.reply(this.#timeouts.finalMs);
    if (reply === undefined) return this.#lost(sent ? 'final' : 'data', undefined, sent);
    // A reply before the end of data: its refusal counts, but only a new connection leaves the data phase.
    if (!sent) {
      this.#wire.end('the remote replied before the end of data');
      if (reply.code < 400 || reply.code === 421) return this.#lost('data', reply, reply.code < 400);
    }
    if (reply.code >= 300 && reply.code < 400)
      return this.#outOfStep('final', 'the end of data', reply, true);
    this.#settle({ reply: replyOf(reply), stage: 'final', sharedBy: accepted });
    if (reply.code === 421) this.#wire.end('the remote is closing the connection');
    return this.#replied(false);
  }

  /** Gives `reply` to every forward-path without one. */
  #settle(reply: RecipientReply): void {
    for (const [position, settled] of this.#replies.entries()) this.#replies[position] = settled ?? reply;
  }

  #replied(leftOpen: boolean): TransactionOutcome {
    return {
      kind: 'replied',
      replies: this.#replies.filter((reply) => reply !== undefined),
      leftOpen,
    };
  }

  #lost(
    stage: Stage,
    raw: RawReply | undefined,
    afterFinalDot = false,
  ): Extract<TransactionOutcome, { kind: 'lost' }> {
    this.#wire.end('the remote is closing the connection');
    const reply = raw === undefined ? this.#wire.unasked : replyOf(raw);
    return {
      kind: 'lost',
      stage,
      text: this.#wire.ended ?? '',
      reply: reply !== undefined && reply.code >= 400 ? reply : undefined,
      replies: this.#replies,
      afterFinalDot,
      outOfStep: false,
    };
  }

  #outOfStep(stage: Stage, command: string, reply: RawReply, afterFinalDot = false): TransactionOutcome {
    this.#wire.end(`the remote answered ${command} with ${reply.code}`);
    return { ...this.#lost(stage, undefined, afterFinalDot), outOfStep: true };
  }
}
