/** The facts of a failure report: what the report is about, as its parts need it. */

export interface FailedRecipient {
  /** Final recipient, `local-part@domain`. */
  readonly recipient: string;
  /** ORCPT, decoded: `rfc822;user@example.org`; `undefined` when the sender gave none. RFC 3461 §4.2. */
  readonly originalRecipient: string | undefined;
  /** Enhanced status code, class 4 or 5. */
  readonly status: string;
  /** The MX host that answered; `undefined` when none was reached. */
  readonly remoteHost: string | undefined;
  /** The remote's reply on one line or, when `replied` is false, what happened in words. */
  readonly reply: string;
  readonly replied: boolean;
  /** One or two plain sentences each. */
  readonly meaning: string;
  readonly action: string;
  /** `undefined` when it was never tried. */
  readonly lastAttemptAtMs: number | undefined;
}

export interface OriginalMessage {
  /** `msg_` id. */
  readonly id: string;
  /** With angle brackets. */
  readonly messageIdField: string;
  /** Decoded; `undefined` when there is none. */
  readonly subject: string | undefined;
  readonly acceptedAtMs: number;
  /** ENVID, decoded; `undefined` when the sender gave none. */
  readonly envelopeId: string | undefined;
}

/** What is sent back of the message: its header section, or all of it. CRLF line ends, not dot-stuffed. */
export type ReturnedContent =
  | { readonly kind: 'header'; readonly bytes: Uint8Array }
  | { readonly kind: 'message'; readonly bytes: Uint8Array };
