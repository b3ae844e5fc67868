/**
 * What reports from outside (bounces that come after delivery, complaints, DSNs of success) need of the store: to
 * find the message that one is about, to write what follows from it, and to keep what nobody vouches for.
 */
import type { ReportKind } from '../dsn/read/report.ts';
import type { DeliveryState, EventType } from '../policy/delivery-state.ts';
import type { DsnNotify } from '../smtp/envelope.ts';
import type { EventData, MessageFacts, NewMessage } from './message-records.ts';
import type { NewSuppression, SoftBounce } from './suppression-records.ts';

export interface ReportedDelivery {
  /** Counts a message's recipients from 1, as in the `dlv_` id. */
  readonly number: number;
  readonly recipient: string;
  /** Where it was sent to, as in NewDelivery. */
  readonly destination: string;
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
  reportedMessage(messageId: string): Promise<ReportedMessage | undefined>;
}

/** Beyond that the oldest of an account go. */
export const MAX_UNVERIFIED_REPORTS = 1_000;
/** Of the type `report_unverified`, of one account. */
export const MAX_UNVERIFIED_EVENTS_AN_HOUR = 100;

/** A report that changes nothing until an operator applies it. Its texts are a stranger's. */
export interface NewUnverifiedReport {
  /** `rpt_` id. */
  readonly id: string;
  readonly accountId: string;
  readonly receivedAtMs: number;
  readonly kind: ReportKind | 'unreadable';
  /** As in Report; empty when it could not be read. */
  readonly form: string;
  /** The first that it names. */
  readonly recipient: string | undefined;
  /** The `msg_` id of a message of the account that it names: a hint, no proof. */
  readonly messageId: string | undefined;
  /** The address of the client that brought it. */
  readonly client: string;
  /** Why it changes nothing, in words. */
  readonly why: string;
  /** The report as it was read: JSON of dsn/read/report.ts. */
  readonly reading: string | undefined;
  /** Its own header section, or the beginning of it. */
  readonly headers: Uint8Array;
}

export interface UnverifiedReport extends Omit<NewUnverifiedReport, 'reading' | 'headers'> {
  readonly accountName: string;
  /** `undefined`: nobody applied it. */
  readonly appliedAtMs: number | undefined;
}

export interface UnverifiedReportContent extends UnverifiedReport {
  readonly reading: string | undefined;
  readonly headers: Uint8Array;
}

export interface UnverifiedReportReader {
  /** Newest first. `before`: the id of the last one seen. */
  unverifiedReports(
    accountId: string,
    before: string | undefined,
    limit: number,
  ): Promise<readonly UnverifiedReport[]>;
  unverifiedReport(id: string): Promise<UnverifiedReportContent | undefined>;
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
  /**
   * Of complaints: who vouches for it, and how many of theirs about the stream weigh in its health today, as a share
   * of what it delivered in the last 24 hours; `undefined`: all.
   */
  readonly complaint?: { readonly source: string; readonly share: number | undefined } | undefined;
  /** DSNs that tell the sender of it. */
  readonly dsns: readonly NewMessage[];
}

export interface ReportWriter {
  /**
   * All of `changes` in one unit. One that was written before changes nothing: a state that may not follow what the
   * delivery is now, or an event of that type from a report that is there already. The result counts those written.
   */
  applyReport(changes: readonly ReportChange[]): Promise<{ readonly written: number }>;
  /** Keeps a report without effect, with its event while there are not too many. */
  keepReport(report: NewUnverifiedReport): Promise<void>;
  /** Writes what a kept report says, on the word of `actor`; it stays, marked as applied. StoreError `not-found`. */
  applyKeptReport(
    id: string,
    changes: readonly ReportChange[],
    atMs: number,
    actor: string,
  ): Promise<{ readonly written: number }>;
}
