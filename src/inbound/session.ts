/**
 * One session on port 25: who is mailed, and what is done with the message. Takes reports and mail to postmaster,
 * nothing else; knows nothing of sockets. RFC 5321 §3, §4.5.1.
 */
import type { ConnectionLimits } from '../listener/connection-limits.ts';
import type { ContentMemory } from '../listener/content-memory.ts';
import { parseMailCommand, parseRcptCommand, type MailCommand } from '../listener/path-command.ts';
import { ContentReceiver } from '../listener/receive-content.ts';
import { receivedProtocol } from '../listener/received-protocol.ts';
import * as replies from '../listener/replies.ts';
import type { DataFlow, DataSink, SmtpPeer, SmtpSession } from '../listener/smtp-session.ts';
import { replyToFailure } from '../listener/store-failure.ts';
import type { TokenHash } from '../dsn/return-path-token.ts';
import { prepareHeader } from '../message/fix-ups.ts';
import { buildReceived } from '../message/received.ts';
import { makeId } from '../platform/ids.ts';
import type { Random } from '../platform/random.ts';
import { formatMailbox } from '../smtp/address.ts';
import type { Reply } from '../smtp/reply.ts';
import type { DirectoryReader } from '../store/directory.ts';
import type { Spool } from '../store/spool.ts';
import { acceptedRecipient } from './accepted-recipients.ts';
import type { ClientRates } from './client-rates.ts';
import { relayToPostmaster, type PostmasterContext } from './relay-to-postmaster.ts';
import { ReportCopy } from './report-copy.ts';
import { takeReport, type TakeReportContext } from './take-report.ts';

export interface InboundContext extends TakeReportContext, PostmasterContext {
  readonly directory: Pick<DirectoryReader, 'domainByName' | 'accountByName'>;
  readonly spool: Pick<Spool, 'accept' | 'putChunk' | 'abandonUpload'>;
  /** Keyed, for return-path tokens. */
  readonly hash: TokenHash;
  readonly connections: ConnectionLimits;
  readonly memory: ContentMemory;
  readonly rates: ClientRates;
  readonly random: Random;
  readonly maxMessageBytes: number;
}

interface Transaction {
  readonly mail: MailCommand;
  /** Named by tokens. */
  readonly messageIds: Set<string>;
  feedback: boolean;
  postmaster: { readonly address: string; readonly accountId: string | undefined } | undefined;
}

/** RFC 5321 §4.5.3.1.8 wants room for 100; a report goes to one. */
const MAX_RECIPIENTS = 100;
/** Refused recipients after which a client is sent away: it is looking for addresses. */
const MAX_REFUSED = 20;
const TOO_MANY_REFUSED = replies.reply(421, '4.7.0', 'Too many recipients that are not here');
const BARE_POSTMASTER = /^(RCPT\s+TO\s*:\s*<)(postmaster)(>)/i;

export class InboundSession implements SmtpSession {
  readonly #peer: SmtpPeer;
  readonly #context: InboundContext;
  readonly #startMs: number;
  #admitted = false;
  #closed = false;
  #transaction: Transaction | undefined;
  #accepted = 0;
  #refused = 0;
  #refusedRecipients = 0;

  constructor(peer: SmtpPeer, context: InboundContext) {
    this.#peer = peer;
    this.#context = context;
    this.#startMs = context.clock.monotonic();
  }

  readonly authenticated = false;

  get inTransaction(): boolean {
    return this.#transaction !== undefined;
  }

  admit(): Reply | undefined {
    this.#admitted = this.#context.connections.admit(this.#peer.address);
    return this.#admitted ? undefined : replies.TOO_MANY_CONNECTIONS;
  }

  authenticate(): Reply {
    return replies.AUTH_NOT_OFFERED;
  }

  mail(line: Uint8Array): Reply {
    return this.#count(this.#mail(line));
  }

