/** The columns of a delivery as it is accepted and as it is claimed, for every engine. */
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
}

export interface DeliveryInsert {
  readonly key: number;
  readonly destinationId: number;
  readonly accountKey: number;
  readonly delivery: NewDelivery;
  readonly state: DeliveryState;
  readonly dueAtMs: number | undefined;
  /** Epoch or life of who is handed it in this transaction; its fence is 1 then. */
  readonly claimedBy: number | undefined;
  readonly settledAtMs: number | undefined;
  readonly expiresAtMs: number;
}

export const DELIVERY_COLUMNS =
  'id, account_id, recipient, notify, original_recipient, attempts, state, fence, delay_told';

/** `claim`: the column that says who has it in hand. */
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
  };
}

/** NOTIFY as it is stored: its words with commas, or NULL when the sender said nothing. */
export function notifyOf(column: string | null): readonly DsnNotify[] | undefined {
  return column === null ? undefined : (column.split(',') as DsnNotify[]);
}
