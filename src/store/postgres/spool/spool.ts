/** The spool's verbs as operations of the group commit. */
import type { DestinationBlock, SettlementBatch } from '../../delivery-records.ts';
import { StoreError } from '../../errors.ts';
import type { IdempotencyMark } from '../../idempotency.ts';
import { MAX_CHUNK_BYTES, type NewMessage } from '../../message-records.ts';
import type {
  AcceptResult,
  ClaimRequest,
  ClaimResult,
  FeedLimits,
  FeedListener,
  OverdueClaims,
  Spool,
} from '../../spool.ts';
import type { GroupCommit } from '../engine/group-commit.ts';
import { accept, askForAccept, checkAccept } from './accept.ts';
import type { Batch, SpoolMemory, SpoolOperation } from './batch.ts';
import { blockDestinations } from './blocks.ts';
import { Claimer } from './claim.ts';
import { firstResultOf, takeMark } from './marks.ts';
import type { Questions } from './questions.ts';
import { askForSettle, settle } from './settle.ts';
import type { Sweeper } from './sweeper.ts';

export interface SpoolOptions {
  readonly memory: SpoolMemory;
  readonly commits: GroupCommit<SpoolOperation>;
  readonly sweeper: Sweeper;
}

const ACCEPTED: AcceptResult = { kind: 'accepted' };

export class PostgresSpool implements Spool {
  readonly #memory: SpoolMemory;
  readonly #commits: GroupCommit<SpoolOperation>;
  readonly #sweeper: Sweeper;
  readonly #claimer: Claimer;

  constructor({ memory, commits, sweeper }: SpoolOptions) {
    this.#memory = memory;
    this.#commits = commits;
    this.#sweeper = sweeper;
    this.#claimer = new Claimer(memory);
  }

  putChunk(upload: string, index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.#commits.submit({
      grows: true,
      sizeBytes: bytes.length,
      ask(questions) {
        if (bytes.length > MAX_CHUNK_BYTES)
          throw new StoreError('conflict', `a chunk of ${bytes.length} octets`);
        questions.messageKeys++;
      },
      run: (batch) => this.#memory.uploads.putChunk(batch, upload, index, bytes),
    });
  }

  async abandonUpload(upload: string): Promise<void> {
    const { uploads } = this.#memory;
    const run = (batch: Batch) => uploads.abandon(batch, upload);
    if (await this.#commits.submit<boolean>({ grows: false, sizeBytes: 0, run })) this.#sweeper.start();
  }

  accept(message: NewMessage, mark?: IdempotencyMark): Promise<AcceptResult> {
    return this.acceptAll([message], mark);
  }

  acceptAll(messages: readonly NewMessage[], mark?: IdempotencyMark): Promise<AcceptResult> {
    const operation: SpoolOperation = {
      grows: true,
      sizeBytes: messages.reduce((sum, { content }) => sum + sizeInMemory(content), 0),
      ask: (questions) => {
        for (const message of messages) askForAccept(questions, message, this.#memory);
        const credentialId = messages[0]?.facts.credentialId;
        if (mark !== undefined && credentialId !== undefined) questions.marks.add(credentialId, mark.key);
        if (operation.mayBeDone === true) for (const { facts } of messages) questions.stored.add(facts.id);
      },
      run: (batch) => acceptTogether(batch, messages, mark),
    };
    return this.#commits.submit(operation);
  }

  openFeed(limits: FeedLimits, listener: FeedListener): void {
    this.#memory.feed.open(limits, listener);
  }

  claim(request: ClaimRequest): Promise<ClaimResult> {
    return this.#commits.submit({
      grows: false,
      sizeBytes: 0,
      alone: true,
      work: (session) => this.#claimer.work(session, request),
    });
  }

  claimOverdue(nowMs: number, limit: number): Promise<OverdueClaims> {
    return this.#commits.submit({
      grows: false,
      sizeBytes: 0,
      alone: true,
      work: (session) => this.#claimer.overdue(session, nowMs, limit),
    });
  }

  settle(batch: SettlementBatch): Promise<{ readonly written: number }> {
    const operation: SpoolOperation = {
      grows: false,
      sizeBytes: 0,
      asksChanges: true,
      ask: (questions: Questions) => {
        askForSettle(questions, this.#memory, batch);
        if (operation.mayBeDone === true) questions.maySettled = true;
      },
      run: (transaction) => {
        const settled = transaction.answers.settled.map((row) => [row.id, row] as const);
        return settle(transaction, batch, new Map(settled));
      },
    };
    return this.#commits.submit(operation);
  }

  async blockDestinations(blocks: readonly DestinationBlock[]): Promise<void> {
    const { destinations, feed } = this.#memory;
    await this.#commits.submit({
      grows: false,
      sizeBytes: 0,
      alone: true,
      work: async (session) => {
        const blocked = await blockDestinations(session, destinations, blocks);
        const found = await destinations.read(
          session,
          blocked.map(({ name }) => name),
        );
        return () => {
          for (const { name, dueAtMs } of blocked) {
            const destination = found.get(name);
            if (destination !== undefined && dueAtMs !== undefined) feed.backlog(destination, dueAtMs);
          }
        };
      },
    });
  }
}

