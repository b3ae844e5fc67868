/**
 * MX hosts without sockets, for a virtual clock: each address has a behaviour that a test can change at any time. Keeps
 * count of connections and of what was taken.
 */
import type { Clock } from '../../../../src/platform/clock.ts';
import { delay } from '../../../../src/platform/clock.ts';
import type { Reply } from '../../../../src/smtp/reply.ts';
import type {
  Connect,
  ConnectFailure,
  ConnectRequest,
  ConnectResult,
  OutboundTransaction,
  RecipientReply,
  RemoteAddress,
  ClientSession,
  TransactionResult,
} from '../../../../src/smtp/client/session.ts';

export interface Behaviour {
  readonly connectMs?: number;
  /** The connection fails in this way. */
  readonly refuse?: Omit<ConnectFailure, 'kind'>;
  readonly transactionMs?: number;
  /** The whole transaction's result; else every recipient is answered by `reply`. */
  readonly result?: (transaction: OutboundTransaction, session: FakeSession) => TransactionResult | undefined;
  readonly reply?: (recipient: string, transaction: OutboundTransaction) => RecipientReply;
  readonly tls?: string;
  /** EHLO lines of sessions opened from now on. */
  readonly extensions?: readonly string[];
}

export const OK: Reply = { code: 250, status: '2.0.0', text: 'taken' };

export class FakeRemotes {
  readonly #clock: Clock;
  readonly behaviours = new Map<string, Behaviour>();
  /** By remote address and the local one: instead of `behaviours`. */
  readonly bySource = new Map<string, ReadonlyMap<string, Behaviour>>();
  readonly connects: RemoteAddress[] = [];
  /** What each was asked with, in the same order. */
  readonly requests: ConnectRequest[] = [];
  readonly transactions: { remote: RemoteAddress; transaction: OutboundTransaction; session: FakeSession }[] =
    [];
  /** Recipients that were taken, in order. */
  readonly taken: string[] = [];
  open = 0;
  maxOpen = 0;
  readonly openByAddress = new Map<string, number>();
  readonly maxOpenByAddress = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  behave(address: string, behaviour: Behaviour): void {
    this.behaviours.set(address, behaviour);
  }

  connectsTo(address: string): number {
    return this.connects.filter((remote) => remote.address === address).length;
  }

  readonly connect: Connect = (remote, options) => this.connectOf({ dead: false })(remote, options);

  /** For a process with this life: what is under way when it ends is broken off by the host's view. */
  connectOf(life: { readonly dead: boolean }): Connect {
    return (remote, options) => this.#connect(life, remote, options);
  }

