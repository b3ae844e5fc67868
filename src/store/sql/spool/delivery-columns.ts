/** Columns of a delivery at acceptance and at a claim, for every engine. */
import type { DeliveryState } from '../../../policy/delivery-state.ts';
import type { DsnNotify } from '../../../smtp/envelope.ts';
import type { NewDelivery } from '../../message-records.ts';
import type { Columns } from '../columns.ts';

export interface DeliveryRow {
  readonly id: number;
  readonly account_id: number;
  readonly recipient: string;
  readonly notify: string | null;
  readonly original_recipient: string | null;
  readonly attempts: number;
  readonly state: DeliveryState;
  readonly fence: number;
  readonly delay_told: number;
  readonly held_by: string | null;
  readonly bulk: number | null;
  readonly reroute: string | null;
  /** No column: it was claimed for its end. */
  readonly ended?: boolean;
}

export interface DeliveryInsert {
  readonly key: number;
  readonly destinationId: number;
  readonly accountKey: number;
  readonly delivery: NewDelivery;
  readonly state: DeliveryState;
  readonly dueAtMs: number | undefined;
  /** Epoch or life that gets it in this transaction, with fence 1. */
  readonly claimedBy: number | undefined;
  readonly settledAtMs: number | undefined;
  readonly expiresAtMs: number;
  readonly bulk: boolean | undefined;
}

/** Expired deliveries of a destination that one claim looks through for those that do not wait for a limit. */
export const EXPIRED_SEEN = 200;

export const DELIVERY_COLUMNS =
  'id, account_id, recipient, notify, original_recipient, attempts, state, fence, delay_told, held_by, bulk, reroute';

/** `claim`: the column of the epoch or life that has claimed it. */
export function deliveryColumns(claim: 'claim_epoch' | 'claim_life'): Columns<DeliveryInsert> {
  return {
    id: ({ key }) => key,
    destination_id: ({ destinationId }) => destinationId,
    account_id: ({ accountKey }) => accountKey,
    state: ({ state }) => state,
    due_at: ({ dueAtMs }) => dueAtMs,
    [claim]: ({ claimedBy }) => claimedBy,
    fence: ({ claimedBy }) => (claimedBy === undefined ? 0 : 1),
    settled_at: ({ settledAtMs }) => settledAtMs,
    expires_at: ({ expiresAtMs }) => Math.round(expiresAtMs),
    recipient: ({ delivery }) => delivery.recipient,
    notify: ({ delivery }) => delivery.notify?.join(','),
    original_recipient: ({ delivery }) => delivery.originalRecipient,
    bulk: ({ bulk }) => (bulk === true ? 1 : null),
  };
}

/** NOTIFY in stored form: its words with commas, or NULL when the sender gave none. */
export function notifyOf(column: string | null): readonly DsnNotify[] | undefined {
  return column === null ? undefined : (column.split(',') as DsnNotify[]);
}
