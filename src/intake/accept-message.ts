/**
 * The only way into the spool, for every protocol: authorization of the author, stream, daily quota, suppressions,
 * then message, content, deliveries and events in one durable commit. 250 with the message id follows the commit; a
 * failure of ours is never 5yz and leaves nothing behind.
 */
import { isPromise } from 'node:util/types';
import { senderFacts, type SenderContext } from './sender-facts.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { MessageTracer } from '../platform/message-tracer.ts';
import { refuseHeaderFrom, type SenderRefusal } from '../policy/sender-authorization.ts';
import type { Mailbox } from '../smtp/address.ts';
import type { Envelope } from '../smtp/envelope.ts';
import type { Reply } from '../smtp/reply.ts';
import type { DirectoryReader } from '../store/directory.ts';
import type { Credential } from '../store/directory-records.ts';
import type { NewContent, NewMessage } from '../store/message-records.ts';
import type { IdempotencyMark } from '../store/idempotency.ts';
import type { Spool } from '../store/spool.ts';
import { logAcceptance, noteRefusal } from './acceptance-log.ts';
import { newMessage } from './new-message.ts';
import type { RefusalKeeper } from './refusal-keeper.ts';
import type { Reservation, UsageLimiter } from './usage-limiter.ts';
import type { LimitRefusal } from './usage-refusals.ts';
import { reply, STORE_UNAVAILABLE } from '../smtp/server/replies.ts';
import { replyToFailure } from './store-failure.ts';
import { chooseStream, type ChosenStream } from './stream-choice.ts';
import type { StreamFitWatch } from './stream-fit-watch.ts';
import type { Refusal, SubmittedMessage, Verdict } from './submitted-message.ts';

export interface AcceptanceContext {
  readonly directory: Pick<
    DirectoryReader,
    'findDomain' | 'domainHolder' | 'dkimKeys' | 'knownStreams' | 'streamByName'
  >;
  readonly spool: Pick<Spool, 'accept'>;
  readonly limits: UsageLimiter;
  readonly refusals: Pick<RefusalKeeper, 'keep'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly tracer?: MessageTracer | undefined;
  /** Live. */
  readonly config: SenderContext['config'];
  /** How long any of its deliveries may be tried, each of them maybe shorter. `ofStreamMs`: what its stream says. */
  readonly longestAgeMs: (ofStreamMs: number | undefined) => number;
  /** Told of what is to be stored. */
  readonly streamFit: Pick<StreamFitWatch, 'note'>;
}

/**
 * Resolves when the message is durable, or to the refusal. Never rejects. A credential changed meanwhile counts as it
 * is now: what it may no longer send is refused, the rest continues.
 */
export function acceptMessage(
  message: SubmittedMessage,
  context: AcceptanceContext,
  mark?: IdempotencyMark,
): Promise<Verdict> {
  return tryAccept(message, context, mark).then((verdict) =>
    verdict.kind === 'credential-changed' ? acceptAgain(message, verdict.content, context, mark) : verdict,
  );
}

async function acceptAgain(
  message: SubmittedMessage,
  content: NewContent | undefined,
  context: AcceptanceContext,
  mark: IdempotencyMark | undefined,
): Promise<Verdict> {
  const current = await currentCredential(message, context);
  if ('because' in current) return { kind: 'refused', refusal: current };
  const again = await tryAccept(renewed(message, current, content), context, mark);
  if (again.kind !== 'credential-changed') return again;
  return { kind: 'refused', refusal: changedAgain(message, context) };
}

async function tryAccept(
  message: SubmittedMessage,
  context: AcceptanceContext,
  mark: IdempotencyMark | undefined,
): Promise<Verdict | { readonly kind: 'credential-changed'; readonly content: NewContent | undefined }> {
  const { limits, spool, clock, log } = context;
  const drafted = await draftMessage(message, context);
  if ('because' in drafted) return { kind: 'refused', refusal: drafted };
  const { draft, reserved } = drafted;
  const settle = (accepted: boolean) => limits.settle(reserved, accepted, clock.now());
  try {
    const result = await spool.accept(draft, mark);
    if (result.kind === 'accepted') {
      settle(true);
      logAcceptance(message, draft, context);
      return { kind: 'accepted', facts: draft.facts, suppressed: result.suppressed?.[0] ?? [] };
    }
    settle(false);
    return result.kind === 'repeated' ? result : { kind: result.kind, content: result.contents[0] };
  } catch (error) {
    settle(false);
    return { kind: 'refused', refusal: refusalOfFailure(error, message.id, log) };
  }
}

/** Calls {@link SubmittedMessage.reauthorize}. Never throws. */
export async function currentCredential(
  message: SubmittedMessage,
  context: Pick<AcceptanceContext, 'refusals' | 'log'>,
): Promise<Credential | Refusal> {
  try {
    const current = await message.reauthorize();
    if ('because' in current) noteRefusal(message, current, context);
    return current;
  } catch (error) {
    return refusalOfFailure(error, message.id, context.log);
  }
}

/** The message for another try, with the content returned by the store. */
export function renewed(
  message: SubmittedMessage,
  credential: Credential,
  content: NewContent | undefined,
): SubmittedMessage {
  const { received } = message;
  return { ...message, credential, received: { ...received, content: content ?? received.content } };
}

