/** How long the client waits for what, in milliseconds. RFC 5321 §4.5.3.2, where it names one. */
export interface SmtpTimeouts {
  /** Until the TCP connection stands. */
  readonly connectMs: number;
  readonly greetingMs: number;
  /** EHLO, HELO, and the reply to STARTTLS. */
  readonly helloMs: number;
  readonly handshakeMs: number;
  /** MAIL, and RSET before it. */
  readonly mailMs: number;
  readonly rcptMs: number;
  /** From DATA to 354. */
  readonly dataMs: number;
  /** Until the remote has read a piece of content of at most 64 KiB. */
  readonly blockMs: number;
  /** From the final dot to its reply. */
  readonly finalMs: number;
  /** For the reply to QUIT and the closing together; ours, since nothing depends on it. */
  readonly quitMs: number;
}

export const defaultTimeouts: SmtpTimeouts = {
  connectMs: 30_000,
  greetingMs: 300_000,
  helloMs: 300_000,
  handshakeMs: 60_000,
  mailMs: 300_000,
  rcptMs: 300_000,
  dataMs: 120_000,
  blockMs: 180_000,
  finalMs: 600_000,
  quitMs: 5_000,
};

/** Signing, reading content, and what else this side does itself. */
const OWN_WORK_MS = 60_000;
/** Octets that `blockMs` is for; smtp-content.ts. */
const BLOCK_OCTETS = 64 * 1024;

/**
 * The longest that opening a session can take when every wait of it ends in its last moment: `addresses` one after the
 * other, each in TLS and once more in clear, with EHLO, HELO and STARTTLS.
 */
export function longestOpeningMs(timeouts: SmtpTimeouts, addresses: number): number {
  const { connectMs, greetingMs, helloMs, handshakeMs } = timeouts;
  return 2 * addresses * (connectMs + greetingMs + 5 * helloMs + handshakeMs) + OWN_WORK_MS;
}

/** The same for one transaction: RSET, MAIL, each RCPT, DATA, the content piece by piece, the final dot. */
export function longestTransactionMs(
  timeouts: SmtpTimeouts,
  transaction: { readonly recipients: number; readonly sizeBytes: number },
): number {
  const { mailMs, rcptMs, dataMs, blockMs, finalMs } = timeouts;
  // Stuffed dots at most double it; a header that is added, and what is left over, make two pieces more.
  const pieces = Math.ceil((2 * transaction.sizeBytes) / BLOCK_OCTETS) + 2;
  return 2 * mailMs + transaction.recipients * rcptMs + dataMs + pieces * blockMs + finalMs + OWN_WORK_MS;
}
