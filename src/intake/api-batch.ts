/**
 * Many messages in one request: each is validated separately, and all valid ones are stored in one transaction.
 * Memory is bounded, and other connections are served in between.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { assert } from '../platform/assert.ts';
import type { FirstResult, IdempotencyMark } from '../store/idempotency.ts';
import type { Credential } from '../store/directory-records.ts';
import type { NewContent, NewMessage } from '../store/message-records.ts';
import type { AcceptResult } from '../store/spool.ts';
import {
  changedAgain,
  currentCredential,
  draftMessage,
  type DraftedMessage,
  refusalOfFailure,
  renewed,
} from './accept-message.ts';
import type { Refusal, SubmittedMessage } from './submitted-message.ts';
import { logAcceptance } from './acceptance-log.ts';
import type { Acceptance } from './acceptance.ts';
import { askDomains, fillTogether, MAX_CONTENT_BYTES, TOO_MUCH_TOGETHER, type Filled } from './fill-batch.ts';
import {
  receiveComposed,
  type ApiClient,
  type ApiSubmission,
  type ReceivedSubmission,
} from './receive-composed.ts';

/** Templates rendered together, and kept in memory until they are composed. */
const FILLED_TOGETHER = 16;
/** Composing yields after this time. */
const TURN_MS = 2;

/** The outcome of one message; drafts are stored together. */
export type BatchItem =
  | { readonly kind: 'accepted'; readonly draft: NewMessage }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export type BatchVerdict =
  /** In the order of the request; `undefined` for messages refused before. */
  | { readonly kind: 'done'; readonly items: readonly (BatchItem | undefined)[] }
  | { readonly kind: 'repeated'; readonly first: FirstResult }
  /** The whole batch: the key is no longer valid. */
  | { readonly kind: 'refused'; readonly refusal: Refusal };

type MarkFor = (items: readonly (BatchItem | undefined)[]) => IdempotencyMark;

interface Drafted extends DraftedMessage {
  readonly message: SubmittedMessage;
  readonly received: ReceivedSubmission;
}

/**
 * `undefined` is a message refused before. Resolves when all valid messages are durable; if that fails, each of them
 * is refused with the failure. `markFor` gets the items in order. Never rejects.
 */
export async function submitBatch(
  submissions: readonly (ApiSubmission | undefined)[],
  client: ApiClient,
  acceptance: Acceptance,
  markFor?: MarkFor,
): Promise<BatchVerdict> {
  const { clock } = acceptance;
  const items: (BatchItem | undefined)[] = [];
  /** By position in the request. */
  const drafted = new Map<number, Drafted>();
  const asked = await askDomains(submissions, acceptance);
  let contentBytes = 0;
  let turnEndsMs = clock.monotonic() + TURN_MS;
  let filled: readonly (Filled | undefined)[] = [];
  for (const [index, submission] of submissions.entries()) {
    if (clock.monotonic() >= turnEndsMs) {
      await turn();
      turnEndsMs = clock.monotonic() + TURN_MS;
    }
    const place = index % FILLED_TOGETHER;
    if (place === 0) {
      const together = submissions.slice(index, index + FILLED_TOGETHER);
      const full = contentBytes > MAX_CONTENT_BYTES;
      filled = await fillTogether(together, full ? undefined : { client, acceptance, asked });
    }
    const parts = filled[place];
    if (submission === undefined || parts === undefined) {
      items.push(undefined);
      continue;
    }
    const result = await draftOf(submission, parts, { client, acceptance, contentBytes });
    if ('because' in result) {
      items.push({ kind: 'refused', refusal: result });
      continue;
    }
    const { content } = result.draft;
    if (content.kind === 'whole') contentBytes += content.bytes.length;
    drafted.set(items.length, result);
    items.push({ kind: 'accepted', draft: result.draft });
  }
  return await storeAll(items, drafted, acceptance, markFor);
}

/**
 * Like one message (accept-message.ts): when the credential was changed meanwhile, each is authorized again. Empties
 * `drafted`.
 */
