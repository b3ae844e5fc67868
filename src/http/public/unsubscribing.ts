/**
 * What a good link does: shows what its recipient gets, unsubscribes, takes that back. Only a POST changes anything, so scanners
 * and browsers that look ahead do no harm, whatever they call themselves (RFC 8058 §3.2). All of it is idempotent.
 */
import type { Link } from '../../links/link-token.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { RESUBSCRIBE_WITHIN_MS } from '../../policy/unsubscribe.ts';
import { suppressionKeyOf } from '../../smtp/address-keys.ts';
import type {
  Subscriber,
  Subscription,
  UnsubscribeReader,
  UnsubscribeWay,
  UnsubscribeWriter,
} from '../../store/unsubscribes.ts';
import type { AddressHashes } from '../../store/hashed-addresses.ts';
import * as answers from './answers.ts';
import type { FormWish } from './form-body.ts';
import type { LinkPath } from './link-path.ts';

export interface UnsubscribingContext {
  readonly reader: UnsubscribeReader;
  readonly writer: UnsubscribeWriter;
  /** Somebody who was erased is known by them. */
  readonly hashes: AddressHashes;
  readonly clock: Clock;
  readonly log: Log;
}

/** A request with a good token. */
export interface LinkRequest {
  readonly path: LinkPath;
  readonly link: Link;
}

/** For GET and HEAD. Rejects with StoreError, like {@link changeByLink}. */
export async function showLink(request: LinkRequest, context: UnsubscribingContext): Promise<answers.Answer> {
  const facts = await factsOf(request, context);
  return facts === undefined ? answers.GONE : answers.offer(facts);
}

/** For POST. */
export async function changeByLink(
  request: LinkRequest,
  wish: FormWish,
  context: UnsubscribingContext,
): Promise<answers.Answer> {
  const { path, link } = request;
  if (path.undo) return await resubscribe(request, link.stream, context);
  switch (wish.kind) {
    case 'one-click': {
      const done = await unsubscribe(request, { stream: link.stream, by: 'one-click' }, context);
      return done === 'gone' ? answers.GONE : answers.unsubscribedByOneClick(link.stream);
    }
    case 'unsubscribe':
      return await unsubscribeOnPage(request, wish.stream, context);
    case 'resubscribe':
      return await resubscribeOnPage(request, wish.stream, context);
    case 'unknown':
      return answers.BAD_FORM;
  }
}

async function unsubscribeOnPage(
  request: LinkRequest,
  stream: string,
  context: UnsubscribingContext,
): Promise<answers.Answer> {
  const refusal = await notOnPage(request, stream, context);
  if (refusal !== undefined) return refusal;
  const done = await unsubscribe(request, { stream, by: 'page' }, context);
  return done === 'gone' ? answers.GONE : await changedAnswer(request, stream, context);
}

async function resubscribeOnPage(
  request: LinkRequest,
  stream: string,
  context: UnsubscribingContext,
): Promise<answers.Answer> {
  return (await notOnPage(request, stream, context)) ?? (await resubscribe(request, stream, context));
}

/** A form can name anything; only what the page shows is changed. */
async function notOnPage(
  request: LinkRequest,
  stream: string,
  context: UnsubscribingContext,
): Promise<answers.Answer | undefined> {
  const facts = await factsOf(request, context);
  if (facts === undefined) return answers.GONE;
  return facts.subscriptions.streams.some((one) => one.stream === stream) ? undefined : answers.BAD_FORM;
}

async function unsubscribe(
  { link }: LinkRequest,
  { stream, by }: { readonly stream: string; readonly by: UnsubscribeWay },
  context: UnsubscribingContext,
) {
  const { writer, clock, log } = context;
  const { messageId, recipientNumber } = link;
  const subscriber = { ...subscriberOf(link, context), stream };
  const done = await writer.unsubscribe({ ...subscriber, messageId, recipientNumber, by, atMs: clock.now() });
  if (done === 'unsubscribed') log.info('unsubscribed', { message: messageId, stream, by });
  return done;
}

async function resubscribe(
  request: LinkRequest,
  stream: string,
  context: UnsubscribingContext,
): Promise<answers.Answer> {
  const { writer, clock, log } = context;
  const { link } = request;
  const nowMs = clock.now();
  const subscriber = { ...subscriberOf(link, context), stream };
  const removed = await writer.resubscribe(subscriber, nowMs - RESUBSCRIBE_WITHIN_MS, nowMs);
  if (removed === 0) return answers.NOTHING_TO_UNDO;
  log.info('unsubscription taken back', { message: link.messageId, stream });
  return await changedAnswer(request, stream, context);
}

/** As it is now, which another suppression may have a say in. */
async function changedAnswer(
  request: LinkRequest,
  stream: string,
  context: UnsubscribingContext,
): Promise<answers.Answer> {
  const facts = await factsOf(request, context);
  const now = facts?.subscriptions.streams.find((one): one is Subscription => one.stream === stream);
  return facts === undefined || now === undefined ? answers.GONE : answers.changed(facts, now);
}

async function factsOf(
  { path, link }: LinkRequest,
  context: UnsubscribingContext,
): Promise<answers.PageFacts | undefined> {
  const nowMs = context.clock.now();
  const subscriber = subscriberOf(link, context);
  const subscriptions = await context.reader.subscriptions(subscriber, link.messageId, nowMs);
  return subscriptions && { path, stream: link.stream, subscriptions, nowMs };
}

function subscriberOf(
  { accountId, stream, recipient }: Link,
  { hashes }: Pick<UnsubscribingContext, 'hashes'>,
): Subscriber {
  const address = suppressionKeyOf(recipient);
  return { accountId, stream, address, hashes: hashes(address) };
}
