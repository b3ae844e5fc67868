/** The spool's verbs as operations of the group commit, with the checks before a transaction. */
import { StoreError } from '../../errors.ts';
import type { FirstResult, IdempotencyMark } from '../../idempotency.ts';
import { isWait, type DestinationBlock, type SettlementBatch } from '../../delivery-records.ts';
import type { NewMessage } from '../../message-records.ts';
import type {
  AcceptResult,
  ClaimRequest,
  ClaimResult,
  FeedLimits,
  FeedListener,
  OverdueClaims,
  Spool,
} from '../../spool.ts';
import { accept } from './accept.ts';
import { Claimer } from './claim.ts';
import type { Context } from '../engine/context.ts';
import type { FreeSpace } from '../engine/free-space.ts';
import type { GroupCommit } from '../engine/group-commit.ts';
import { settle } from './settle.ts';
import type { Sweeper } from '../engine/sweeper.ts';
import { Uploads } from './uploads.ts';

export interface SpoolOptions {
  readonly context: Context;
  readonly commits: GroupCommit;
  readonly freeSpace: FreeSpace;
  readonly sweeper: Sweeper;
  /** False: another process may be the relay, so nothing is claimed here. */
  readonly mayClaim: boolean;
}

const ACCEPTED: AcceptResult = { kind: 'accepted' };

export class SqliteSpool implements Spool {
  readonly #options: SpoolOptions;
  readonly #uploads: Uploads;
  readonly #claimer: Claimer;

  constructor(options: SpoolOptions) {
    this.#options = options;
    this.#uploads = new Uploads(options.context);
    this.#claimer = new Claimer(options.context);
  }

  putChunk(upload: string, index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.#grow(bytes.length, () => this.#uploads.putChunk(upload, index, bytes));
  }

  async abandonUpload(upload: string): Promise<void> {
    await this.#run(() => this.#uploads.abandon(upload));
    this.#options.sweeper.start();
  }

  accept(message: NewMessage, mark?: IdempotencyMark): Promise<AcceptResult> {
    return this.acceptAll([message], mark);
  }

  acceptAll(messages: readonly NewMessage[], mark?: IdempotencyMark): Promise<AcceptResult> {
    const sizeBytes = messages.reduce((sum, message) => sum + sizeInMemory(message), 0);
    return this.#grow(sizeBytes, () => {
      const [head] = messages;
      if (head === undefined) return ACCEPTED;
      if (!this.#stillAuthorized(head))
        return { kind: 'credential-changed', contents: messages.map(({ content }) => content) };
      const first = mark === undefined ? undefined : this.#takeMark(head, mark);
      if (first !== undefined) return { kind: 'repeated', first };
      const suppressed = messages.map((message) => accept(this.#options.context, this.#uploads, message));
      return suppressed.some(({ length }) => length > 0) ? { kind: 'accepted', suppressed } : ACCEPTED;
    });
  }

  openFeed(limits: FeedLimits, listener: FeedListener): void {
    if (!this.#options.mayClaim) throw notTheRelay();
    this.#options.context.feed.open(limits, listener);
  }

  claim(request: ClaimRequest): Promise<ClaimResult> {
    if (!this.#options.mayClaim) return Promise.reject(notTheRelay());
    return this.#run(() => this.#claimer.claim(request));
  }

  claimOverdue(nowMs: number, limit: number): Promise<OverdueClaims> {
    if (!this.#options.mayClaim) return Promise.reject(notTheRelay());
    return this.#run(() => this.#claimer.overdue(nowMs, limit));
  }

  settle(batch: SettlementBatch): Promise<{ readonly written: number }> {
    if (!this.#options.mayClaim) return Promise.reject(notTheRelay());
    const run = () => settle(this.#options.context, this.#uploads, batch);
    return this.#options.commits.submit({ grows: false, sizeBytes: 0, patient: true, run });
  }

  blockDestinations(blocks: readonly DestinationBlock[]): Promise<void> {
    const { destinations, feed } = this.#options.context;
    return this.#run(() => {
      for (const block of blocks) {
        const destination = destinations.byName(block.destination);
        if (isWait(block)) destinations.wait(destination, block);
        else destinations.block(destination, block);
        if (destination.nextDueAtMs !== undefined) feed.backlog(destination, destination.nextDueAtMs);
      }
    });
  }

  #stillAuthorized({ facts, credentialVersion }: NewMessage): boolean {
    if (facts.credentialId === undefined) return true;
    const { accounts } = this.#options.context;
    return (
      credentialVersion !== undefined &&
      accounts.credentialStands(facts.credentialId, credentialVersion, facts.acceptedAtMs)
    );
  }

  #takeMark({ facts }: NewMessage, mark: IdempotencyMark): FirstResult | undefined {
    const { accounts, idempotency } = this.#options.context;
    if (facts.credentialId === undefined) return undefined;
    return idempotency.take(accounts.credential(facts.credentialId), mark, facts.acceptedAtMs);
  }

  #run<T>(run: () => T): Promise<T> {
    return this.#options.commits.submit({ grows: false, sizeBytes: 0, run });
  }

  #grow<T>(sizeBytes: number, run: () => T): Promise<T> {
    const refusal = this.#options.freeSpace.refusal();
    if (refusal !== undefined) return Promise.reject(refusal);
    return this.#options.commits.submit({ grows: true, sizeBytes, run });
  }
}

function sizeInMemory({ content }: NewMessage): number {
  return content.kind === 'whole' ? content.bytes.length : 0;
}

function notTheRelay(): StoreError {
  return new StoreError('locked', 'only the relayd that holds the data folder delivers');
}
