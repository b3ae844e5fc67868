/**
 * Store operations for reports from outside (bounces after delivery, complaints, DSNs of success): find the reported message,
 * write the effects, and keep reports that nobody vouches for.
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
  /** The destination, as in NewDelivery. */
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
  /** `undefined`: there is no such message, or it has been removed. */
  reportedMessage(messageId: string): Promise<ReportedMessage | undefined>;
}

/** Beyond this number the oldest of an account are removed. */
export const MAX_UNVERIFIED_REPORTS = 1_000;
/** Events `report_unverified` of one account. */
export const MAX_UNVERIFIED_EVENTS_AN_HOUR = 100;

/** A report that has no effect until an operator applies it. Its texts come from a stranger. */
export interface NewUnverifiedReport {
  /** `rpt_` id. */
  readonly id: string;
  readonly accountId: string;
  readonly receivedAtMs: number;
  readonly kind: ReportKind | 'unreadable';
  /** As in Report; empty when it could not be read. */
  readonly form: string;
  /** The first recipient that it names. */
  readonly recipient: string | undefined;
  /** The `msg_` id of a message of the account that it names: a hint, not a proof. */
  readonly messageId: string | undefined;
  /** The address of the client that sent it. */
  readonly client: string;
  /** Why it has no effect, in words. */
  readonly why: string;
  /** The report as parsed: JSON of dsn/read/report.ts. */
  readonly reading: string | undefined;
  /** The report's header section, or the beginning of it. */
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
  /** Newest first. `before`: the id of the last one shown. */
  unverifiedReports(
    accountId: string,
    before: string | undefined,
    limit: number,
  ): Promise<readonly UnverifiedReport[]>;
  unverifiedReport(id: string): Promise<UnverifiedReportContent | undefined>;
}

/** The changes that a report makes to one delivery. */
export interface ReportChange {
  readonly messageId: string;
  readonly recipientNumber: number;
  /** `undefined`: only an event is added. */
  readonly state: 'bounced' | undefined;
  /** `data.via` is `report`. */
  readonly event: { readonly type: EventType; readonly atMs: number; readonly data: EventData };
  readonly suppression: NewSuppression | undefined;
  /** It extends the run of soft bounces of its address. */
  readonly softBounce?: SoftBounce | undefined;
  /**
   * For complaints: the verified source, and how many of its complaints about the stream count for health today, as a share
   * of the stream's deliveries in the last 24 hours; `undefined`: all.
   */
  readonly complaint?: { readonly source: string; readonly share: number | undefined } | undefined;
  /** DSNs to the sender about it. */
  readonly dsns: readonly NewMessage[];
}

export interface ReportWriter {
  /**
   * Writes all of `changes` in one transaction. A repeated change has no effect: its state may not follow the delivery's
   * present state, or an event of that type from a report exists. Resolves to the number written.
   */
  applyReport(changes: readonly ReportChange[]): Promise<{ readonly written: number }>;
  /** Keeps a report without effect, with an event unless there are too many. */
  keepReport(report: NewUnverifiedReport): Promise<void>;
  /**
   * Writes the effects of a kept report, on the authority of `actor`; the report stays, marked as applied. StoreError
   * `not-found`.
   */
  applyKeptReport(
    id: string,
    changes: readonly ReportChange[],
    atMs: number,
    actor: string,
  ): Promise<{ readonly written: number }>;
}