  async #connect(
    life: { readonly dead: boolean },
    remote: RemoteAddress,
    request: ConnectRequest,
  ): Promise<ConnectResult> {
    if (life.dead) return await new Promise(() => undefined);
    const { signal } = request;
    this.connects.push(remote);
    this.requests.push(request);
    this.#count(remote, 1);
    const from = request.source?.localAddress ?? '';
    const behaviour = this.#behaviourOf(remote, from);
    if (behaviour.connectMs !== undefined) await delayOrAbort(this.#clock, behaviour.connectMs, signal);
    else await Promise.resolve();
    if (signal?.aborted === true || behaviour.refuse !== undefined) {
      this.#count(remote, -1);
      return {
        kind: 'failed',
        stage: 'connect',
        reply: undefined,
        text: 'aborted',
        ...(signal?.aborted === true ? {} : behaviour.refuse),
      };
    }
    const session = new FakeSession(remote, behaviour.tls, () => this.#count(remote, -1));
    for (const line of behaviour.extensions ?? []) {
      const [keyword = '', ...words] = line.split(' ');
      session.extensions.set(keyword, words.join(' '));
    }
    session.run = (transaction) => this.#transact(life, session, transaction, from);
    return { kind: 'connected', session };
  }

  async #transact(
    life: { readonly dead: boolean },
    session: FakeSession,
    transaction: OutboundTransaction,
    from: string,
  ): Promise<TransactionResult> {
    const behaviour = this.#behaviourOf(session.remote, from);
    for await (const chunk of transaction.content()) session.lastContent.push(Buffer.from(chunk));
    if (behaviour.transactionMs !== undefined) await delay(this.#clock, behaviour.transactionMs);
    else await Promise.resolve();
    if (life.dead) return await new Promise(() => undefined);
    const obstacle = transaction.mayEnd?.();
    if (obstacle !== undefined)
      return {
        kind: 'lost',
        stage: 'data',
        reply: undefined,
        replies: transaction.forwardPaths.map(() => undefined),
        afterFinalDot: false,
        stale: false,
        ...obstacle,
      };
    this.transactions.push({ remote: session.remote, transaction, session });
    const result = behaviour.result?.(transaction, session);
    if (result !== undefined) return result;
    const replies = transaction.forwardPaths.map(({ recipient }): RecipientReply => {
      return (
        behaviour.reply?.(recipient, transaction) ?? {
          reply: OK,
          stage: 'final',
          sharedBy: transaction.forwardPaths.length,
        }
      );
    });
    replies.forEach(({ reply }, i) => {
      if (reply.code === 250) this.taken.push(transaction.forwardPaths[i]?.recipient ?? '');
    });
    return { kind: 'replied', replies };
  }

  #behaviourOf({ address }: RemoteAddress, from: string): Behaviour {
    return this.bySource.get(address)?.get(from) ?? this.behaviours.get(address) ?? {};
  }

  #count({ address }: RemoteAddress, change: number): void {
    this.open += change;
    this.maxOpen = Math.max(this.maxOpen, this.open);
    const there = (this.openByAddress.get(address) ?? 0) + change;
    this.openByAddress.set(address, there);
    this.maxOpenByAddress.set(address, Math.max(there, this.maxOpenByAddress.get(address) ?? 0));
  }
}

export class FakeSession implements ClientSession {
  readonly remote: RemoteAddress;
  readonly tls: string | undefined;
  readonly extensions = new Map<string, string>();
  transactions = 0;
  usable = true;
  busy = false;
  lastContent: Buffer[] = [];
  run: (transaction: OutboundTransaction) => Promise<TransactionResult> = () => Promise.reject(new Error());
  #closed = false;
  #onEnd: (() => void) | undefined;
  readonly #onClose: () => void;

  constructor(remote: RemoteAddress, tls: string | undefined, onClose: () => void) {
    this.remote = remote;
    this.tls = tls;
    this.#onClose = onClose;
  }

  async transact(transaction: OutboundTransaction): Promise<TransactionResult> {
    if (this.busy) throw new Error('one transaction at a time');
    this.busy = true;
    this.lastContent = [];
    const lost = new Promise<TransactionResult>((resolve) => {
      this.#lost = () =>
        resolve({
          kind: 'lost',
          stage: 'final',
          text: 'destroyed',
          reply: undefined,
          replies: transaction.forwardPaths.map(() => undefined),
          afterFinalDot: false,
          stale: false,
        });
    });
    try {
      const result = await Promise.race([this.run(transaction), lost]);
      if (result.kind === 'lost') this.#close();
      else if (result.kind === 'replied') this.transactions++;
      return result;
    } catch (error) {
      this.#close();
      throw error;
    } finally {
      this.busy = false;
    }
  }
  #lost: (() => void) | undefined;

  async quit(): Promise<void> {
    await Promise.resolve();
    this.#close();
  }

  destroy(): void {
    if (this.busy) this.#lost?.();
    this.#close();
  }

  onEnd(listener: () => void): void {
    this.#onEnd = listener;
  }

  /** The remote closes the idle session. */
  hangUp(): void {
    this.#close();
    this.#onEnd?.();
  }

  #close(): void {
    this.usable = false;
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose();
  }
}

async function delayOrAbort(clock: Clock, delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = clock.after(delayMs, resolve);
    signal?.addEventListener('abort', () => {
      timer.cancel();
      resolve();
    });
  });
}

export function replyTo(
  code: number,
  status: string,
  text: string,
  stage: RecipientReply['stage'] = 'rcpt',
  sharedBy = 1,
): RecipientReply {
  return { reply: { code, status, text }, stage, sharedBy };
}
