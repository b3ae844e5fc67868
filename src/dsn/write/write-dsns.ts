/**
 * Delivery status notifications as messages to spool: from an address under the sending domain, so that they are
 * signed with its keys, with the null reverse-path, to the original reverse-path or where its credential sends them.
 * One for all recipients of a message that fare alike (dsn/ bounds how many one DSN holds). RFC 3461 §4, RFC 3464,
 * RFC 5321 §6.1. Whether one is due is the policy's decision; this is the last lock against answering an answer.
 */
import type { Config, DeliveryConfig } from '../../config/config.ts';
import { deliveryOfOwnMail, FACTS_OF_OWN_MAIL } from '../../store/own-mail.ts';
import type { SuppressionReader } from '../../store/suppressions.ts';
import { makeId } from '../../platform/ids.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { Random } from '../../platform/random.ts';
import { suppressionKey } from '../../smtp/address-keys.ts';
import { isMailbox, parseMailbox, type Mailbox } from '../../smtp/address.ts';
import { bodyHashOf } from '../../dkim/body-hash.ts';
import { buildDsn, MAX_DSN_RECIPIENTS, type Dsn } from './build-dsn.ts';
import type { DsnRecipient, DsnOutcome, ReturnedContent } from './dsn-facts.ts';
import type { DirectoryReader } from '../../store/directory.ts';
import { StoreError } from '../../store/errors.ts';
import { MAX_CHUNK_BYTES, type MessageFacts, type NewMessage } from '../../store/message-records.ts';

export interface DsnWriterOptions {
  /** Live. `hostname`: the reporting MTA, and the sender's domain where the message's is not one of ours. */
  readonly config: Pick<Config, 'hostname'> & { readonly delivery: Pick<DeliveryConfig, 'maxAgeMs'> };
  readonly directory: Pick<DirectoryReader, 'findDomain'> & Pick<SuppressionReader, 'suppressionFor'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The message that a DSN sends back. May throw where its content is gone: it is left out then. */
export interface DsnContent {
  /** All of it when it has at most `limitBytes`; else `undefined`. */
  content(limitBytes: number): Promise<Uint8Array | undefined>;
  /** The header section with its empty line, or its first `limitBytes`. */
  header(limitBytes: number): Promise<Uint8Array>;
}

/** What a DSN is about: recipients of one message to whom the same happened. */
export interface DsnRequest {
  readonly facts: MessageFacts;
  readonly source: DsnContent;
  readonly outcome: DsnOutcome;
  /** At least one. */
  readonly recipients: readonly DsnRecipient[];
}

/** Empty when there is nobody to tell. Rejects with StoreError `busy` when what it rests on cannot be read now. */
export type WriteDsns = (request: DsnRequest) => Promise<readonly NewMessage[]>;

/** A whole message is returned up to this size (RET=FULL), else its header section: a DSN is one chunk. */
const MAX_RETURNED_BYTES = 128 * 1024;
/** More of a header section than a DSN returns in any case. */
const MAX_HEADER_BYTES = 64 * 1024;

export function createDsnWriter(options: DsnWriterOptions): WriteDsns {
  return async (request) => {
    const { facts, recipients } = request;
    if (facts.via === 'dsn' || facts.reversePath === '' || !facts.sendDsn) return [];
    const to = parseMailbox(facts.dsnTo ?? facts.reversePath);
    if (!isMailbox(to)) return [];
    const dsns: NewMessage[] = [];
    for (let start = 0; start < recipients.length; start += MAX_DSN_RECIPIENTS) {
      const part = recipients.slice(start, start + MAX_DSN_RECIPIENTS);
      dsns.push(await writeDsn(options, { ...request, recipients: part }, to));
    }
    return dsns;
  };
}

async function writeDsn(
  { config, directory, clock, random, log }: DsnWriterOptions,
  { facts, source, outcome, recipients }: DsnRequest,
  to: Mailbox,
): Promise<NewMessage> {
  const nowMs = clock.now();
  const id = makeId('msg_', nowMs, random);
  const { accountId, signingDomain } = facts;
  const fromDomain =
    (await directory.findDomain(accountId, signingDomain)) === undefined ? config.hostname : signingDomain;
  const messageIdField = `<${id}@${fromDomain}>`;
  const recipient = facts.dsnTo ?? facts.reversePath;
  const build = (returned: ReturnedContent) =>
    buildDsn({
      reportingMta: config.hostname,
      fromDomain,
      to: recipient,
      messageIdField,
      nowMs,
      random,
      outcome,
      original: facts,
      returned,
      recipients,
    });

  // RFC 3461 §4.3: RET speaks of failures; other DSNs bring the header section only.
  let dsn = build(await returnedContent(outcome === 'failed' && facts.dsnReturn === 'full'));
  if (dsn.bytes.length > MAX_CHUNK_BYTES) dsn = build(await returnedContent(false));

  const ofDsn = { id, accountId, stream: facts.stream, messageIdField, signingDomain: fromDomain };
  const suppression = await directory.suppressionFor(accountId, facts.stream, suppressionKey(to), nowMs);
  return {
    credentialVersion: undefined,
    facts: {
      ...ofDsn,
      ...factsOf(dsn),
      acceptedAtMs: nowMs,
      expiresAtMs: nowMs + config.delivery.maxAgeMs,
    },
    content: { kind: 'whole', bytes: dsn.bytes },
    deliveries: [deliveryOfOwnMail(to, suppression?.reason)],
  };

  async function returnedContent(full: boolean): Promise<ReturnedContent> {
    try {
      const whole = full ? await source.content(MAX_RETURNED_BYTES) : undefined;
      if (whole !== undefined) return { kind: 'message', bytes: whole };
      return { kind: 'header', bytes: await source.header(MAX_HEADER_BYTES) };
    } catch (error) {
      // It is there, and can be read later.
      if (error instanceof StoreError && error.code === 'busy') throw error;
      // The sender still has to learn of it.
      log.warn('a notification is written without the message it is about', {
        message: facts.id,
        reason: error instanceof Error ? error.message : String(error),
      });
      return { kind: 'header', bytes: new Uint8Array(0) };
    }
  }
}

/** As every DSN is spooled: from nobody, so that nobody answers it, and signed as the sending domain's own. */
function factsOf(dsn: Dsn) {
  return {
    ...FACTS_OF_OWN_MAIL,
    headerFrom: dsn.headerFrom,
    subject: dsn.subject,
    bodyType: dsn.bodyType,
    smtpUtf8: dsn.smtpUtf8,
    headerSizeBytes: dsn.headerSizeBytes,
    sizeBytes: dsn.bytes.length,
    bodyHash: bodyHashOf(dsn.bytes.subarray(dsn.headerSizeBytes)),
  } as const;
}
