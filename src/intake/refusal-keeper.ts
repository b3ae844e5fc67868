/**
 * Keeps messages that were permanently refused after their content, so that an operator can see what a client lost
 * that ignores the last reply. Only mail of a credential gets here; the number kept is limited
 * (policy/refusal-ration.ts) and bounded in the store. The reply does not wait for it, and nothing depends on it:
 * what cannot be kept is counted.
 */
import { summarize } from '../message/encoded-words.ts';
import { fieldText, parseHeaderSection } from '../message/header-section.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { spaced } from '../platform/visible-text.ts';
import { RefusalRation } from '../policy/refusal-ration.ts';
import type { Envelope } from '../smtp/envelope.ts';
import { formatReply, type Reply } from '../smtp/reply.ts';
import type { Credential } from '../store/directory-records.ts';
import { MAX_REFUSED_HEADER_BYTES, type RefusalWriter } from '../store/refusals.ts';

export interface TurnedAway {
  /** `msg_` id. */
  readonly id: string;
  readonly via: 'smtp' | 'http';
  readonly credential: Credential;
  /** Its address. */
  readonly client: string;
  readonly envelope: Envelope;
  readonly reply: Reply;
  /** The remedy. */
  readonly fix?: string | undefined;
  /** The available part of the header section. */
  readonly headers: Uint8Array;
}

export interface RefusalKeeperOptions {
  /** `undefined`: messages are counted only. */
  readonly writer: RefusalWriter | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly ration?: RefusalRation;
}

const MAX_RECIPIENTS = 20;
const MAX_REPLY_CHARACTERS = 500;
const MAX_FROM_CHARACTERS = 320;
const MAX_SUBJECT_CHARACTERS = 200;
/** Being stored, 64 KiB each at most. */
const MAX_IN_FLIGHT = 64;

export class RefusalKeeper {
  readonly #options: RefusalKeeperOptions;
  readonly #ration: RefusalRation;
  #inFlight = 0;
  #kept = 0;
  #leftOut = 0;

  constructor(options: RefusalKeeperOptions) {
    this.#options = options;
    this.#ration = options.ration ?? new RefusalRation();
  }

  /** Since the process started. */
  get counts(): { readonly kept: number; readonly leftOut: number } {
    return { kept: this.#kept, leftOut: this.#leftOut };
  }

  /** Keeps the message after a 5yz reply; a 4yz will be retried. Never throws. */
  keep(message: TurnedAway): void {
    if (message.reply.code < 500) return;
    const { writer, clock, log } = this.#options;
    const { accountId } = message.credential;
    const leftOut =
      writer === undefined || this.#inFlight >= MAX_IN_FLIGHT
        ? undefined
        : this.#ration.take(accountId, clock.monotonic());
    if (writer === undefined || leftOut === undefined) {
      this.#leftOut++;
      return;
    }
    this.#inFlight++;
    const kept = refusedMessage(message, leftOut, clock.now());
    writer
      .keepRefused(kept)
      .then(
        () => {
          this.#kept++;
        },
        (error: unknown) => {
          this.#leftOut++;
          this.#ration.lost(accountId, leftOut);
          const reason = error instanceof Error ? error.message : String(error);
          log.warn('refused message not kept', { message: message.id, reason });
        },
      )
      .finally(() => {
        this.#inFlight--;
      });
  }
}

function refusedMessage(message: TurnedAway, leftOut: number, refusedAtMs: number) {
  const { id, via, credential, client, envelope, reply, fix } = message;
  // A copy: a transfer to another thread would take its whole buffer along.
  const headers = Uint8Array.from(message.headers.subarray(0, MAX_REFUSED_HEADER_BYTES));
  const { fields } = parseHeaderSection(headers);
  const textOf = (name: string, maxCharacters: number) => {
    const field = fields.find((one) => one.name === name);
    return field && summarize(fieldText(headers, field), maxCharacters);
  };
  const { forwardPaths, reversePath } = envelope;
  return {
    id,
    accountId: credential.accountId,
    credentialId: credential.id,
    via,
    client,
    refusedAtMs,
    reversePath,
    recipients: forwardPaths.slice(0, MAX_RECIPIENTS).map(({ recipient }) => recipient),
    recipientCount: forwardPaths.length,
    reply: spaced(formatReply(reply)).slice(0, MAX_REPLY_CHARACTERS),
    fix: fix?.slice(0, MAX_REPLY_CHARACTERS),
    headerFrom: textOf('from', MAX_FROM_CHARACTERS),
    subject: textOf('subject', MAX_SUBJECT_CHARACTERS),
    leftOut,
    headers,
  };
}
