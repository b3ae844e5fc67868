/**
 * The facts of a delivery status notification (DSN) that the relay writes: what it is about, as its parts need it.
 */

/**
 * RFC 3464 §2.3.3. `relayed`: handed to a server that sends no success DSNs (RFC 3461 §5.2.2); `delivered` and
 * `expanded` are what a server further on said.
 */
export type DsnOutcome = 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded';

export interface DsnRecipient {
  /** Final recipient, `local-part@domain`. */
  readonly recipient: string;
  /** ORCPT, decoded: `rfc822;user@example.org`; `undefined` when the sender gave none. RFC 3461 §4.2. */
  readonly originalRecipient: string | undefined;
  /** Enhanced status code: class 2 for success, 4 for `delayed`, 4 or 5 for `failed`. */
  readonly status: string;
  /** The MX host that answered; `undefined` when none was reached. */
  readonly remoteHost: string | undefined;
  /** The remote's reply on one line or, when `replied` is false, what happened in words. */
  readonly reply: string;
  readonly replied: boolean;
  /** One or two plain sentences each; `action` is for the author, who has no access to the relay. */
  readonly meaning: string;
  readonly action: string;
  /** `undefined` when it was never tried. */
  readonly lastAttemptAtMs: number | undefined;
  /** Of `delayed`: when it is given up. */
  readonly willRetryUntilMs?: number | undefined;
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
  /** When it had to arrive. RFC 2852 §5. */
  readonly deliverBy?: { readonly atMs: number } | undefined;
}

/** What is sent back of the message: its header section, or all of it. CRLF line ends, not dot-stuffed. */
export type ReturnedContent =
  | { readonly kind: 'header'; readonly bytes: Uint8Array }
  | { readonly kind: 'message'; readonly bytes: Uint8Array };
