/**
 * Webhooks: receivers of an account's events, and the log of deliveries to them. A webhook has a cursor in the event log:
 * later events are still to be delivered; earlier ones have a row in its delivery log, or were not requested. So a webhook
 * that is paused, or whose receiver is down, costs nothing and loses nothing while events are kept.
 *
 * A delivery here is one event for one webhook. Changes are durable when their promise resolves and are in the audit log;
 * secrets are sealed (platform/secret-box.ts) before they come here.
 */
import type { AnyEventType } from '../policy/delivery-state.ts';

export const WEBHOOK_STATES = ['active', 'paused', 'disabled'] as const;
/** `disabled`: the receiver responded 410; `paused`: by a person, or because it failed for too long. */
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
  /** Signs as well until `previousUntilMs`. */
  readonly sealedPreviousSecret: Uint8Array | undefined;
  readonly previousUntilMs: number | undefined;
  /** Events up to this sequence are delivered, in the log, or were not requested. */
  readonly cursor: number;
  /** Since when nothing was delivered although something was sent; `undefined`: the last one was delivered. */
  readonly failingSinceMs: number | undefined;
  /** When something was last delivered. */
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

/** The result of the last try. */
export interface WebhookAttempt {
  readonly atMs: number;
  readonly durationMs: number;
  /** HTTP status; `undefined`: there was no response. */
  readonly statusCode: number | undefined;
  /** The error in words; `undefined`: it was delivered. */
  readonly error: string | undefined;
  /** The beginning of the response's body as printable text; `undefined`: there was none. */
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
  /** Changes when a webhook was added, changed, removed, paused or resumed. */
  webhooksVersion(): Promise<number>;
  webhookDeliveries(filter: WebhookDeliveryFilter): Promise<readonly WebhookDelivery[]>;
  /** Those to be retried by `nowMs`, longest due first. */
  dueWebhookDeliveries(webhookId: string, nowMs: number, limit: number): Promise<readonly WebhookDelivery[]>;
  /** The time of the next retry; `undefined`: none waits. */
  nextWebhookAttemptAtMs(webhookId: string): Promise<number | undefined>;
  /** How many wait for a retry, counted up to `limit`. */
  countWebhookRetries(webhookId: string, limit: number): Promise<number>;
  /** True while an event of the message (empty: of the account) waits in the log. */
  webhookWaitsFor(webhookId: string, messageId: string): Promise<boolean>;
  /** True when the event is in the webhook's log. */
  isWebhookRecorded(webhookId: string, sequence: number): Promise<boolean>;
  /** The first event at `atMs` or later, as far as events are in order of time; the end of the log when there is none. */
  eventSequenceAt(atMs: number): Promise<number>;
}

/** The outcome of one event at one webhook. */
export interface WebhookOutcome {
  readonly sequence: number;
  readonly eventType: AnyEventType;
  readonly messageId: string | undefined;
  /** `retry`: failed, to be retried; `waits`: not tried, an earlier event of its message has not ended. */
  readonly result: 'delivered' | 'failed' | 'retry' | 'waits';
  /** Tries so far. */
  readonly attempts: number;
  readonly firstAttemptAtMs: number | undefined;
  readonly nextAttemptAtMs: number | undefined;
  readonly attempt: WebhookAttempt | undefined;
  /** It was in the log before: others of its message may wait for it. */
  readonly wasRecorded: boolean;
}

/** A dispatcher's records about one webhook. */
export interface WebhookRecord {
  readonly webhookId: string;
  /** Events up to this one need not be read again. */
  readonly cursor: number;
  readonly outcomes: readonly WebhookOutcome[];
  readonly failingSinceMs: number | undefined;
  /** When something was last delivered, if anything was. */
  readonly deliveredAtMs: number | undefined;
  /** The receiver works again: retries need not wait longer. */
  readonly recovered: boolean;
  /** Ends its activity, with an event of the account, if it still has this `url`. */
  readonly ends:
    { readonly state: 'paused' | 'disabled'; readonly reason: string; readonly url: string } | undefined;
  readonly atMs: number;
}

/** Selects the events to be delivered once more. */
export type ReplaySelection =
  | { readonly kind: 'events'; readonly sequences: readonly number[] }
  /** Requested events with a sequence above `after` and up to `upTo`, within the times. */
  | {
      readonly kind: 'range';
      readonly after: number;
      readonly upTo: number;
      readonly sinceMs: number | undefined;
      readonly untilMs: number | undefined;
    }
  | { readonly kind: 'failed' };

/** StoreError `not-found` when there is no such webhook. */
export interface WebhookWriter {
  addWebhook(webhook: NewWebhook, actor: string): Promise<void>;
  changeWebhook(
    id: string,
    change: { readonly url: string | undefined; readonly events: readonly AnyEventType[] | undefined },
    atMs: number,
    actor: string,
  ): Promise<void>;
  pauseWebhook(id: string, reason: string, atMs: number, actor: string): Promise<void>;
  /** Also after `disabled`. Waiting events are tried at once; `skip`: events since then that are not in the log are left out. */
  resumeWebhook(id: string, skip: boolean, atMs: number, actor: string): Promise<void>;
  /** The former secret also signs until `previousUntilMs`. */
  rotateWebhookSecret(
    id: string,
    sealedSecret: Uint8Array,
    previousUntilMs: number,
    atMs: number,
    actor: string,
  ): Promise<void>;
  /** With its log, in chunks. */
  removeWebhook(id: string, atMs: number, actor: string): Promise<void>;
  /** In chunks. Events that wait already are left as they are. Resolves to the number that will be delivered once more. */
  replayWebhook(id: string, selection: ReplaySelection, atMs: number, actor: string): Promise<number>;
  /** All or nothing; records about a removed webhook are ignored. */
  recordWebhooks(records: readonly WebhookRecord[]): Promise<void>;
}
