/**
 * One submission session, from the greeting to QUIT: who the client is and what it may send. It decides every reply;
 * sockets and syntax belong to the adapter. RFC 6409, RFC 5321 §3, RFC 4954.
 *
 * Order of checks at MAIL: authentication (530), syntax, sender, rate. A credential is looked up again at each MAIL
 * and when a message is stored; session-watch.ts ends the sessions of one that is no longer valid.
 */
import type { Credential } from '../store/directory-records.ts';
import type { Reply } from '../smtp/reply.ts';
import { acceptMessage } from '../intake/accept-message.ts';
import { firstIdOf, smtpMark } from './idempotent-result.ts';
import type { Acceptance } from '../intake/acceptance.ts';
import type { Login, LoginClient } from '../intake/authentication.ts';
import { isSameVersion } from '../intake/credential-standing.ts';
import { LoginAttempts } from '../intake/login-attempts.ts';
import { replyToFailure } from '../intake/store-failure.ts';
import * as loginReplies from '../intake/login-replies.ts';
import { parseMailCommand, parseRcptCommand } from '../smtp/server/path-command.ts';
import { ContentReceiver } from '../intake/receive-content.ts';
import { submissionExtensions } from '../smtp/server/submission-parameters.ts';
import * as replies from '../smtp/server/replies.ts';
import type { Occupant, SessionRoom } from '../smtp/server/session-room.ts';
import type { DataFlow, DataSink, SmtpPeer, ServerSession } from '../smtp/server/server-session.ts';
import { noteRefused } from './refused-content.ts';
import { prepareSubmitted } from './prepare-submitted.ts';
import { candidatesFor, chooseSender, reauthorize, turnAway } from './sender-choice.ts';
import type { SmtpFigures } from '../smtp/server/smtp-figures.ts';
import type { SessionWatch, WatchedSession } from './session-watch.ts';
import { envelopeOf, takeRecipient, type MailTransaction } from './transaction.ts';

export interface SessionContext extends Acceptance {
  readonly room: SessionRoom;
  readonly watch: SessionWatch;
  readonly figures: SmtpFigures;
}

export class SubmissionSession implements ServerSession, WatchedSession, Occupant {
  readonly #peer: SmtpPeer;
  readonly #context: SessionContext;
  readonly #startMs: number;
  readonly #client: LoginClient;
  #admitted = false;
  #closed = false;
  #login: Credential | undefined;
  #transaction: MailTransaction | undefined;
  /** Of the last login or MAIL. */
  #account: string | undefined;
  /** Of the last login or MAIL. */
  #holder: Credential | undefined;
  // For the log line at the end.
  #accepted = 0;
  #refused = 0;

  constructor(peer: SmtpPeer, context: SessionContext) {
    this.#peer = peer;
    this.#context = context;
    this.#client = { session: peer.id, address: peer.address, attempts: new LoginAttempts() };
    this.#startMs = context.clock.monotonic();
    context.figures.began();
  }

  get authenticated(): boolean {
    return this.#login !== undefined;
  }

  get extensions(): readonly string[] {
    const { config, clock } = this.#context;
    // RFC 9422 §4: no more than is enforced.
    return [...submissionExtensions(clock.now()), `LIMITS RCPTMAX=${config.submission.maxRecipients}`];
  }

  get account(): string | undefined {
    return this.#account;
  }

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

  get holder(): Credential | undefined {
    return this.#holder;
  }

