/**
 * What reports from outside (bounces that come after delivery, complaints, notices of success) need of the store: to
 * find the message that one is about, and to write what follows from it.
 */
import type { DeliveryState, EventType } from '../policy/delivery-state.ts';
import type { DsnNotify } from '../smtp/envelope.ts';
import type { EventData, MessageFacts, NewMessage, NewSuppression, SoftBounce } from './records.ts';

export interface ReportedDelivery {
  /** Counts a message's recipients from 1, as in the `dlv_` id. */
  readonly number: number;
  readonly recipient: string;
  readonly originalRecipient: string | undefined;
  readonly notify: readonly DsnNotify[] | undefined;
  readonly state: DeliveryState;
}

export interface ReportedMessage {
  readonly facts: MessageFacts;
  /** For ContentReader. */
  readonly contentId: number;
  readonly deliveries: readonly ReportedDelivery[];
}

export interface ReportReader {
  /** `undefined`: no such message, or not any more. */
  reportedMessage(messageId: string): ReportedMessage | undefined;
  /**
   * The newest message with that Message-ID (with angle brackets); they are the senders' and may repeat. An engine may
   * look at the last 50,000 messages only.
   */
  messageIdByField(messageIdField: string): string | undefined;
}

/** What a report changes of one delivery. */
export interface ReportChange {
  readonly messageId: string;
  readonly recipientNumber: number;
  /** `undefined`: only the event is new. */
  readonly state: 'bounced' | undefined;
  /** `data.via` is `report`. */
  readonly event: { readonly type: EventType; readonly atMs: number; readonly data: EventData };
  readonly suppression: NewSuppression | undefined;
  /** It lengthens the run of soft bounces of its address. */
  readonly softBounce?: SoftBounce | undefined;
  /** DSNs that tell the sender of it. */
  readonly notices: readonly NewMessage[];
}

export interface ReportWriter {
  /**
   * All of `changes` in one unit. One that was written before changes nothing: a state that may not follow what the
   * delivery is now, or an event of that type from a report that is there already. The result counts those written.
   */
  applyReport(changes: readonly ReportChange[]): Promise<{ readonly written: number }>;
}
