/**
 * One session on port 25: its recipients and the handling of its message. Accepts reports and mail to postmaster
 * only; independent of sockets. RFC 5321 §3, §4.5.1.
 */
import { parseMailCommand, parseRcptCommand, type MailCommand } from '../smtp/server/path-command.ts';
import * as replies from '../smtp/server/replies.ts';
import type { SmtpFigures } from '../smtp/server/smtp-figures.ts';
import type { Occupant, SessionRoom } from '../smtp/server/session-room.ts';
import type { StrangerLog } from '../smtp/server/stranger-log.ts';
import type { DataFlow, DataSink, SmtpPeer, ServerSession } from '../smtp/server/server-session.ts';
import type { AcceptedHashes } from '../platform/keyed-hash.ts';
import { formatMailbox } from '../smtp/address.ts';
import type { Reply } from '../smtp/reply.ts';
import type { DirectoryReader } from '../store/directory.ts';
import { acceptedRecipient, type ReportAddress } from './accepted-recipients.ts';
import { unsubscribeSink, type UnsubscribeMailContext } from './take-unsubscribe.ts';
import type { ClientRates } from './client-rates.ts';
import {
  postmasterSink,
  reportSink,
  type IncomingContext,
  type PostmasterRecipient,
} from './incoming-message.ts';

export interface InboundContext extends IncomingContext, UnsubscribeMailContext {
  readonly directory: Pick<DirectoryReader, 'domainHolder' | 'accountByName'>;
  /** Keyed, for return-path tokens. */
  readonly hashes: AcceptedHashes;
  readonly room: SessionRoom;
  readonly rates: ClientRates;
  readonly strangers: StrangerLog;
  readonly figures: SmtpFigures;
}

interface ReportTransaction {
  readonly mail: MailCommand;
  /** By the recipient as written. */
  readonly reports: Map<string, ReportAddress>;
  postmaster: PostmasterRecipient | undefined;
  /** It is for the unsubscribe address, and nothing else. */
  unsubscribes: boolean;
}

/** RFC 5321 §4.5.3.1.8 requires 100; a report has one. */
const MAX_RECIPIENTS = 100;
/** RFC 9422. */
const LIMITS = [`LIMITS RCPTMAX=${MAX_RECIPIENTS}`];
/** Refused recipients before the client, which probes for addresses, is disconnected. */
const MAX_REFUSED = 20;
const TOO_MANY_REFUSED = replies.reply(421, '4.7.0', 'Too many recipients that are not here');
/** The client sends it again, to the others. */
const ALONE = replies.reply(452, '4.5.3', 'Mail to the unsubscribe address has no other recipient');
const BUSY = replies.reply(452, '4.3.1', 'Too much at the moment, try again later');

export class InboundSession implements ServerSession, Occupant {
  readonly #peer: SmtpPeer;
  readonly #context: InboundContext;
  readonly #startMs: number;
  #admitted = false;
  #closed = false;
  #transaction: ReportTransaction | undefined;
  #accepted = 0;
  #refused = 0;
  #refusedRecipients = 0;

  constructor(peer: SmtpPeer, context: InboundContext) {
    this.#peer = peer;
    this.#context = context;
    this.#startMs = context.clock.monotonic();
    context.figures.began();
  }

  readonly authenticated = false;
  readonly account = undefined;

  get inTransaction(): boolean {
    return this.#transaction !== undefined;
  }

  get address(): string {
    return this.#peer.address;
  }

  get idle(): boolean {
    return !this.inTransaction;
  }

  giveWay(): void {
    this.#peer.end(replies.TOO_MANY_CONNECTIONS);
  }

  admit(): Reply | undefined {
    this.#admitted = this.#context.room.admit(this);
    return this.#admitted ? undefined : replies.TOO_MANY_CONNECTIONS;
  }

  get extensions(): readonly string[] {
    return LIMITS;
  }

  authenticate(): Reply {
    return replies.AUTH_NOT_OFFERED;
  }

  authenticateByCertificate(): Reply {
    return replies.AUTH_NOT_OFFERED;
  }

  mail(line: Uint8Array): Reply {
    return this.#count(this.#mail(line));
  }

