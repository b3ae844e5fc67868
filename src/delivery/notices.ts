/**
 * Delivery status notifications as messages to spool: from an address under the sending domain, so that they are
 * signed with its keys, with the null reverse-path, to the original reverse-path. One for all recipients of a parcel
 * that failed together (dsn/ bounds how many one report holds). RFC 3461 §4, RFC 3464, RFC 5321 §6.1.
 */
import { makeId } from '../platform/ids.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Random } from '../platform/random.ts';
import { addressKey, isMailbox, parseMailbox, type Mailbox } from '../smtp/address.ts';
import { RelaxedBodyHash } from '../dkim/body-hash.ts';
import { buildFailureReport, MAX_REPORTED_RECIPIENTS } from '../dsn/build-failure.ts';
import type { ReturnedContent } from '../dsn/failure.ts';
import { destinationOf } from '../policy/destination.ts';
import type { DirectoryReader } from '../store/directory.ts';
import { MAX_CHUNK_BYTES, type NewMessage } from '../store/records.ts';
import type { FailedRecipient, MakeNotices } from './conclusions.ts';
import type { Parcel } from './parcel.ts';

export interface NoticeOptions {
  /** Name of this relay: the reporting MTA, and the sender's domain where the message's is not one of ours. */
  readonly hostname: string;
  readonly maxAgeMs: number;
  readonly directory: Pick<DirectoryReader, 'domainByName' | 'suppressionFor'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A whole message is returned up to this size (RET=FULL), else its header section: a notice is one chunk. */
const MAX_RETURNED_BYTES = 128 * 1024;
/** More of a header section than a report returns in any case. */
const MAX_HEADER_BYTES = 64 * 1024;

export function createMakeNotices(options: NoticeOptions): MakeNotices {
  return (parcel, failed) => {
    const to = parseMailbox(parcel.facts.reversePath);
    if (!isMailbox(to)) return [];
    const notices: NewMessage[] = [];
    for (let start = 0; start < failed.length; start += MAX_REPORTED_RECIPIENTS)
      notices.push(makeNotice(options, parcel, to, failed.slice(start, start + MAX_REPORTED_RECIPIENTS)));
    return notices;
  };
}

function makeNotice(
  { hostname, maxAgeMs, directory, clock, random, log }: NoticeOptions,
  { facts, source }: Parcel,
  to: Mailbox,
  failed: readonly FailedRecipient[],
): NewMessage {
  const nowMs = clock.now();
  const id = makeId('msg_', nowMs, random);
  const fromDomain =
    directory.domainByName(facts.signingDomain) === undefined ? hostname : facts.signingDomain;
  const messageIdField = `<${id}@${fromDomain}>`;
  const build = (returned: ReturnedContent) =>
    buildFailureReport({
      reportingMta: hostname,
      fromDomain,
      to: facts.reversePath,
      messageIdField,
      nowMs,
      random,
      original: facts,
      returned,
      failed: failed.map(({ delivery, failure, attempt }) => ({
        recipient: delivery.recipient,
        originalRecipient: delivery.originalRecipient,
        status: failure.status,
        remoteHost: attempt?.host,
        reply: failure.reply,
        replied: failure.replied,
        meaning: failure.meaning,
        action: failure.action,
        lastAttemptAtMs: attempt?.atMs,
      })),
    });

  let report = build(returnedContent(facts.dsnReturn === 'full'));
  if (report.bytes.length > MAX_CHUNK_BYTES) report = build(returnedContent(false));

  const body = new RelaxedBodyHash();
  body.update(report.bytes.subarray(report.headerSizeBytes));
  return {
    facts: {
      id,
      accountId: facts.accountId,
      credentialId: undefined,
      stream: facts.stream,
      via: 'dsn',
      reversePath: '',
      headerFrom: report.headerFrom,
      subject: report.subject,
      messageIdField,
      bodyType: report.bodyType,
      smtpUtf8: report.smtpUtf8,
      requireTls: false,
      dsnReturn: undefined,
      envelopeId: undefined,
      sendDsn: false,
      tags: [],
      metadata: {},
      signingDomain: fromDomain,
      headerSizeBytes: report.headerSizeBytes,
      sizeBytes: report.bytes.length,
      bodyHash: body.digest(),
      acceptedAtMs: nowMs,
      sendAtMs: undefined,
      expiresAtMs: nowMs + maxAgeMs,
    },
    content: { kind: 'whole', bytes: report.bytes },
    deliveries: [
      {
        recipient: facts.reversePath,
        destination: destinationOf(to),
        notify: ['never'],
        originalRecipient: undefined,
        suppressedBy: directory.suppressionFor(facts.accountId, facts.stream, addressKey(to), nowMs)?.reason,
      },
    ],
  };

  function returnedContent(full: boolean): ReturnedContent {
    try {
      const whole = full ? source.content(MAX_RETURNED_BYTES) : undefined;
      if (whole !== undefined) return { kind: 'message', bytes: whole };
      return { kind: 'header', bytes: source.header(MAX_HEADER_BYTES) };
    } catch (error) {
      // The sender still has to learn of the failure.
      log.warn('a notification is written without the message it is about', {
        message: facts.id,
        error: error instanceof Error ? error.message : String(error),
      });
      return { kind: 'header', bytes: new Uint8Array(0) };
    }
  }
}
