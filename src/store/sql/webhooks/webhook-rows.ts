/** Rows of webhooks and of their delivery log, and the records that they represent. */
import { copiedTable, type CopiedTable } from '../../copy/copied-table.ts';
import type { AnyEventType } from '../../../policy/delivery-state.ts';
import type { Webhook, WebhookDelivery, WebhookDeliveryState, WebhookState } from '../../webhooks.ts';

export interface WebhookRow {
  readonly id: number;
  readonly public_id: string;
  readonly account_public_id: string;
  readonly account_name: string;
  readonly url: string;
  readonly events: string;
  readonly state: WebhookState;
  readonly state_reason: string;
  readonly state_since: number;
  readonly sealed_secret: Uint8Array;
  readonly sealed_previous_secret: Uint8Array | null;
  readonly previous_until: number | null;
  readonly cursor: number;
  readonly failing_since: number | null;
  readonly delivered_at: number | null;
  readonly created_at: number;
}

/** Conditions on `w` follow. */
export const SELECT_WEBHOOK = `SELECT w.*, a.public_id AS account_public_id, a.name AS account_name
  FROM webhook w JOIN account a ON a.id = w.account_id`;

export interface WebhookDeliveryRow {
  readonly webhook_public_id: string;
  readonly event_sequence: number;
  readonly event_type: AnyEventType;
  readonly message_id: string;
  readonly state: WebhookDeliveryState;
  readonly attempts: number;
  readonly next_attempt_at: number | null;
  readonly first_attempt_at: number | null;
  readonly last_attempt_at: number | null;
  readonly status_code: number | null;
  readonly error: string | null;
  readonly excerpt: string | null;
  readonly duration_ms: number | null;
  readonly ended_at: number | null;
}

/** The value of the column `message_id` for an event about an account. */
export const ABOUT_ACCOUNT = '';

export function webhookOf(row: WebhookRow): Webhook {
  return {
    id: row.public_id,
    accountId: row.account_public_id,
    accountName: row.account_name,
    url: row.url,
    events: JSON.parse(row.events) as AnyEventType[],
    state: row.state,
    stateReason: row.state_reason,
    stateSinceMs: row.state_since,
    sealedSecret: row.sealed_secret,
    sealedPreviousSecret: row.sealed_previous_secret ?? undefined,
    previousUntilMs: row.previous_until ?? undefined,
    cursor: row.cursor,
    failingSinceMs: row.failing_since ?? undefined,
    deliveredAtMs: row.delivered_at ?? undefined,
    createdAtMs: row.created_at,
  };
}

export function webhookDeliveryOf(row: WebhookDeliveryRow): WebhookDelivery {
  return {
    webhookId: row.webhook_public_id,
    sequence: row.event_sequence,
    eventType: row.event_type,
    messageId: row.message_id === ABOUT_ACCOUNT ? undefined : row.message_id,
    state: row.state,
    attempts: row.attempts,
    nextAttemptAtMs: row.next_attempt_at ?? undefined,
    firstAttemptAtMs: row.first_attempt_at ?? undefined,
    lastAttempt:
      row.last_attempt_at === null
        ? undefined
        : {
            atMs: row.last_attempt_at,
            durationMs: row.duration_ms ?? 0,
            statusCode: row.status_code ?? undefined,
            error: row.error ?? undefined,
            excerpt: row.excerpt ?? undefined,
          },
    endedAtMs: row.ended_at ?? undefined,
  };
}

export const webhookTables: readonly CopiedTable[] = [
  copiedTable(
    'webhook',
    'id',
    `public_id account_id url events state state_reason state_since sealed_secret sealed_previous_secret previous_until
     cursor failing_since delivered_at created_at`,
    { filledByUse: true },
  ),
  copiedTable(
    'webhook_delivery',
    'webhook_id event_sequence',
    `event_type message_id state attempts next_attempt_at first_attempt_at last_attempt_at status_code error excerpt
     duration_ms ended_at`,
  ),
];
