/**
 * What a report says, in the words of the RFCs: the vocabulary that the rooms of the reader share (read-report.ts).
 * A report is a message that came back about a message: a delivery report (RFC 3464, or one of the many that follow no
 * RFC), a feedback report (RFC 5965) or an automatic reply (RFC 3834). Nothing in it is to be believed but as what a
 * stranger wrote.
 */
import type { Reply } from '../../smtp/reply.ts';

/**
 * `bounce`: delivery failed or is late. `delivered`: a success notice (delivered, relayed or expanded). `complaint`: a
 * feedback report. `auto-reply`: an absence notice or another automatic answer; the message was delivered.
 */
export type ReportKind = 'bounce' | 'complaint' | 'auto-reply' | 'delivered';

/** RFC 3464 §2.3.3. */
export type ReportAction = 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded';

/** What a reply answered, as far as the report tells: `final` is the answer to the final dot. */
export type ReportedStage = 'connect' | 'greeting' | 'ehlo' | 'mail' | 'rcpt' | 'data' | 'final';

export interface ReportedRecipient {
  readonly kind: ReportKind;
  /** For complaints and auto-replies `delivered`: the message did arrive. */
  readonly action: ReportAction;
  /** `local-part@domain` as written, sometimes less (a local user); `undefined` when the report hides it. */
  readonly recipient: string | undefined;
  /** The address as it was sent to, where the report tells it: ORCPT, or the address that was forwarded. */
  readonly originalRecipient: string | undefined;
  /** `x.y.z`: the reply's own, else the report's; `undefined` when it gives none. RFC 3463. */
  readonly status: string | undefined;
  /** The remote's words with their reply code; `undefined` when the report gives no code. */
  readonly reply: Reply | undefined;
  /** What happened in the report's words, on one line, at most 2,000 characters; may be empty. */
  readonly text: string;
  /** What the reply answered; `undefined` when the report does not tell. */
  readonly stage: ReportedStage | undefined;
  /**
   * The mailer that wrote the report is known to speak of its own mailboxes, so that its words count without a reply
   * code (`not listed in Domino Directory`).
   */
  readonly ownMailbox: boolean;
  /** The host that answered, as written. */
  readonly remoteMta: string | undefined;
  /**
   * Of complaints: the Feedback-Type in lower case, such as `abuse`, `fraud`, `opt-out`. Mind `not-spam` and
   * `auth-failure`: no recipient complains in those. RFC 5965 §3.1, RFC 6430, RFC 6591.
   */
  readonly feedbackType: string | undefined;
  /**
   * Of complaints: `recipient` stands in the copy of the message only, not in the words of who reports it. Whoever has
   * a copy can have changed it.
   */
  readonly namedByCopy?: boolean | undefined;
}

/** What the report shows of the message that it is about. */
export interface ReturnedMessage {
  /** With angle brackets. */
  readonly messageId: string | undefined;
  /** The value of X-Relay-Message-Id. */
  readonly relayMessageId: string | undefined;
  /** The value of X-Relay-Report-Token; `undefined`: there is none, or more than one. */
  readonly reportToken?: string | undefined;
  /** Encoded words decoded. */
  readonly subject: string | undefined;
  /** Addresses of To, at most 50. */
  readonly to: readonly string[];
}

export interface Report {
  /** One entry a recipient, in the report's order; empty when the message is no report. */
  readonly recipients: readonly ReportedRecipient[];
  readonly returned: ReturnedMessage | undefined;
  /** Whom the report was sent to, and whom the message that it is about came from: at most 5 addresses, a stranger's word. */
  readonly senders?: readonly string[];
  /**
   * Which form it was read as: `rfc3464`, `rfc5965`, `rfc3834`, `jmrp` (Hotmail's programme), `rfc5965-text` (its fields,
   * in a text), `unsubscription`, the name of a notice family, or `unknown`.
   */
  readonly form: string;
}
