/**
 * A message given as parts: composed here, then treated like any other, with the same header preparation, content
 * reception and acceptance. The checks of MAIL and RCPT come first.
 */
import { flatMapInTurn } from '../platform/in-turn.ts';
import { setImmediate as turn } from 'node:timers/promises';
import { isPromise } from 'node:util/types';
import type { Composition } from '../compose/composition.ts';
import { composePieces } from '../compose/compose-message.ts';
import { ContentReceiver } from './receive-content.ts';
import { reply } from '../smtp/server/replies.ts';
import { replyToFailure } from './store-failure.ts';
import type { ControlHeaders } from '../message/control-headers.ts';
import { prepareHeader } from '../message/fix-ups.ts';
import { buildReceived, type ReceivedProtocol } from '../message/received.ts';
import { shellWord } from '../platform/shell-word.ts';
import { authorizationKey, suppressionKey } from '../smtp/address-keys.ts';
import { formatMailbox, needsSmtpUtf8, type Mailbox } from '../smtp/address.ts';
import type { Envelope } from '../smtp/envelope.ts';
import type { IdempotencyMark } from '../store/idempotency.ts';
import type { Credential } from '../store/records.ts';
import { acceptMessage } from './accept-message.ts';
import type { Refusal, SubmittedMessage, Verdict } from './submitted-message.ts';
import type { Acceptance } from './acceptance.ts';
import { TemplateEngineError } from '../template/template-engine.ts';
import { isRendered } from './message-templates.ts';

export interface ApiRecipient {
  readonly mailbox: Mailbox;
  /** Its position in the request: `to[2]`. */
  readonly field: string;
}

export interface ApiSubmission {
  readonly composition: Composition;
  /** At least one; the last of equal addresses counts. */
  readonly recipients: readonly ApiRecipient[];
  readonly control: ControlHeaders;
}

export interface ApiClient {
  readonly credential: Credential;
  /** Names the request in the log. */
  readonly session: string;
  readonly address: string;
  /** `undefined`: in clear. */
  readonly tls: { readonly version: string; readonly cipher: string } | undefined;
  /** From a program on this machine, not over HTTP. */
  readonly local?: boolean;
}

/** A composed message whose content is in memory or in the store, and not yet part of the spool. */
export interface ReceivedSubmission {
  readonly message: SubmittedMessage;
  /** The message is in the spool. */
  release(): void;
  /** The message is not accepted after all. */
  abandon(): void;
}

/** Octets given to the receiver at once, so that it can apply backpressure between chunks. */
const SLICE_BYTES = 256 * 1024;
/** Composing yields after this time; nearly every message is done by then. */
const TURN_MS = 5;

/** Resolves when the message is durable, or to the refusal. `markFor` gets the message id. Never rejects. */
export async function submit(
  submission: ApiSubmission,
  client: ApiClient,
  acceptance: Acceptance,
  markFor?: (messageId: string) => IdempotencyMark,
): Promise<Verdict> {
  const refusal =
    refuseRate(client.credential, acceptance) ??
    (await refuseRecipients(submission, client.credential, acceptance)) ??
    (await refuseNullMx(submission.recipients, acceptance));
  if (refusal !== undefined) return { kind: 'refused', refusal };
  const composition = await fillComposition(submission, client.credential, acceptance);
  if ('because' in composition) return { kind: 'refused', refusal: composition };
  const received = await receiveComposed({ ...submission, composition }, client, acceptance);
  if ('because' in received) return { kind: 'refused', refusal: received };
  const verdict = await acceptMessage(received.message, acceptance, markFor?.(received.message.id));
  if (verdict.kind === 'accepted') received.release();
  else received.abandon();
  return verdict;
}

/** Counts one message against the credential's rate. */
export function refuseRate(credential: Credential, { limits, clock }: Acceptance): Refusal | undefined {
  const refusal = limits.takeMessage(credential, clock.now());
  if (refusal === undefined) return undefined;
  return { because: 'limit', reply: refusal, retryAfterSeconds: refusal.retryAfterSeconds };
}