  async recheck(): Promise<void> {
    const holder = this.#holder;
    if (holder === undefined) return;
    const standing = await this.#context.authenticator.recheck(holder, this.#peer.address);
    // A login or MAIL has looked up another in the meantime: that one is rechecked next.
    if (!isSameVersion(this.#holder, holder)) return;
    if ('refusal' in standing) this.#peer.end(loginReplies.CREDENTIAL_GONE);
    else this.#holder = standing.credential;
  }

  admit(): Reply | undefined {
    this.#admitted = this.#context.room.admit(this);
    return this.#admitted ? undefined : replies.TOO_MANY_CONNECTIONS;
  }

  async authenticate(username: string, password: string): Promise<Reply> {
    return this.#logIn(await this.#context.authenticator.login(this.#client, username, password));
  }

  async authenticateByCertificate(authorizationId: string): Promise<Reply> {
    const { authenticator } = this.#context;
    return this.#logIn(
      await authenticator.loginByCertificate(this.#client, this.#peer.certificate, authorizationId),
    );
  }

  mail(line: Uint8Array): Promise<Reply> {
    return this.#mail(line).then((answer) => this.#count(answer));
  }

  rcpt(line: Uint8Array): Reply | Promise<Reply> {
    const transaction = this.#transaction;
    if (transaction === undefined) return replies.NEED_MAIL;
    const { config } = this.#context;
    const command = parseRcptCommand(line, transaction.mail.smtpUtf8, config.inbound.postmaster);
    if ('refusal' in command) return this.#count(command.refusal);
    const answer = takeRecipient(transaction, command, this.#context);
    return answer instanceof Promise ? answer.then((reply) => this.#count(reply)) : this.#count(answer);
  }

  data(flow: DataFlow): Reply | DataSink {
    const transaction = this.#transaction;
    if (transaction === undefined) return replies.NEED_MAIL;
    if (transaction.forwardPaths.size === 0) return replies.NEED_RECIPIENT;
    const { config, clock, ids, spool, memory, log, figures } = this.#context;
    const { id, reportToken } = ids.next(clock.now());
    const receiver = new ContentReceiver({
      maxMessageBytes: config.submission.maxMessageBytes,
      upload: id,
      spool,
      memory,
      flow,
      prepareHeader: (header) =>
        prepareSubmitted(
          header,
          { id, reportToken, transaction, peer: this.#peer, authenticated: this.authenticated },
          this.#context,
        ),
      storeFailed: (error) => replyToFailure(error, id, log),
    });
    return {
      push: (bytes) => receiver.push(bytes),
      end: () => figures.untilReply(clock, this.#finish(receiver, id, transaction)),
      abort: () => receiver.abandon(),
    };
  }

  reset(): void {
    if (this.#transaction !== undefined) this.#context.room.touch(this, this.#account);
    this.#transaction = undefined;
  }

  secured(): void {
    this.#login = undefined;
    this.#transaction = undefined;
    this.#account = undefined;
  }

  closed(): void {
    this.#closed = true;
    const { room, watch, clock, log, strangers, figures } = this.#context;
    figures.ended(clock.monotonic() - this.#startMs);
    watch.remove(this);
    room.leave(this);
    const { id, address, tls, helo } = this.#peer;
    const ended = {
      client: address,
      session: id,
      helo: helo === '' ? undefined : helo,
      tls: tls === undefined ? undefined : `${tls.version} ${tls.cipher}`,
      account: this.#holder?.accountName,
      credential: this.#holder?.id,
      accepted: this.#accepted,
      refused: this.#refused,
      turned_away: this.#admitted ? undefined : true,
      duration_ms: Math.round(clock.monotonic() - this.#startMs),
    };
    if (this.#holder === undefined) strangers.info('session ended', address, ended);
    else log.info('session ended', ended);
  }

  #logIn(login: Login): Reply {
    if ('refusal' in login) return this.#count(login.refusal);
    this.#login = login.credential;
    this.#noteUse(login.credential);
    this.#heldBy(login.credential);
    return loginReplies.AUTHENTICATED;
  }

  async #mail(line: Uint8Array): Promise<Reply> {
    if (this.#transaction !== undefined) return replies.NESTED_MAIL;
    const candidates = await candidatesFor(this.#login, this.#peer, this.#context);
    if ('refusal' in candidates) return turnAway(candidates, this.#login, this.#peer, this.#context);
    const mail = parseMailCommand(line, this.#context.clock.now());
    if ('refusal' in mail) return mail.refusal;
    const choice = await chooseSender(candidates.credentials, mail.reversePath, this.#peer, this.#context);
    if ('refusal' in choice) return turnAway(choice, candidates.credentials[0], this.#peer, this.#context);
    const { credential } = choice;
    const { config, limits, clock } = this.#context;
    const { maxMessageBytes } = config.submission;
    if ((mail.sizeBytes ?? 0) > maxMessageBytes) return replies.tooBig(maxMessageBytes);
    const tooFast = await limits.takeMessage(credential, clock.now(), mail.sizeBytes ?? 1);
    if (tooFast !== undefined) return tooFast;
    this.#heldBy(credential);
    this.#noteUse(credential);
    this.#transaction = { credential, mail, forwardPaths: new Map() };
    return replies.SENDER_OK;
  }

  #noteUse(credential: Credential): void {
    const { uses, clock } = this.#context;
    const { address, helo, tls } = this.#peer;
    const client = () => ({ name: helo === '' ? undefined : helo, tls: tls?.version });
    uses.note(credential, address, clock.now(), client);
  }

  #heldBy(credential: Credential): void {
    if (!this.#closed && !isSameVersion(this.#holder, credential)) this.#context.watch.add(this);
    this.#holder = credential;
    this.#account = credential.accountId;
    this.#context.room.touch(this, this.#account);
  }

  async #finish(receiver: ContentReceiver, id: string, transaction: MailTransaction): Promise<Reply> {
    const received = await receiver.end();
    if ('refusal' in received) {
      noteRefused({ id, transaction, received, peer: this.#peer }, this.#context);
      receiver.abandon();
      return this.#count(received.refusal);
    }
    // The client is gone and cannot receive 250: it will send the message again.
    if (this.#closed) {
      receiver.abandon();
      return this.#count(replies.INTERNAL_ERROR);
    }
    const { idempotencyKey } = received.header.control;
    const verdict = await acceptMessage(
      {
        id,
        via: 'smtp',
        session: this.#peer.id,
        client: this.#peer.address,
        credential: transaction.credential,
        envelope: envelopeOf(transaction),
        received,
        reauthorize: () => reauthorize(transaction, this.#peer, this.#context),
      },
      this.#context,
      // The key alone decides: a retry carries a new Date and boundary.
      idempotencyKey === undefined ? undefined : smtpMark(idempotencyKey, id),
    );
    if (verdict.kind === 'accepted') {
      receiver.release();
      return this.#count(replies.queued(id));
    }
    receiver.abandon();
    const repeated = verdict.kind === 'repeated';
    return this.#count(repeated ? replies.queued(firstIdOf(verdict.first)) : verdict.refusal.reply);
  }

  #count(answer: Reply): Reply {
    if (answer.code >= 400) {
      this.#refused++;
      this.#context.figures.refused(answer);
    } else if (answer.status === '2.0.0') this.#accepted++;
    return answer;
  }
}
