/** Rows of deliveries, attempts, destinations and events, and the views that they represent. */
import type { AnyEventType, DeliveryState } from '../../../policy/delivery-state.ts';
import { DELIVERY_STATES } from '../../../policy/delivery-state.ts';
import type { LocalClass } from '../../../policy/local-failures.ts';
import { deliveryIdOf } from '../../public-ids.ts';
import type { AttemptRecord } from '../../delivery-records.ts';
import type { EventData } from '../../message-records.ts';
import type { DestinationView, Obstacle, StoredEvent } from '../../views.ts';
import { metadataOf, tagsOf } from '../json-columns.ts';
import type { Wish } from './bulk-change.ts';

export interface DeliveryViewRow {
  readonly id: number;
  readonly recipient: string;
  readonly destination: string;
  readonly destination_id: number;
  readonly destination_tries: number;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly due_at: number | null;
  readonly settled_at: number | null;
  readonly held_by: string | null;
  readonly wish: Wish | null;
  readonly reroute: string | null;
  readonly held_for_account: number;
  readonly waits_for: string | null;
}

/** What of a destination stands in its deliveries' way. */
export interface ObstacleRow {
  readonly id: number;
  readonly suspended: number;
  readonly blocked_until: number | null;
  readonly waits_for: string | null;
}

/** Columns of an attempt, of a delivery or of a destination, for SELECT. */
export const ATTEMPT_COLUMNS =
  'at, host, address, tls, reply_code, status, text, stage, duration_ms, local_class, tls_failure, route, source';

export interface AttemptRow {
  readonly at: number;
  readonly host: string | null;
  readonly address: string | null;
  readonly tls: string | null;
  readonly reply_code: number | null;
  readonly status: string | null;
  readonly text: string;
  readonly stage: AttemptRecord['stage'];
  readonly duration_ms: number;
  readonly local_class: LocalClass | null;
  readonly tls_failure: string | null;
  readonly route: string | null;
  readonly source: string | null;
}

export type DestinationRow = Readonly<Record<DeliveryState, number>> & {
  readonly name: string;
  readonly next_due_at: number | null;
  readonly blocked_until: number | null;
  readonly suspended: number;
  readonly failures: number;
  readonly last_error: string | null;
  readonly withholds_until: number | null;
  readonly waits_for: string | null;
};

export interface EventRow {
  readonly sequence: number;
  readonly type: AnyEventType;
  readonly at: number;
  readonly account_name: string;
  readonly message_id: string | null;
  readonly recipient_number: number | null;
  readonly recipient: string | null;
  readonly stream: string | null;
  readonly tags: string | null;
  readonly metadata: string | null;
  readonly data: string | null;
}

export function destinationView(row: DestinationRow): DestinationView {
  const counts = Object.fromEntries(DELIVERY_STATES.map((state) => [state, row[state]]));
  return {
    name: row.name,
    counts: counts as Record<DeliveryState, number>,
    nextDueAtMs: row.next_due_at ?? undefined,
    blockedUntilMs: row.blocked_until ?? undefined,
    suspended: row.suspended === 1,
    failures: row.failures,
    lastError: row.last_error ?? undefined,
    withholdsUntilMs: row.withholds_until ?? undefined,
    ...(row.waits_for !== null && row.blocked_until !== null && { waitsFor: row.waits_for }),
  };
}

export function obstacleOf(row: ObstacleRow): Obstacle {
  return {
    suspended: row.suspended === 1,
    blockedUntilMs: row.blocked_until ?? undefined,
    waitsFor: row.waits_for ?? undefined,
  };
}

export function attemptOf(row: AttemptRow): AttemptRecord {
  return {
    atMs: row.at,
    host: row.host ?? undefined,
    address: row.address ?? undefined,
    tls: row.tls ?? undefined,
    replyCode: row.reply_code ?? undefined,
    status: row.status ?? undefined,
    text: row.text,
    stage: row.stage,
    durationMs: row.duration_ms,
    ...(row.tls_failure !== null && { tlsFailure: row.tls_failure }),
    ...(row.local_class !== null && { localClass: row.local_class }),
    ...(row.route !== null && { route: row.route }),
    ...(row.source !== null && { source: row.source }),
  };
}

export function replyOf({
  reply_code: code,
  status,
  text,
}: Pick<AttemptRow, 'reply_code' | 'status' | 'text'>): string {
  return [code, status, text].filter((part) => part !== null && part !== '').join(' ');
}

export function eventOf(row: EventRow): StoredEvent {
  return {
    sequence: row.sequence,
    type: row.type,
    atMs: row.at,
    accountName: row.account_name,
    messageId: row.message_id ?? undefined,
    deliveryId:
      row.message_id === null || row.recipient_number === null
        ? undefined
        : deliveryIdOf(row.message_id, row.recipient_number),
    recipient: row.recipient ?? undefined,
    stream: row.stream ?? undefined,
    tags: tagsOf(row.tags),
    metadata: metadataOf(row.metadata),
    data: row.data === null ? {} : (JSON.parse(row.data) as EventData),
  };
}