/** Number and suppression of recipients, as at RCPT. */
export async function refuseRecipients(
  { recipients, control }: ApiSubmission,
  { accountId, stream }: Credential,
  { maxRecipients, suppressedRecipients, directory, clock }: Acceptance,
): Promise<Refusal | undefined> {
  if (recipients.length > maxRecipients) {
    const text = `Too many recipients: the limit is ${maxRecipients} a message`;
    return { because: 'recipient', reply: reply(452, '4.5.3', text), field: 'to' };
  }
  if (suppressedRecipients === 'accept') return undefined;
  for (const { mailbox, field } of recipients) {
    const name = control.stream ?? stream;
    const suppression = await directory.suppressionFor(accountId, name, suppressionKey(mailbox), clock.now());
    if (suppression === undefined) continue;
    const address = formatMailbox(mailbox);
    const fix = `relayctl suppression remove ${shellWord(address)}`;
    const text = `<${address}> is suppressed (${suppression.reason}); fix: ${fix}`;
    return { because: 'recipient', reply: reply(550, '5.7.1', text), field };
  }
  return undefined;
}

/** Suppressed recipients as known here; the store decides at acceptance. */
export function suppressedRecipients(
  { recipients, control }: ApiSubmission,
  { accountId, stream }: Credential,
  { directory, clock }: Pick<Acceptance, 'directory' | 'clock'>,
): Promise<readonly string[]> {
  const name = control.stream ?? stream;
  return flatMapInTurn(recipients, async ({ mailbox }) => {
    const found = await directory.suppressionFor(accountId, name, suppressionKey(mailbox), clock.now());
    return found === undefined ? [] : [formatMailbox(mailbox)];
  });
}

/** Refuses domains with a null MX, as far as known in time (null-mx-check.ts). */
export async function refuseNullMx(
  recipients: readonly ApiRecipient[],
  { nullMx }: Acceptance,
): Promise<Refusal | undefined> {
  if (nullMx === undefined) return undefined;
  const answers = recipients.map(({ mailbox }) => nullMx.refuses(mailbox.domain));
  // Usually all answers are known and nothing is awaited.
  const known = answers.some(isPromise)
    ? await Promise.all(answers.map(async (answer) => await answer))
    : answers;
  const refused = recipients[known.indexOf(true)];
  if (refused === undefined) return undefined;
  const { mailbox, field } = refused;
  const text = `<${formatMailbox(mailbox)}>: ${mailbox.domain} takes no mail (null MX)`;
  return { because: 'recipient', reply: reply(556, '5.1.10', text), field };
}

/** Composes the message, its template rendered, and receives its octets. Never rejects. */
export async function receiveComposed(
  submission: ApiSubmission,
  client: ApiClient,
  acceptance: Acceptance,
): Promise<ReceivedSubmission | Refusal> {
  const { clock, ids, hostname, log, spool, memory, maxMessageBytes, hideClientAddress } = acceptance;
  const nowMs = clock.now();
  const { id, reportToken } = ids.next(nowMs);
  const envelope = envelopeOf(submission);
  const [only] = envelope.forwardPaths;
  const flow = new Flow();
  const receiver = new ContentReceiver({
    maxMessageBytes,
    upload: id,
    spool,
    memory,
    flow,
    prepareHeader: (header) =>
      prepareHeader(header, {
        messageId: id,
        reportToken,
        hostname,
        nowMs,
        received: buildReceived({
          clientHelo: '',
          clientAddress: hideClientAddress ? undefined : client.address,
          serverName: hostname,
          protocol: protocolOf(client),
          tls: client.tls,
          messageId: id,
          recipient: envelope.forwardPaths.length === 1 ? only?.recipient : undefined,
          atMs: nowMs,
        }),
      }),
    storeFailed: (error) => replyToFailure(error, id, log),
  });
  try {
    let turnEndsMs = clock.monotonic() + TURN_MS;
    for (const piece of composePieces(submission.composition, { messageId: id, hostname, nowMs })) {
      for (let from = 0; from < piece.length; from += SLICE_BYTES) {
        receiver.push(piece.subarray(from, from + SLICE_BYTES));
        if (flow.paused !== undefined) await flow.paused;
      }
      if (clock.monotonic() < turnEndsMs) continue;
      await turn();
      turnEndsMs = clock.monotonic() + TURN_MS;
    }
    const received = await receiver.end();
    if ('refusal' in received) {
      receiver.abandon();
      const { refusal } = received;
      return { because: refusal.code < 500 ? 'failure' : 'content', reply: refusal };
    }
    const header = { ...received.header, control: submission.control };
    return {
      message: {
        id,
        via: 'http',
        session: client.session,
        client: client.address,
        credential: client.credential,
        envelope,
        received: { ...received, header },
        reauthorize: () => reauthorize(client, acceptance),
      },
      release: () => receiver.release(),
      abandon: () => receiver.abandon(),
    };
  } catch (error) {
    receiver.abandon();
    return { because: 'failure', reply: replyToFailure(error, id, log) };
  }
}

