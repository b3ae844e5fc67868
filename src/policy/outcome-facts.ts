/** What policy/outcome.ts decides on, and the shape of its decisions: what happened to a recipient in, what follows from it out. */
import type { Reply } from '../smtp/reply.ts';
import type { AttemptStage } from './attempt-stage.ts';
import type { BounceRules } from './bounce-rules.ts';
import type { DeliveryState, EventType } from './delivery-state.ts';
import type { Failure } from './failure.ts';
import type { LocalClass } from './local-failures.ts';
import type { DsnDueFacts } from './dsn-due.ts';

/** What happened to one recipient in one attempt. */
export type RecipientResult =
  /** The remote answered; the last word for this recipient in this transaction. */
  | {
      readonly kind: 'replied';
      readonly reply: Reply;
      readonly stage: Extract<AttemptStage, 'mail' | 'rcpt' | 'data' | 'final'>;
      /** How many forward-paths the reply was for. */
      readonly sharedBy: number;
      /** At least one other forward-path of the transaction was taken at RCPT. */
      readonly othersTaken?: boolean;
    }
  /** Nothing was sent: the hop lacks something that the message needs. `status` such as `5.6.7`. */
  | { readonly kind: 'unsendable'; readonly status: string; readonly text: string }
  /** A failure of this relay's own: no remote had a part in it. */
  | { readonly kind: 'local'; readonly localClass: LocalClass; readonly text: string }
  /** The session broke before this recipient had its last word. */
  | {
      readonly kind: 'lost';
      readonly stage: AttemptStage;
      readonly text: string;
      readonly reply: Reply | undefined;
      readonly afterFinalDot: boolean;
      /** This relay is at fault, and not the remote. */
      readonly localClass?: LocalClass | undefined;
    }
  | {
      readonly kind: 'dns';
      /** `failed`: no answer, ask again. The others are answers. */
      readonly found: 'no-such-domain' | 'no-mail-host' | 'null-mx' | 'loop' | 'failed';
      readonly text: string;
      /** Of `failed`: it was not the domain's DNS that failed, but ours. */
      readonly localClass?: LocalClass | undefined;
    }
  /** No host of the destination came to the point of MAIL; the last failure. */
  | {
      readonly kind: 'connection-failed';
      readonly stage: Extract<AttemptStage, 'connect' | 'greeting' | 'ehlo' | 'starttls' | 'auth' | 'policy'>;
      readonly reply: Reply | undefined;
      readonly text: string;
      /** Every host of the destination was reached and greeted with 521. RFC 7504 §3. */
      readonly refusesMail?: boolean;
      /** This relay is at fault, and no host. */
      readonly localClass?: LocalClass | undefined;
    }
  /** Not tried: a route of this relay rejects it, for the reason that its operator gives. */
  | { readonly kind: 'rejected'; readonly text: string }
  /** Not tried: isGivenUp of retry.ts said so. */
  | { readonly kind: 'expired'; readonly last?: LastTry }
  /** Not tried: `reason` as the suppression gives it. */
  | { readonly kind: 'suppressed'; readonly reason: string };

/** The last attempt of a delivery that is not tried any more. */
export interface LastTry {
  readonly reply: Reply | undefined;
  readonly status: string | undefined;
  readonly stage: AttemptStage;
  readonly text: string;
  readonly localClass?: LocalClass | undefined;
}

export interface OutcomeFacts extends DsnDueFacts {
  readonly result: RecipientResult;
  /** MX host of the attempt; `undefined` when none was reached. */
  readonly host: string | undefined;
  /** Whom it was for; with the reverse-path it tells whom an answer names. */
  readonly recipient: string;
  /** State before the attempt. */
  readonly state: DeliveryState;
  /** Attempts that count made before this one. */
  readonly attempts: number;
  /** Tries of its destination as a whole while it waited, the one that failed now included: told with the attempts, and without effect on the schedule. */
  readonly destinationTries?: number | undefined;
  readonly scheduleMs: readonly number[];
  /** In [0, 1). */
  readonly random: number;
  /**
   * The answer is a backup's: the hosts of better preference could not be reached, or did not take the message. What
   * it says of an address is hearsay.
   */
  readonly primaryUnreachable?: boolean | undefined;
  /** When the destination is tried again, for failures of the destination; `undefined`: by the message's schedule. */
  readonly destinationRetryAtMs: number | undefined;
  readonly rules: BounceRules;
}

export type OutcomeEventData = Readonly<Record<string, string | number | boolean | null>>;

export interface Outcome {
  readonly state: Extract<
    DeliveryState,
    'queued' | 'deferred' | 'delivered' | 'bounced' | 'expired' | 'suppressed'
  >;
  /** Set for `deferred` and `queued`. */
  readonly nextAttemptAtMs: number | undefined;
  /** `undefined`: nothing new to tell. */
  readonly eventType: EventType | undefined;
  /** Keys as the events show them: reply, status, class, hard, meaning, action, host, attempts, next_attempt_at, ... */
  readonly eventData: OutcomeEventData;
  /** `undefined` for `delivered` and `suppressed`. */
  readonly failure: Failure | undefined;
  readonly suppress: 'unknown-address' | undefined;
  /** The message ended in a soft bounce of this recipient (soft-bounces.ts). */
  readonly softBounce?: true;
  /** The DSN that is due; `relayed`: RFC 3461 §5.2.2. */
  readonly dsn: 'failed' | 'delayed' | 'relayed' | undefined;
  readonly countsAsAttempt: boolean;
  /** The destination as a whole failed: block it (destinationBackoffMs of retry.ts). */
  readonly blocksDestination: boolean;
}
