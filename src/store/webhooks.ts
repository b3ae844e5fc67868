/**
 * Webhooks: who is told of which events of an account, and what became of the telling. A webhook has a cursor in the event
 * log: what lies behind it is still to be told; what lies before has a row in its delivery log, or was not asked for. So a
 * webhook that is paused, or whose receiver is down, costs nothing and loses nothing: the log waits for it, as long as
 * events are kept.
 *
 * A delivery here is one event for one webhook. Changes are durable when their promise resolves and stand in the audit
 * log; secrets are sealed (platform/secret-box.ts) before they come here.
 */
import type { AnyEventType } from '../policy/delivery-state.ts';

export const WEBHOOK_STATES = ['active', 'paused', 'disabled'] as const;
/** `disabled`: the receiver said 410; `paused`: by a person, or because it failed for too long. */
export type WebhookState = (typeof WEBHOOK_STATES)[number];

export interface Webhook {
  /** `whk_` id. */
  readonly id: string;
  readonly accountId: string;
  readonly accountName: string;
  readonly url: string;
  /** Empty: every event. */
  readonly events: readonly AnyEventType[];
  readonly state: WebhookState;
  /** Why it is paused or disabled; empty while it is active. */
  readonly stateReason: string;
  readonly stateSinceMs: number;
  readonly sealedSecret: Uint8Array;
  /** Signs beside the present one until `previousUntilMs`. */
  readonly sealedPreviousSecret: Uint8Array | undefined;
  readonly previousUntilMs: number | undefined;
  /** Events up to this sequence are told, in the log, or were not asked for. */
  readonly cursor: number;
  /** Since when nothing has arrived there although something was sent; `undefined`: the last one arrived. */
  readonly failingSinceMs: number | undefined;
  /** When something arrived last. */
  readonly deliveredAtMs: number | undefined;
  readonly createdAtMs: number;
}

/** It begins with the next event. */
export type NewWebhook = Pick<
  Webhook,
  'id' | 'accountId' | 'url' | 'events' | 'sealedSecret' | 'createdAtMs'
>;

export const WEBHOOK_DELIVERY_STATES = ['pending', 'delivered', 'failed'] as const;
/** `failed`: given up. */
export type WebhookDeliveryState = (typeof WEBHOOK_DELIVERY_STATES)[number];

/** What came of the last try. */
export interface WebhookAttempt {
  readonly atMs: number;
  readonly durationMs: number;
  /** HTTP status; `undefined` when there was no answer. */
  readonly statusCode: number | undefined;
  /** What went wrong in words; `undefined`: it arrived. */
  readonly error: string | undefined;
  /** The beginning of the answer's body as printable text; `undefined` when there was none. */
  readonly excerpt: string | undefined;
}

/** A row of the delivery log. */
export interface WebhookDelivery {
  readonly webhookId: string;
  readonly sequence: number;
  readonly eventType: AnyEventType;
  /** `undefined`: the event is about the account. */
  readonly messageId: string | undefined;
  readonly state: WebhookDeliveryState;
  readonly attempts: number;
  /** `undefined` once it has ended, and while an earlier event of the same message has to end first. */
  readonly nextAttemptAtMs: number | undefined;
  readonly firstAttemptAtMs: number | undefined;
  readonly lastAttempt: WebhookAttempt | undefined;
  readonly endedAtMs: number | undefined;
}

export interface WebhookDeliveryFilter {
  readonly webhookId: string;
  /** `undefined`: all. */
  readonly state: 'pending' | 'failed' | undefined;
  /** Newest event first; sequences below this one. */
  readonly before: number | undefined;
  readonly limit: number;
}

