/**
 * Forwards mail to postmaster to the operator's address (`inbound.postmaster`), as a message of the relay with the
 * null reverse-path, in the operator's account: it causes no DSNs, stays out of the statistics, and no tenant sees or
 * suppresses it. The author is unchanged. Received fields bound loops (RFC 5321 §4.5.1, §6.3).
 */
import type { ReceivedContent } from '../intake/received-content.ts';
import { queued } from '../smtp/server/replies.ts';
import { replyToFailure } from '../intake/store-failure.ts';
import type { Config } from '../config/config.ts';
import { assert } from '../platform/assert.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { formatMailbox } from '../smtp/address.ts';
import type { Reply } from '../smtp/reply.ts';
import type { DirectoryReader, DirectoryWriter } from '../store/directory.ts';
import type { MessageFacts } from '../store/message-records.ts';
import { ensureOperatorAccount, OPERATOR_ACCOUNT } from '../store/operator-account.ts';
import { deliveryOfOwnMail, FACTS_OF_OWN_MAIL } from '../store/own-mail.ts';
import type { Spool } from '../store/spool.ts';

export interface PostmasterContext {
  /** Live. `hostname`: the message leaves under it, and is signed if keys exist. */
  readonly config: Config;
  readonly directory: Pick<DirectoryReader, 'accountByName'>;
  readonly accounts: Pick<DirectoryWriter, 'addAccount'>;
  readonly spool: Pick<Spool, 'accept'>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface PostmasterMessage {
  /** `msg_` id, already in the content's header. */
  readonly id: string;
  readonly session: string;
  readonly smtpUtf8: boolean;
  readonly received: ReceivedContent;
}

const STREAM = 'transactional';

/** Resolves to 250 when it is durable, otherwise to the refusal. Never rejects. */
export async function relayToPostmaster(
  message: PostmasterMessage,
  context: PostmasterContext,
): Promise<Reply> {
  const { config, spool, directory, accounts, clock, log } = context;
  try {
    const { postmaster } = config.inbound;
    assert(postmaster !== undefined, 'where port 25 is open there is a postmaster');
    const nowMs = clock.now();
    await ensureOperatorAccount(directory, accounts, nowMs);
    const facts = factsOf(message, nowMs, context);
    const delivery = deliveryOfOwnMail(postmaster);
    const { recipient } = delivery;
    const { content } = message.received;
    await spool.accept({ facts, credentialVersion: undefined, content, deliveries: [delivery] });
    log.info('mail to postmaster', {
      message: message.id,
      session: message.session,
      header_from: facts.headerFrom,
      recipient,
      size_bytes: facts.sizeBytes,
    });
    return queued(message.id);
  } catch (error) {
    return replyToFailure(error, message.id, log);
  }
}

function factsOf(
  { id, smtpUtf8, received }: PostmasterMessage,
  nowMs: number,
  { config }: PostmasterContext,
): MessageFacts {
  const { header } = received;
  const [author] = header.headerFrom;
  return {
    ...FACTS_OF_OWN_MAIL,
    id,
    accountId: OPERATOR_ACCOUNT.id,
    stream: STREAM,
    headerFrom: author === undefined ? '' : formatMailbox(author),
    subject: header.subject,
    messageIdField: header.messageIdField,
    bodyType: received.eightBit ? '8bitmime' : '7bit',
    smtpUtf8,
    signingDomain: config.hostname,
    headerSizeBytes: received.headerSizeBytes,
    sizeBytes: received.sizeBytes,
    bodyHash: received.bodyHash,
    acceptedAtMs: nowMs,
    expiresAtMs: nowMs + config.delivery.maxAgeMs,
  };
}
