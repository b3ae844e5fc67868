/** A reported delivery, with the facts that the effects of the report depend on. */
import type { DeliveryState } from '../../../policy/delivery-state.ts';

export interface ReportedRow {
  readonly key: number;
  readonly state: DeliveryState;
  readonly recipient: string;
  readonly destination_id: number;
  readonly account_id: number;
  readonly stream: string;
  readonly tags: string | null;
  readonly metadata: string | null;
  readonly signing_domain: string;
  readonly via: string;
  readonly accepted_at: number;
  readonly credential: string | null;
  readonly destination: string;
  readonly withholds_until: number | null;
}