export interface WebhookReader {
  /** In order of creation. `undefined`: of all accounts. */
  listWebhooks(accountId: string | undefined): Promise<readonly Webhook[]>;
  webhookById(id: string): Promise<Webhook | undefined>;
  /** Another number when a webhook was added, changed, removed, paused or resumed. */
  webhooksVersion(): Promise<number>;
  webhookDeliveries(filter: WebhookDeliveryFilter): Promise<readonly WebhookDelivery[]>;
  /** Those to be tried again by `nowMs`, longest due first. */
  dueWebhookDeliveries(webhookId: string, nowMs: number, limit: number): Promise<readonly WebhookDelivery[]>;
  /** When the next one is to be tried again; `undefined`: none waits. */
  nextWebhookAttemptAtMs(webhookId: string): Promise<number | undefined>;
  /** How many wait for another try, counted up to `limit`. */
  countWebhookRetries(webhookId: string, limit: number): Promise<number>;
  /** True while an event of the message (empty: of the account) waits in the log. */
  webhookWaitsFor(webhookId: string, messageId: string): Promise<boolean>;
  /** True when the event is in the webhook's log. */
  isWebhookRecorded(webhookId: string, sequence: number): Promise<boolean>;
  /** The first event at `atMs` or later, as exactly as events are in order of time; one past the last: none. */
  eventSequenceAt(atMs: number): Promise<number>;
}

/** What became of one event at one webhook. */
export interface WebhookOutcome {
  readonly sequence: number;
  readonly eventType: AnyEventType;
  readonly messageId: string | undefined;
  /** `retry`: tried in vain, to be tried again; `waits`: not tried, an earlier event of its message has not ended. */
  readonly result: 'delivered' | 'failed' | 'retry' | 'waits';
  /** Tries so far. */
  readonly attempts: number;
  readonly firstAttemptAtMs: number | undefined;
  readonly nextAttemptAtMs: number | undefined;
  readonly attempt: WebhookAttempt | undefined;
  /** It was in the log before: others of its message may wait behind it. */
  readonly wasRecorded: boolean;
}

/** What a dispatcher has to write down about one webhook. */
export interface WebhookRecord {
  readonly webhookId: string;
  /** Events up to this one need not be read again. */
  readonly cursor: number;
  readonly outcomes: readonly WebhookOutcome[];
  readonly failingSinceMs: number | undefined;
  /** When something arrived last, if anything did. */
  readonly deliveredAtMs: number | undefined;
  /** It arrives again: what waits for another try need not wait longer. */
  readonly recovered: boolean;
  /** Ends its activity, with an event of the account, if it still has this `url`. */
  readonly ends:
    { readonly state: 'paused' | 'disabled'; readonly reason: string; readonly url: string } | undefined;
  readonly atMs: number;
}

/** Which events are to be told once more. */
export type ReplaySelection =
  | { readonly kind: 'events'; readonly sequences: readonly number[] }
  /** Those that the webhook asks for, with a sequence above `after` and up to `upTo`, within the times. */
  | {
      readonly kind: 'range';
      readonly after: number;
      readonly upTo: number;
      readonly sinceMs: number | undefined;
      readonly untilMs: number | undefined;
    }
  | { readonly kind: 'failed' };

/** StoreError `not-found` for a webhook that is not there. */
export interface WebhookWriter {
  addWebhook(webhook: NewWebhook, actor: string): Promise<void>;
  changeWebhook(
    id: string,
    change: { readonly url: string | undefined; readonly events: readonly AnyEventType[] | undefined },
    atMs: number,
    actor: string,
  ): Promise<void>;
  pauseWebhook(id: string, reason: string, atMs: number, actor: string): Promise<void>;
  /** Also after `disabled`. What waits is tried at once; `skip`: what happened meanwhile and is not in the log is left out. */
  resumeWebhook(id: string, skip: boolean, atMs: number, actor: string): Promise<void>;
  /** The secret before it goes on to sign until `previousUntilMs`. */
  rotateWebhookSecret(
    id: string,
    sealedSecret: Uint8Array,
    previousUntilMs: number,
    atMs: number,
    actor: string,
  ): Promise<void>;
  /** With its log, in chunks. */
  removeWebhook(id: string, atMs: number, actor: string): Promise<void>;
  /** In chunks. What waits already is left as it is. Resolves to the number that will be told once more. */
  replayWebhook(id: string, selection: ReplaySelection, atMs: number, actor: string): Promise<number>;
  /** All or nothing; what is about a webhook that is gone is left out. */
  recordWebhooks(records: readonly WebhookRecord[]): Promise<void>;
}
