/**
 * An SMTP session to a simulated host: what smtp/client/session.ts promises, played on the world's
 * time with the client's real timeouts, without a socket. The host goes on when the client's process dies: what it had
 * whole when the connection broke it may keep.
 */
import { transactionCommands } from '../../src/smtp/client/commands.ts';
import type {
  OutboundTransaction,
  RecipientReply,
  RemoteAddress,
  ClientSession,
  TransactionResult,
} from '../../src/smtp/client/session.ts';
import { defaultTimeouts } from '../../src/smtp/client/timeouts.ts';
import type { Timer } from '../../src/platform/clock.ts';
import type { Reply } from '../../src/smtp/reply.ts';
import type { LedgerDelivery } from './ledger-entries.ts';
import type { Life } from './life.ts';
import { readContent, sentMessageId } from './sent-content.ts';
import { settledBy, type Course, type RemoteHost } from './remote-host.ts';
import type { TroubledStage } from './remote-moods.ts';
import type { Witness } from './witness.ts';

type Lost = Extract<TransactionResult, { kind: 'lost' }>;

/** What a session needs of the network: time, the observer, and word of its end. */
export interface RemoteLink {
  readonly life: Life;
  readonly ledger: Witness;
  after(delayMs: number, run: () => void): Timer;
  wait(delayMs: number): Promise<void>;
  trace(text: string): void;
  transactionBegins(deliveries: readonly LedgerDelivery[]): void;
  /** The host hears MAIL: its refusal, if it takes no message now, on this connection or at all. */
  mailIsHeard(deliveries: readonly LedgerDelivery[]): Reply | undefined;
  transactionEnds(): void;
  /** The client's end is closed. */
  closed(): void;
  /** `cut` is called when the process at the client's end dies. */
  onCut(cut: () => void): void;
}

export class RemoteSession implements ClientSession {
  readonly remote: RemoteAddress;
  readonly tls: string | undefined;
  readonly extensions: ReadonlyMap<string, string>;
  readonly #host: RemoteHost;
  readonly #link: RemoteLink;
  #transactions = 0;
  #busy = false;
  /** The client's end of the connection. */
  #open = true;
  /** The host has closed, and the client does not know it yet. */
  #silentlyGone = false;
  #onEnd: (() => void) | undefined;
  #patience: Timer | undefined;
  #wait: { readonly timer: Timer; readonly resolve: (elapsed: boolean) => void } | undefined;

