/**
 * One incoming message on port 25: only the beginning of a report is kept, mail to postmaster is spooled whole. The
 * final reply follows the store's commit.
 */
import type { ContentMemory } from '../intake/content-memory.ts';
import { ContentReceiver } from '../intake/receive-content.ts';
import { receivedProtocol } from '../smtp/server/received-protocol.ts';
import { INTERNAL_ERROR } from '../smtp/server/replies.ts';
import type { DataFlow, DataSink, SmtpPeer } from '../smtp/server/server-session.ts';
import { replyToFailure } from '../intake/store-failure.ts';
import { prepareHeader } from '../message/fix-ups.ts';
import { buildReceived } from '../message/received.ts';
import { makeId } from '../platform/ids.ts';
import type { Random } from '../platform/random.ts';
import type { Mailbox } from '../smtp/address.ts';
import type { Reply } from '../smtp/reply.ts';
import type { Spool } from '../store/spool.ts';
import type { ReportAddress } from './accepted-recipients.ts';
import { copyingSink } from './copying-sink.ts';
import { relayToPostmaster, type PostmasterContext } from './relay-to-postmaster.ts';
import { ReportCopy } from './report-copy.ts';
import { takeReport, type IncomingReport, type TakeReportContext } from './take-report.ts';

export interface IncomingContext extends TakeReportContext, PostmasterContext {
  readonly spool: Pick<Spool, 'accept' | 'putChunk' | 'abandonUpload'>;
  readonly memory: ContentMemory;
  readonly random: Random;
  readonly maxMessageBytes: number;
}

export interface IncomingMessage {
  readonly peer: SmtpPeer;
  readonly smtpUtf8: boolean;
  readonly reversePath: Mailbox | undefined;
  /** The report addresses among its recipients, by their text in lower case. */
  readonly about: ReadonlyMap<string, ReportAddress>;
  /** The client is gone and cannot receive 250. */
  readonly isClosed: () => boolean;
}

export interface PostmasterRecipient {
  /** As in RCPT. */
  readonly address: string;
  /** The owner of its domain; `undefined`: the relay's host name. */
  readonly accountId: string | undefined;
}

/** For tokens and the address of feedback loops. */
export function reportSink(message: IncomingMessage, context: IncomingContext): DataSink {
  return copyingSink(context, (copy) => takeReport(reportOf(message, copy), context));
}

/** For postmaster, possibly together with tokens. */
export function postmasterSink(
  message: IncomingMessage & { readonly postmaster: PostmasterRecipient },
  flow: DataFlow,
  context: IncomingContext,
): DataSink {
  const { clock, random, spool, memory, log, maxMessageBytes } = context;
  const id = makeId('msg_', clock.now(), random);
  const copy = new ReportCopy(memory);
  const receiver = new ContentReceiver({
    maxMessageBytes,
    upload: id,
    spool,
    memory,
    flow,
    prepareHeader: (header) => prepare(header, id, message, context),
    storeFailed: (error) => replyToFailure(error, id, log),
  });
  return {
    push: (bytes) => {
      copy.push(bytes);
      return receiver.push(bytes);
    },
    end: async () => {
      try {
        const answer = await finish(receiver, { ...message, id, copy }, context);
        if (answer.code === 250) receiver.release();
        else receiver.abandon();
        return answer;
      } finally {
        copy.release();
      }
    },
    abort: () => {
      copy.release();
      receiver.abandon();
    },
  };
}

type PostmasterMail = IncomingMessage & {
  readonly postmaster: PostmasterRecipient;
  readonly id: string;
  readonly copy: ReportCopy;
};

async function finish(
  receiver: ContentReceiver,
  message: PostmasterMail,
  context: IncomingContext,
): Promise<Reply> {
  const { id, about, copy, peer, postmaster, smtpUtf8, isClosed } = message;
  const received = await receiver.end();
  if ('refusal' in received) return received.refusal;
  // A repeated report changes nothing; repeated mail to postmaster would be delivered twice.
  if (about.size > 0) {
    const taken = await takeReport(reportOf(message, copy), context);
    if (taken.code !== 250) return taken;
  }
  if (isClosed()) return INTERNAL_ERROR;
  const answer = await relayToPostmaster({ id, session: peer.id, smtpUtf8, received }, context);
  // Reports sent to postmaster reach postmaster as well.
  if (answer.code === 250 && about.size === 0) {
    const address = { accountId: postmaster.accountId, token: undefined };
    const to = new Map([[postmaster.address.toLowerCase(), address]]);
    const report = reportOf({ ...message, about: to }, copy);
    await takeReport({ ...report, comesAgain: false }, context);
  }
  return answer;
}

function reportOf(message: IncomingMessage, copy: ReportCopy): IncomingReport {
  const { peer, reversePath, about } = message;
  return { bytes: copy.view(), extent: copy.extent, peer, reversePath, about, comesAgain: true };
}

function prepare(
  header: Uint8Array,
  messageId: string,
  { peer, smtpUtf8, postmaster }: IncomingMessage & { readonly postmaster: PostmasterRecipient },
  { clock, config }: IncomingContext,
) {
  const nowMs = clock.now();
  const received = buildReceived({
    clientHelo: peer.helo,
    clientAddress: peer.address,
    serverName: config.hostname,
    protocol: receivedProtocol(peer, smtpUtf8, false),
    tls: peer.tls,
    messageId,
    recipient: postmaster.address,
    atMs: nowMs,
  });
  return prepareHeader(header, { messageId, hostname: config.hostname, received, nowMs });
}