function protocolOf({ local, tls }: ApiClient): ReceivedProtocol {
  if (local === true) return 'LOCAL';
  return tls === undefined ? 'HTTP' : 'HTTPS';
}

/** Author and stream are checked with every draft. */
async function reauthorize(
  { credential, address }: ApiClient,
  { authenticator }: Acceptance,
): Promise<Credential | Refusal> {
  const standing = await authenticator.recheck(credential, address);
  return 'refusal' in standing ? { because: 'credential', reply: standing.refusal } : standing.credential;
}

/** The parts with the rendered template, if any. Never rejects. */
export async function fillComposition(
  { composition, control }: ApiSubmission,
  { accountId }: Credential,
  { templates, log }: Acceptance,
): Promise<Composition | Refusal> {
  if (control.template === undefined) return composition;
  try {
    const rendered = await templates.render(accountId, control.template, control.variables);
    if (!isRendered(rendered)) {
      const { field, refusal } = rendered;
      return { because: 'template', reply: reply(554, '5.6.0', refusal), field };
    }
    const { subject, text, html } = rendered;
    return { ...composition, text, html, subject: subject ?? composition.subject };
  } catch (error) {
    const failure = replyToFailure(error, control.template.name, log);
    if (error instanceof TemplateEngineError && error.code === 'held')
      return { because: 'limit', reply: failure, retryAfterSeconds: error.retryAfterSeconds };
    return { because: 'failure', reply: failure };
  }
}

/** The reverse-path is the author: reports go there, or to the return-path host of its domain. */
function envelopeOf({ composition, recipients }: ApiSubmission): Envelope {
  const { from, replyTo } = composition;
  const mailboxes = [from.mailbox, ...recipients.map(({ mailbox }) => mailbox)];
  const forwardPaths = new Map(
    recipients.map(({ mailbox }) => [
      authorizationKey(mailbox),
      { recipient: formatMailbox(mailbox), notify: undefined, originalRecipient: undefined },
    ]),
  );
  return {
    reversePath: formatMailbox(from.mailbox),
    bodyType: '7bit',
    smtpUtf8: mailboxes.some(needsSmtpUtf8) || replyTo.some(({ mailbox }) => needsSmtpUtf8(mailbox)),
    requireTls: false,
    dsnReturn: undefined,
    envelopeId: undefined,
    forwardPaths: [...forwardPaths.values()],
  };
}

/** Pauses the writer while chunks are being stored. */
class Flow {
  paused: Promise<void> | undefined;
  #resume: (() => void) | undefined;

  pause(): void {
    this.paused = new Promise((resolve) => (this.#resume = resolve));
  }

  resume(): void {
    this.paused = undefined;
    this.#resume?.();
  }
}