  constructor(remote: RemoteAddress, host: RemoteHost, link: RemoteLink) {
    this.remote = remote;
    this.#host = host;
    this.#link = link;
    const { site } = host;
    this.tls = site.tls ? 'TLSv1.3 TLS_AES_256_GCM_SHA384' : undefined;
    this.extensions = new Map([
      ['PIPELINING', ''],
      ['8BITMIME', ''],
      ...(site.dsn ? [['DSN', ''] as const] : []),
      ...(site.smtpUtf8 ? [['SMTPUTF8', ''] as const] : []),
      ...(site.tls ? [['REQUIRETLS', ''] as const] : []),
    ]);
    link.onCut(() => this.#end());
    this.#armPatience();
  }

  get transactions(): number {
    return this.#transactions;
  }

  get usable(): boolean {
    return this.#open;
  }

  async transact(transaction: OutboundTransaction): Promise<TransactionResult> {
    const { ledger, life } = this.#link;
    ledger.promises.holds(!this.#busy, 'one transaction at a time on a session');
    const messageId = await sentMessageId(transaction);
    const reused = this.#transactions > 0;
    if (!this.#open) return this.#lost(transaction, { stage: 'mail', text: 'closed', stale: reused });
    const commands = transactionCommands(transaction, {
      extensions: this.extensions,
      inTls: this.tls !== undefined,
    });
    const recipients = transaction.forwardPaths.map(({ recipient }) => recipient);
    const deliveries = this.#meant(messageId, recipients);
    await ledger.sending.begins(life, deliveries, this.remote.host);
    this.#busy = true;
    this.#patience?.cancel();
    try {
      if (commands.kind === 'unsendable') {
        const meant = commands.forwardPaths;
        ledger.sending.hearsUnsendable(
          deliveries.filter((_one, index) => meant === undefined || meant.includes(index)),
        );
        return commands;
      }
      this.#link.transactionBegins(deliveries);
      const result = await this.#dialogue(transaction, deliveries);
      await life.awake();
      if (result.kind === 'lost') this.#end();
      else this.#transactions++;
      return result;
    } catch (error) {
      this.#end();
      throw error;
    } finally {
      this.#busy = false;
      this.#link.transactionEnds();
      ledger.sending.ends(life, deliveries);
      this.#armPatience();
    }
  }

  async quit(): Promise<void> {
    if (this.#busy) this.destroy();
    this.#onEnd = undefined;
    if (!this.#open) return;
    this.#busy = true;
    const { quitMs } = defaultTimeouts;
    const stalls = this.#silentlyGone || this.#host.mood.kind === 'stalling';
    await this.#elapsed(stalls ? quitMs : Math.min(quitMs, this.#host.roundTripMs()));
    this.#end();
  }

  destroy(): void {
    this.#onEnd = undefined;
    this.#end();
  }

  onEnd(listener: () => void): void {
    this.#onEnd = listener;
    if (!this.#open) queueMicrotask(() => this.#tellEnd());
  }

  async #dialogue(
    transaction: OutboundTransaction,
    deliveries: readonly LedgerDelivery[],
  ): Promise<TransactionResult> {
    const reused = this.#transactions > 0;
    const recipients = deliveries.map(({ recipient }) => recipient);
    if (this.#silentlyGone) {
      await this.#elapsed(this.#host.roundTripMs());
      return this.#lost(transaction, { stage: 'mail', text: 'connection reset', stale: reused });
    }
    const course = this.#host.course(recipients, this.#transactions, this.#link.mailIsHeard(deliveries));
    this.#link.trace(`course ${describe(course)}`);
    if (!(await this.#elapsed(this.#host.roundTripMs() * 2))) return this.#broken(transaction, 'mail');
    if (course.kind === 'sends-away') {
      const { stage, reply } = course;
      return this.#lost(transaction, { stage, text: 'sent away', reply, stale: reused && stage === 'mail' });
    }
    if (course.kind === 'breaks') return this.#break(transaction, deliveries, course);

    const replies = settledBy(course);
    if (!replies.some(({ stage }) => stage === 'final')) return this.#heard(deliveries, replies);
    await this.#takeContent(transaction, deliveries);
    const unended = await this.#mayNotEnd(transaction, deliveries);
    if (unended !== undefined) return unended;
    const taken = course.final.code < 300;
    return this.#afterDot(transaction, deliveries, { replies, taken, tookMs: course.tookMs });
  }

  /** The dot is sent: whatever happens to the connection now, the host may have the message. */
  async #afterDot(
    transaction: OutboundTransaction,
    deliveries: readonly LedgerDelivery[],
    {
      replies,
      taken,
      tookMs,
    }: { readonly replies: readonly RecipientReply[]; readonly taken: boolean; readonly tookMs: number },
  ): Promise<TransactionResult> {
    const { ledger, life } = this.#link;
    const meant = deliveries.filter((_one, index) => replies[index]?.stage === 'final');
    life.cross('the dot is sent');
    await this.#link.wait(tookMs);
    if (taken) for (const delivery of meant) ledger.sending.takes(delivery, life);
    this.#link.trace(`${taken ? 'takes' : 'refuses'} ${meant.map(({ id }) => id).join(' ')}`);
    if (!life.cross('the host has the message') || !this.#open)
      return this.#lost(transaction, { stage: 'final', text: 'destroyed', afterFinalDot: true });
    const heard = await this.#elapsed(this.#host.roundTripMs() / 2);
    if (!heard || !life.cross('the reply to the dot is heard'))
      return this.#lost(transaction, { stage: 'final', text: 'destroyed', afterFinalDot: true });
    if (taken) for (const delivery of meant) ledger.sending.hears(delivery, life);
    const result = this.#heard(deliveries, replies);
    if (replies.some(({ reply, stage }) => stage === 'final' && reply.code === 421)) this.#end();
    return result;
  }

  async #break(
    transaction: OutboundTransaction,
    deliveries: readonly LedgerDelivery[],
    { stage, stalls, taken }: Extract<Course, { kind: 'breaks' }>,
  ): Promise<TransactionResult> {
    const reused = this.#transactions > 0;
    if (stage === 'content' || stage === 'final')
      await this.#takeContent(transaction, deliveries, stage === 'content');
    const unended = stage === 'final' ? await this.#mayNotEnd(transaction, deliveries) : undefined;
    if (unended !== undefined) return unended;
    if (taken) {
      for (const delivery of deliveries) this.#link.ledger.sending.takes(delivery, this.#link.life);
      this.#link.trace(`takes in silence ${deliveries.map(({ id }) => id).join(' ')}`);
    }
    if (stalls) await this.#elapsed(patienceOf(stage));
    return this.#lost(transaction, {
      stage: stage === 'content' ? 'data' : stage,
      text: stalls ? 'timed out' : 'connection lost',
      afterFinalDot: stage === 'final',
      stale: reused && stage === 'mail',
    });
  }

  async #takeContent(
    transaction: OutboundTransaction,
    deliveries: readonly LedgerDelivery[],
    partly = false,
  ): Promise<void> {
    const [first] = deliveries;
    const problem = await readContent(transaction, first?.message, partly);
    if (problem !== undefined) this.#link.ledger.promises.breaks(`${first?.id ?? ''}: ${problem}`);
  }

  /** The relay has given the content and is asked whether it may send the dot: what became of the transaction if not. */
  async #mayNotEnd(
    transaction: OutboundTransaction,
    deliveries: readonly LedgerDelivery[],
  ): Promise<Lost | undefined> {
    const { life, ledger } = this.#link;
    await life.awake();
    if (!this.#open) return this.#broken(transaction, 'data');
    const obstacle = transaction.mayEnd?.();
    if (obstacle === undefined) {
      await ledger.sending.ending?.(life, deliveries);
      return undefined;
    }
    this.#end();
    const { text, localClass } = obstacle;
    return { ...this.#lost(transaction, { stage: 'data', text }), localClass };
  }

  #meant(messageId: string, recipients: readonly string[]): LedgerDelivery[] {
    const { ledger } = this.#link;
    return recipients.flatMap((recipient) => {
      const delivery = ledger.find(messageId, recipient);
      if (delivery === undefined)
        ledger.promises.breaks(`a transaction for what was never accepted: ${messageId} to ${recipient}`);
      return delivery ?? [];
    });
  }

  /** The client was cut off, or cut the connection itself. */
  #broken(transaction: OutboundTransaction, stage: Lost['stage']): Lost {
    return this.#lost(transaction, { stage, text: 'destroyed' });
  }

  #heard(deliveries: readonly LedgerDelivery[], replies: readonly RecipientReply[]): TransactionResult {
    for (const [index, delivery] of deliveries.entries()) {
      const refusal = replies[index];
      if (refusal === undefined || refusal.reply.code < 400 || refusal.reply.status === '4.5.3') continue;
      // Of the session: a new one is tried at once.
      if (refusal.reply.code === 503 && this.#transactions > 0) continue;
      this.#link.ledger.sending.hearsRefusal(delivery, refusal, this.remote.host, this.#link.life);
    }
    return { kind: 'replied', replies };
  }

  #lost(
    { forwardPaths }: OutboundTransaction,
    facts: Pick<Lost, 'stage' | 'text'> & { reply?: Reply; afterFinalDot?: boolean; stale?: boolean },
  ): Lost {
    return {
      kind: 'lost',
      reply: undefined,
      afterFinalDot: false,
      stale: false,
      replies: forwardPaths.map(() => undefined),
      ...facts,
    };
  }

  /** False when the connection ended meanwhile. */
  #elapsed(delayMs: number): Promise<boolean> {
    if (!this.#open) return Promise.resolve(false);
    return new Promise((resolve) => {
      const timer = this.#link.after(delayMs, () => {
        this.#wait = undefined;
        resolve(true);
      });
      this.#wait = { timer, resolve };
    });
  }

  /** The host closes a session that is idle for too long: so that the client sees it, or not. */
  #armPatience(): void {
    if (!this.#open || this.#busy || this.#silentlyGone) return;
    const { dice } = this.#host;
    const blurtsAfterMs = this.#host.blurtsIdleAfterMs();
    if (blurtsAfterMs === 0) {
      this.#end();
      return;
    }
    if (blurtsAfterMs !== undefined) {
      this.#patience = this.#link.after(blurtsAfterMs, () => this.#endIdle());
      return;
    }
    this.#patience = this.#link.after(this.#host.patienceMs(), () => {
      if (this.#busy || !this.#open) return;
      if (dice.chance(0.3)) {
        this.#silentlyGone = true;
        return;
      }
      this.#endIdle();
    });
  }

  #endIdle(): void {
    if (this.#busy || !this.#open) return;
    this.#end();
    this.#tellEnd();
  }

  #tellEnd(): void {
    const listener = this.#onEnd;
    this.#onEnd = undefined;
    if (this.#link.life.cross('a session ends')) listener?.();
  }

  #end(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#patience?.cancel();
    this.#wait?.timer.cancel();
    this.#wait?.resolve(false);
    this.#wait = undefined;
    this.#link.closed();
  }
}

/** How long the client waits for the answer. */
function patienceOf(stage: TroubledStage): number {
  const { mailMs, rcptMs, dataMs, blockMs, finalMs } = defaultTimeouts;
  return { mail: mailMs, rcpt: rcptMs, data: dataMs, content: blockMs, final: finalMs }[stage];
}

function describe(course: Course): string {
  switch (course.kind) {
    case 'answers':
      return `answers ${settledBy(course)
        .map(({ reply, stage }) => `${stage} ${reply.code}`)
        .join(', ')}`;
    case 'breaks':
      return `${course.stalls ? 'stalls' : 'breaks'} at ${course.stage}`;
    case 'sends-away':
      return `sends away at ${course.stage}`;
  }
}