async function storeAll(
  items: (BatchItem | undefined)[],
  drafted: Map<number, Drafted>,
  acceptance: Acceptance,
  markFor: MarkFor | undefined,
): Promise<BatchVerdict> {
  const result = await tryAcceptAll(items, drafted, acceptance, markFor);
  if (result.kind !== 'credential-changed') return result;
  const [head] = drafted.values();
  assert(head !== undefined, 'what is refused is not empty');
  const current = await currentCredential(head.message, acceptance);
  if ('because' in current) {
    for (const { received } of drafted.values()) received.abandon();
    return { kind: 'refused', refusal: current };
  }
  await draftAgain(items, drafted, current, result.contents, acceptance);
  const again = await tryAcceptAll(items, drafted, acceptance, markFor);
  if (again.kind !== 'credential-changed') return again;
  for (const { received } of drafted.values()) received.abandon();
  return { kind: 'done', items: refusedFor(items, changedAgain(head.message, acceptance)) };
}

/** Recipients are returned to the quota unless the messages were accepted. */
async function tryAcceptAll(
  items: readonly (BatchItem | undefined)[],
  drafted: ReadonlyMap<number, Drafted>,
  acceptance: Acceptance,
  markFor: MarkFor | undefined,
): Promise<BatchVerdict | Extract<AcceptResult, { readonly kind: 'credential-changed' }>> {
  const { limits, spool, clock, log } = acceptance;
  const all = [...drafted.values()];
  const [head] = all;
  if (head === undefined) return { kind: 'done', items };
  const settle = (accepted: boolean) => {
    for (const { reserved } of all) limits.settle(reserved, accepted, clock.now());
  };
  const drop = () => {
    settle(false);
    for (const { received } of all) received.abandon();
  };
  let result: AcceptResult;
  try {
    result = await spool.acceptAll(
      all.map(({ draft }) => draft),
      markFor?.(items),
    );
  } catch (error) {
    drop();
    return { kind: 'done', items: refusedFor(items, refusalOfFailure(error, head.message.id, log)) };
  }
  switch (result.kind) {
    case 'credential-changed':
      settle(false);
      return result;
    case 'repeated':
      drop();
      return result;
    case 'accepted':
      settle(true);
      for (const { draft, message, received } of all) {
        received.release();
        logAcceptance(message, draft, acceptance);
      }
      return { kind: 'done', items };
  }
}

/** `contents`: returned by the store, in the order of `drafted`. */
async function draftAgain(
  items: (BatchItem | undefined)[],
  drafted: Map<number, Drafted>,
  current: Credential,
  contents: readonly NewContent[],
  acceptance: Acceptance,
): Promise<void> {
  for (const [order, [place, { message: before, received }]] of [...drafted].entries()) {
    const message = renewed(before, current, contents[order]);
    const again = await draftMessage(message, acceptance);
    if ('because' in again) {
      received.abandon();
      drafted.delete(place);
      items[place] = { kind: 'refused', refusal: again };
      continue;
    }
    drafted.set(place, { ...again, message, received });
    items[place] = { kind: 'accepted', draft: again.draft };
  }
}

function refusedFor(
  items: readonly (BatchItem | undefined)[],
  refusal: Refusal,
): readonly (BatchItem | undefined)[] {
  return items.map((item) => (item?.kind === 'accepted' ? { kind: 'refused', refusal } : item));
}

async function draftOf(
  submission: ApiSubmission,
  filled: Filled,
  {
    client,
    acceptance,
    contentBytes,
  }: { readonly client: ApiClient; readonly acceptance: Acceptance; readonly contentBytes: number },
): Promise<Drafted | Refusal> {
  if ('because' in filled) return filled;
  if (contentBytes > MAX_CONTENT_BYTES) return TOO_MUCH_TOGETHER;
  const received = await receiveComposed({ ...submission, composition: filled }, client, acceptance);
  if ('because' in received) return received;
  const drafted = await draftMessage(received.message, acceptance);
  if ('because' in drafted) {
    received.abandon();
    return drafted;
  }
  return { ...drafted, message: received.message, received };
}