  rcpt(line: Uint8Array): Reply {
    const transaction = this.#transaction;
    if (transaction === undefined) return replies.NEED_MAIL;
    const answer = this.#count(this.#rcpt(withDomain(line, this.#context.hostname), transaction));
    if (answer.code < 500 || ++this.#refusedRecipients < MAX_REFUSED) return answer;
    return TOO_MANY_REFUSED;
  }

  data(flow: DataFlow): Reply | DataSink {
    const transaction = this.#transaction;
    if (transaction === undefined) return replies.NEED_MAIL;
    const { messageIds, feedback, postmaster } = transaction;
    if (messageIds.size === 0 && !feedback && postmaster === undefined) return replies.NEED_RECIPIENT;
    const copy = new ReportCopy(this.#context.memory);
    return postmaster === undefined
      ? this.#reportSink(transaction, copy)
      : this.#postmasterSink(transaction, copy, postmaster, flow);
  }

  reset(): void {
    this.#transaction = undefined;
  }

  secured(): void {
    this.#transaction = undefined;
  }

  closed(): void {
    this.#closed = true;
    const { connections, clock, log } = this.#context;
    if (this.#admitted) connections.release(this.#peer.address);
    const { id, address, tls, helo } = this.#peer;
    log.info('inbound session ended', {
      session: id,
      client: address,
      helo: helo === '' ? undefined : helo,
      tls: tls === undefined ? undefined : `${tls.version} ${tls.cipher}`,
      accepted: this.#accepted,
      refused: this.#refused,
      turnedAway: this.#admitted ? undefined : true,
      durationMs: Math.round(clock.monotonic() - this.#startMs),
    });
  }

  #mail(line: Uint8Array): Reply {
    if (this.#transaction !== undefined) return replies.NESTED_MAIL;
    const mail = parseMailCommand(line);
    if ('refusal' in mail) return mail.refusal;
    const { maxMessageBytes, rates, clock } = this.#context;
    if ((mail.sizeBytes ?? 0) > maxMessageBytes) return replies.tooBig(maxMessageBytes);
    const tooFast = rates.take(this.#peer.address, clock.now());
    if (tooFast !== undefined) return tooFast;
    this.#transaction = { mail, messageIds: new Set(), feedback: false, postmaster: undefined };
    return replies.SENDER_OK;
  }

  #rcpt(line: Uint8Array, transaction: Transaction): Reply {
    const command = parseRcptCommand(line, transaction.mail.smtpUtf8);
    if ('refusal' in command) return command.refusal;
    const { hostname, clock } = this.#context;
    const judged = acceptedRecipient(command.recipient, {
      ...this.#context,
      hostname: hostname.toLowerCase(),
      nowMs: clock.now(),
    });
    if ('refusal' in judged) return judged.refusal;
    switch (judged.kind) {
      case 'token':
        if (transaction.messageIds.size >= MAX_RECIPIENTS)
          return replies.reply(452, '4.5.3', `Too many recipients: the limit is ${MAX_RECIPIENTS} a message`);
        transaction.messageIds.add(judged.messageId);
        break;
      case 'feedback':
        transaction.feedback = true;
        break;
      case 'postmaster':
        transaction.postmaster = {
          address: formatMailbox(command.recipient),
          accountId: judged.accountId,
        };
    }
    return replies.RECIPIENT_OK;
  }

  /** Nothing but the beginning is kept. */
  #reportSink(transaction: Transaction, copy: ReportCopy): DataSink {
    const { maxMessageBytes } = this.#context;
    let sizeBytes = 0;
    return {
      push: (bytes) => {
        sizeBytes += bytes.length;
        copy.push(bytes);
        return sizeBytes > 2 * maxMessageBytes ? replies.STREAMED_ON : undefined;
      },
      end: async () => {
        try {
          if (sizeBytes > maxMessageBytes) return this.#count(replies.tooBig(maxMessageBytes));
          return this.#count(await this.#takeReport(transaction, copy));
        } finally {
          copy.release();
        }
      },
      abort: () => copy.release(),
    };
  }

  #postmasterSink(
    transaction: Transaction,
    copy: ReportCopy,
    to: NonNullable<Transaction['postmaster']>,
    flow: DataFlow,
  ): DataSink {
    const { clock, random, spool, memory, log, maxMessageBytes } = this.#context;
    const id = makeId('msg_', clock.now(), random);
    const receiver = new ContentReceiver({
      maxMessageBytes,
      upload: id,
      spool,
      memory,
      flow,
      prepareHeader: (header) => this.#prepareHeader(header, id, to.address, transaction),
      storeFailed: (error) => replyToFailure(error, id, log),
    });
    return {
      push: (bytes) => {
        copy.push(bytes);
        return receiver.push(bytes);
      },
      end: async () => {
        try {
          return this.#count(await this.#finish(receiver, { id, to, transaction, copy }));
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

  async #finish(
    receiver: ContentReceiver,
    message: {
      readonly id: string;
      readonly to: NonNullable<Transaction['postmaster']>;
      readonly transaction: Transaction;
      readonly copy: ReportCopy;
    },
  ): Promise<Reply> {
    const { id, to, transaction, copy } = message;
    const received = await receiver.end();
    if ('refusal' in received) {
      receiver.abandon();
      return received.refusal;
    }
    // A report that comes again changes nothing; mail to postmaster would be there twice.
    const early = transaction.messageIds.size > 0 || transaction.feedback;
    const taken = early ? await this.#takeReport(transaction, copy) : undefined;
    if (this.#closed || (taken !== undefined && taken.code !== 250)) {
      receiver.abandon();
      return taken?.code === 250 ? replies.INTERNAL_ERROR : (taken ?? replies.INTERNAL_ERROR);
    }
    const answer = await relayToPostmaster(
      {
        id,
        session: this.#peer.id,
        accountId: to.accountId,
        smtpUtf8: transaction.mail.smtpUtf8,
        received,
      },
      this.#context,
    );
    if (answer.code !== 250) {
      receiver.abandon();
      return answer;
    }
    receiver.release();
    // Some send reports to postmaster: what it is about counts, and postmaster gets it all the same.
    if (!early) await this.#takeReport({ ...transaction, feedback: true }, copy);
    return answer;
  }

  #takeReport({ messageIds, feedback }: Transaction, copy: ReportCopy): Promise<Reply> {
    const about = [...messageIds, ...(feedback ? [undefined] : [])];
    return takeReport(copy.view(), about, this.#peer.id, this.#context);
  }

  #prepareHeader(header: Uint8Array, messageId: string, recipient: string, { mail }: Transaction) {
    const { clock, hostname } = this.#context;
    const nowMs = clock.now();
    const received = buildReceived({
      clientHelo: this.#peer.helo,
      clientAddress: this.#peer.address,
      serverName: hostname,
      protocol: receivedProtocol(this.#peer, mail.smtpUtf8, false),
      tls: this.#peer.tls,
      messageId,
      recipient,
      atMs: nowMs,
    });
    return prepareHeader(header, { messageId, hostname, received, nowMs });
  }

  #count(answer: Reply): Reply {
    if (answer.code >= 400) this.#refused++;
    else if (answer.status === '2.0.0') this.#accepted++;
    return answer;
  }
}

/** RFC 5321 §4.1.1.3: `<postmaster>` without a domain is for this host. */
function withDomain(line: Uint8Array, hostname: string): Uint8Array {
  const text = Buffer.from(line).toString('latin1');
  return BARE_POSTMASTER.test(text)
    ? Buffer.from(text.replace(BARE_POSTMASTER, `$1$2@${hostname}$3`), 'latin1')
    : line;
}