function acceptTogether(
  batch: Batch,
  messages: readonly NewMessage[],
  mark: IdempotencyMark | undefined,
): AcceptResult {
  const [head] = messages;
  if (head === undefined) return ACCEPTED;
  const before = storedBefore(batch, messages);
  if (before !== undefined) {
    batch.changes.confirms = true;
    return before;
  }
  const credential = credentialOf(batch, head);
  if (credential === undefined)
    return { kind: 'credential-changed', contents: messages.map(({ content }) => content) };
  const { acceptedAtMs } = head.facts;
  if (mark !== undefined && credential !== 'none') {
    const first = firstResultOf(batch, credential.id, mark.key, acceptedAtMs);
    if (first !== undefined) {
      batch.changes.confirms = true;
      return { kind: 'repeated', first };
    }
  }
  for (const message of messages) checkAccept(batch, message);
  if (mark !== undefined && credential !== 'none') takeMark(batch, credential, mark, acceptedAtMs);
  const suppressed = messages.map((message) => accept(batch, message));
  return suppressed.some(({ length }) => length > 0) ? { kind: 'accepted', suppressed } : ACCEPTED;
}

/** An earlier commit, whose answer was lost, succeeded: the messages are there under their own ids. */
function storedBefore({ answers, memory }: Batch, messages: readonly NewMessage[]): AcceptResult | undefined {
  const stored = messages.map(({ facts }) => answers.stored.find(({ public_id: id }) => id === facts.id));
  if (stored.length === 0 || stored.some((row) => row === undefined)) return undefined;
  for (const { content } of messages) if (content.kind === 'chunks') memory.uploads.forget(content.upload);
  const suppressed = stored.map((row) => row?.suppressed?.split('\n') ?? []);
  return suppressed.some(({ length }) => length > 0) ? { kind: 'accepted', suppressed } : ACCEPTED;
}

/** The credential of `message`, if it is unchanged since the authorization; `none`: the message is the relay's own. */
function credentialOf(
  { answers }: Batch,
  { facts, credentialVersion }: NewMessage,
): { readonly id: string; readonly key: number } | 'none' | undefined {
  const { credentialId, acceptedAtMs } = facts;
  if (credentialId === undefined) return 'none';
  const row = answers.credentials.find(({ public_id: id }) => id === credentialId);
  if (row === undefined || row.version !== credentialVersion || row.revoked_at !== null) return undefined;
  if (row.expires_at !== null && row.expires_at <= acceptedAtMs) return undefined;
  return { id: credentialId, key: row.id };
}

function sizeInMemory(content: NewMessage['content']): number {
  return content.kind === 'whole' ? content.bytes.length : 0;
}
