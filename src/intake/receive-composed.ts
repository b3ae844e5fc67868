/**
 * A message given as parts: composed here, then treated like any other, with the same header preparation, content
 * preparation and the same reception of content as over SMTP.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Composition } from '../compose/composition.ts';
import { composePieces } from '../compose/compose-message.ts';
import type { ControlHeaders } from '../message/control-headers.ts';
import { prepareHeader } from '../message/fix-ups.ts';
import { buildReceived, type ReceivedProtocol } from '../message/received.ts';
import type { Clock } from '../platform/clock.ts';
import { formatMailbox, needsSmtpUtf8, type Mailbox } from '../smtp/address.ts';
import { authorizationKey } from '../smtp/address-keys.ts';
import type { Envelope } from '../smtp/envelope.ts';
import type { Credential } from '../store/directory-records.ts';
import type { Acceptance } from './acceptance.ts';
import { ContentReceiver } from './receive-content.ts';
import { replyToFailure } from './store-failure.ts';
import type { Refusal, SubmittedMessage } from './submitted-message.ts';

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

/** Composes the message, its template rendered, and receives its octets. Never rejects. */
export async function receiveComposed(
  submission: ApiSubmission,
  client: ApiClient,
  acceptance: Acceptance,
): Promise<ReceivedSubmission | Refusal> {
  const { clock, ids, config, log } = acceptance;
  const nowMs = clock.now();
  const { id, reportToken } = ids.next(nowMs);
  const envelope = envelopeOf(submission);
  const flow = new Flow();
  const receiver = receiverOf({ id, reportToken, nowMs, envelope, flow }, client, acceptance);
  try {
    const pieces = composePieces(submission.composition, { messageId: id, hostname: config.hostname, nowMs });
    await pushAll(pieces, receiver, flow, clock);
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

interface Receiving {
  readonly id: string;
  readonly reportToken: string;
  readonly nowMs: number;
  readonly envelope: Envelope;
  readonly flow: Flow;
}

function receiverOf(
  { id, reportToken, nowMs, envelope, flow }: Receiving,
  client: ApiClient,
  { config, log, spool, memory }: Acceptance,
): ContentReceiver {
  const { hostname, submission } = config;
  const [only] = envelope.forwardPaths;
  return new ContentReceiver({
    maxMessageBytes: submission.maxMessageBytes,
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
          clientAddress: submission.hideClientAddress ? undefined : client.address,
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
}

/** In slices, as fast as the store takes them; others get their turn in between. */
async function pushAll(
  pieces: Iterable<Uint8Array>,
  receiver: ContentReceiver,
  flow: Flow,
  clock: Clock,
): Promise<void> {
  let turnEndsMs = clock.monotonic() + TURN_MS;
  for (const piece of pieces) {
    for (let from = 0; from < piece.length; from += SLICE_BYTES) {
      receiver.push(piece.subarray(from, from + SLICE_BYTES));
      if (flow.paused !== undefined) await flow.paused;
    }
    if (clock.monotonic() < turnEndsMs) continue;
    await turn();
    turnEndsMs = clock.monotonic() + TURN_MS;
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