/** Repeated changes of the credential: never a permanent refusal. */
export function changedAgain(
  message: SubmittedMessage,
  context: Pick<AcceptanceContext, 'refusals' | 'log'>,
): Refusal {
  const refusal: Refusal = { because: 'failure', reply: STORE_UNAVAILABLE };
  noteRefusal(message, refusal, context);
  return refusal;
}

/** A message to store. */
export interface DraftedMessage {
  readonly draft: NewMessage;
  /** What it counts towards limits; to be settled. */
  readonly reserved: Reservation | undefined;
}

/** The message to store, counted against the limits of its credential and account, or the refusal. Never throws. */
export async function draftMessage(
  message: SubmittedMessage,
  context: AcceptanceContext,
): Promise<DraftedMessage | Refusal> {
  const { credential, envelope } = message;
  const { directory, limits, clock, log } = context;
  const nowMs = clock.now();
  let reserved: Reservation | undefined;
  try {
    const stream = await streamOf(message, directory);
    const author = await authorize(message, context);
    const refusal = author.refusal ?? refuseStream(message, stream);
    const reserving =
      refusal === undefined
        ? limits.reserve(credential, recipientsOf(envelope), nowMs, message.received.sizeBytes)
        : undefined;
    const counted = isPromise(reserving) ? await reserving : reserving;
    const refused =
      refusal ?? (counted !== undefined && 'code' in counted ? limitRefusal(counted) : undefined);
    if (refused !== undefined) {
      noteRefusal(message, refused, context);
      return refused;
    }
    reserved = counted as Reservation | undefined;
    const chosen: ChosenStream = stream ?? { name: credential.stream, kind: 'transactional' };
    const draft = newMessage(message, nowMs, {
      maxAgeMs: context.longestAgeMs(chosen.maxAgeMs),
      stream: chosen,
      signingDomain: author.signingDomain,
    });
    context.streamFit.note(draft.facts, chosen, message.received.header.isListMail);
    return { draft: reserved === undefined ? draft : counting(draft, reserved), reserved };
  } catch (error) {
    limits.settle(reserved, false, nowMs);
    return refusalOfFailure(error, message.id, log);
  }
}

function counting(draft: NewMessage, { uses, storage }: Reservation): NewMessage {
  if (uses === undefined && storage === undefined) return draft;
  return { ...draft, ...(uses && { uses }), ...(storage && { countsStorage: true }) };
}

export function refusalOfFailure(error: unknown, messageId: string, log: Log): Refusal {
  return { because: 'failure', reply: replyToFailure(error, messageId, log) };
}

interface Author {
  readonly refusal: Refusal | undefined;
  /** The domain whose keys sign the message: the author's own, or the one that covers it. */
  readonly signingDomain: string;
}

async function authorize(message: SubmittedMessage, context: AcceptanceContext): Promise<Author> {
  const { headerFrom } = message.received.header;
  const [first] = headerFrom;
  const facts = await senderFacts(message.credential, headerFrom, context);
  const domain = first?.domain ?? '';
  const signingDomain = facts.ownDomain(domain)?.coveredBy ?? domain;
  const refused = refuseHeaderFrom(headerFrom, facts);
  if (refused === undefined) {
    const { senders } = message.received.header;
    const refusal = senders.length === 0 ? undefined : await refuseSender(message, senders, context);
    return { refusal, signingDomain };
  }
  return { refusal: { because: 'author', reply: replyOf(refused), fix: refused.fix }, signingDomain };
}

async function refuseSender(
  { credential }: SubmittedMessage,
  senders: readonly Mailbox[],
  context: AcceptanceContext,
): Promise<Refusal | undefined> {
  const sender = refuseHeaderFrom(senders, await senderFacts(credential, senders, context));
  if (sender === undefined) return undefined;
  const { code, status, text } = sender;
  return { because: 'author', reply: reply(code, status, `Sender: ${text}`), fix: sender.fix };
}

/** The reply to the client. */
export function replyOf({ code, status, text }: SenderRefusal): Reply {
  return reply(code, status, text);
}

/** `undefined`: the account has no such stream. */
function streamOf(
  { credential, received }: SubmittedMessage,
  directory: Pick<DirectoryReader, 'knownStreams' | 'streamByName'>,
): Promise<ChosenStream | undefined> {
  const { control, headerFrom } = received.header;
  return chooseStream(control.stream, headerFrom[0]?.domain ?? '', credential, directory);
}

function refuseStream({ received }: SubmittedMessage, stream: ChosenStream | undefined): Refusal | undefined {
  const name = received.header.control.stream;
  if (name === undefined || stream !== undefined) return undefined;
  const text = `X-Relay-Stream: there is no stream ${name}; fix: relayctl stream add ${name}`;
  return { because: 'stream', reply: reply(554, '5.6.0', text) };
}

/** As the refusal of a message. */
export function limitRefusal(refusal: LimitRefusal | undefined): Refusal | undefined {
  if (refusal === undefined) return undefined;
  return { because: 'limit', reply: refusal, retryAfterSeconds: refusal.retryAfterSeconds };
}

function recipientsOf({ forwardPaths }: Envelope): readonly string[] {
  return forwardPaths.map(({ recipient }) => recipient);
}