  async rcpt(line: Uint8Array): Promise<Reply> {
    const transaction = this.#transaction;
    if (transaction === undefined) return replies.NEED_MAIL;
    const answer = this.#count(await this.#rcpt(line, transaction));
    if (answer.code < 500 || ++this.#refusedRecipients < MAX_REFUSED) return answer;
    return TOO_MANY_REFUSED;
  }

  data(flow: DataFlow): Reply | DataSink {
    const transaction = this.#transaction;
    if (transaction === undefined) return replies.NEED_MAIL;
    const { mail, reports, postmaster, unsubscribes } = transaction;
    if (reports.size === 0 && postmaster === undefined && !unsubscribes) return replies.NEED_RECIPIENT;
    const { memory, rates, clock, figures } = this.#context;
    if (memory.short) return this.#count(BUSY);
    const incoming = {
      peer: this.#peer,
      reversePath: mail.reversePath,
      smtpUtf8: mail.smtpUtf8,
      about: reports,
      isClosed: () => this.#closed,
    };
    const sink = unsubscribes
      ? unsubscribeSink({ peer: this.#peer, fromNobody: mail.reversePath === undefined }, this.#context)
      : postmaster === undefined
        ? reportSink(incoming, this.#context)
        : postmasterSink({ ...incoming, postmaster }, flow, this.#context);
    return {
      ...sink,
      push: (bytes) => {
        rates.spendOctets(this.#peer.address, bytes.length, clock.now());
        return sink.push(bytes);
      },
      end: async () => this.#count(await figures.untilReply(clock, sink.end())),
    };
  }

  reset(): void {
    if (this.#transaction !== undefined) this.#context.room.touch(this, undefined);
    this.#transaction = undefined;
  }

  secured(): void {
    this.#transaction = undefined;
  }

  closed(): void {
    this.#closed = true;
    const { room, clock, strangers, figures } = this.#context;
    figures.ended(clock.monotonic() - this.#startMs);
    room.leave(this);
    const { id, address, tls, helo } = this.#peer;
    strangers.info('inbound session ended', address, {
      session: id,
      helo: helo === '' ? undefined : helo,
      tls: tls === undefined ? undefined : `${tls.version} ${tls.cipher}`,
      accepted: this.#accepted,
      refused: this.#refused,
      turned_away: this.#admitted ? undefined : true,
      duration_ms: Math.round(clock.monotonic() - this.#startMs),
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
    this.#context.room.touch(this, undefined);
    this.#transaction = { mail, reports: new Map(), postmaster: undefined, unsubscribes: false };
    return replies.SENDER_OK;
  }

  async #rcpt(line: Uint8Array, transaction: ReportTransaction): Promise<Reply> {
    const { config, clock } = this.#context;
    const hostname = config.hostname.toLowerCase();
    const postmaster = { localPart: 'postmaster', domain: hostname };
    const command = parseRcptCommand(line, transaction.mail.smtpUtf8, postmaster);
    if ('refusal' in command) return command.refusal;
    const judged = await acceptedRecipient(command.recipient, {
      ...this.#context,
      hostname,
      nowMs: clock.now(),
    });
    if ('refusal' in judged) return judged.refusal;
    const { reports, postmaster: toPostmaster } = transaction;
    if (judged.kind === 'unsubscribe') {
      if (reports.size > 0 || toPostmaster !== undefined) return ALONE;
      transaction.unsubscribes = true;
      return replies.RECIPIENT_OK;
    }
    if (transaction.unsubscribes) return ALONE;
    const address = formatMailbox(command.recipient).toLowerCase();
    if (judged.kind === 'postmaster')
      transaction.postmaster = { address: formatMailbox(command.recipient), accountId: judged.accountId };
    else if (transaction.reports.size >= MAX_RECIPIENTS && !transaction.reports.has(address))
      return replies.reply(452, '4.5.3', `Too many recipients: the limit is ${MAX_RECIPIENTS} a message`);
    else transaction.reports.set(address, judged);
    return replies.RECIPIENT_OK;
  }

  #count(answer: Reply): Reply {
    if (answer.code >= 400) {
      this.#refused++;
      this.#context.figures.refused(answer);
    } else if (answer.status === '2.0.0') this.#accepted++;
    return answer;
  }
}
