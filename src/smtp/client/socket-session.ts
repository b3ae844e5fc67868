/** An open session, ready for MAIL: runs transactions one after the other on one wire. */
import { assert } from '../../platform/assert.ts';
import { transactionCommands } from './commands.ts';
import type {
  OutboundTransaction,
  RemoteAddress,
  RemoteWait,
  ClientSession,
  TransactionResult,
} from './session.ts';
import type { SmtpTimeouts } from './timeouts.ts';
import { runTransaction } from './transaction.ts';
import type { SmtpWire } from './wire.ts';

export interface SocketSessionOptions {
  readonly wire: SmtpWire;
  readonly timeouts: SmtpTimeouts;
  readonly remote: RemoteAddress;
  readonly extensions: ReadonlyMap<string, string>;
  readonly tls: string | undefined;
  readonly tlsFailure: string | undefined;
}

export class SocketSession implements ClientSession {
  readonly remote: RemoteAddress;
  readonly extensions: ReadonlyMap<string, string>;
  readonly tls: string | undefined;
  readonly tlsFailure: string | undefined;
  readonly #wire: SmtpWire;
  readonly #timeouts: SmtpTimeouts;
  #transactions = 0;
  #leftOpen = false;
  #busy = false;
  #endListener: (() => void) | undefined;
  #endedIdle = false;

  constructor({ wire, timeouts, remote, extensions, tls, tlsFailure }: SocketSessionOptions) {
    this.#wire = wire;
    this.#timeouts = timeouts;
    this.remote = remote;
    this.extensions = extensions;
    this.tls = tls;
    this.tlsFailure = tlsFailure;
    wire.onEnd = () => {
      if (this.#busy) return;
      this.#endedIdle = true;
      this.#tellEnd();
    };
    // The session may have ended before there was a listener.
    this.#endedIdle = wire.ended !== undefined;
  }

  get waitsFor(): RemoteWait | undefined {
    return this.#wire.waitsFor;
  }

  get transactions(): number {
    return this.#transactions;
  }

  get usable(): boolean {
    return this.#wire.ended === undefined;
  }

  async transact(transaction: OutboundTransaction): Promise<TransactionResult> {
    assert(!this.#busy, 'one transaction at a time on an SMTP session');
    const reused = this.#transactions > 0;
    if (this.#wire.ended !== undefined) return this.#endedBefore(transaction, reused);
    const commands = transactionCommands(transaction, {
      extensions: this.extensions,
      inTls: this.tls !== undefined,
    });
    if (commands.kind === 'unsendable') return commands;

    const heardBefore = this.#wire.repliesHeard;
    this.#busy = true;
    try {
      const outcome = await runTransaction(
        {
          wire: this.#wire,
          timeouts: this.#timeouts,
          pipelining: this.extensions.has('PIPELINING'),
          resetFirst: this.#leftOpen,
        },
        commands,
        transaction,
      );
      if (outcome.kind === 'lost') {
        const { outOfStep, ...lost } = outcome;
        const heard = this.#wire.repliesHeard - heardBefore;
        const sentAway = heard === 1 && outcome.reply?.code === 421;
        return { ...lost, stale: reused && (heard === 0 || sentAway || outOfStep) };
      }
      this.#leftOpen = outcome.leftOpen;
      this.#transactions++;
      return { kind: 'replied', replies: outcome.replies };
    } finally {
      this.#busy = false;
    }
  }

  async quit(): Promise<void> {
    if (this.#busy) this.destroy();
    this.#endListener = undefined;
    if (this.#wire.ended === undefined) {
      this.#busy = true;
      this.#wire.send(['QUIT']);
      await this.#wire.reply(this.#timeouts.quitMs);
    }
    await this.#wire.close(this.#timeouts.quitMs);
  }

  destroy(): void {
    this.#endListener = undefined;
    this.#wire.destroy();
  }

  onEnd(listener: () => void): void {
    this.#endListener = listener;
    if (this.#endedIdle) queueMicrotask(() => this.#tellEnd());
  }

  #tellEnd(): void {
    const listener = this.#endListener;
    this.#endListener = undefined;
    listener?.();
  }

  /** The session ended while idle, before the transaction began. */
  #endedBefore(transaction: OutboundTransaction, reused: boolean): TransactionResult {
    return {
      kind: 'lost',
      stage: 'mail',
      text: this.#wire.ended ?? '',
      reply: this.#wire.unasked,
      replies: transaction.forwardPaths.map(() => undefined),
      afterFinalDot: false,
      stale: reused,
    };
  }
}
