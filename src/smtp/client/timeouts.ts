/** Time limits of the client in milliseconds, from RFC 5321 §4.5.3.2 where it has one. */
export interface SmtpTimeouts {
  /** For the TCP connection, through a hop too. */
  readonly connectMs: number;
  readonly greetingMs: number;
  /** EHLO, HELO, and each reply to STARTTLS and AUTH. */
  readonly helloMs: number;
  readonly handshakeMs: number;
  /** MAIL, and RSET before it. */
  readonly mailMs: number;
  readonly rcptMs: number;
  /** From DATA to 354. */
  readonly dataMs: number;
  /** For the remote to read a piece of content of at most 64 KiB. */
  readonly blockMs: number;
  /** From the final dot to its reply. */
  readonly finalMs: number;
  /** For the reply to QUIT and closing together; not from the RFC, nothing depends on it. */
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

/** Signing, reading content and other local work. */
const OWN_WORK_MS = 60_000;
/** Octets covered by `blockMs`; content.ts. */
const BLOCK_OCTETS = 64 * 1024;

/**
 * Upper bound of opening a session when every wait takes its full time: `addresses` one after the other, each with
 * TLS and again in clear, with EHLO and HELO twice, STARTTLS and AUTH.
 */
export function longestOpeningMs(timeouts: SmtpTimeouts, addresses: number): number {
  const { connectMs, greetingMs, helloMs, handshakeMs } = timeouts;
  return 2 * addresses * (connectMs + greetingMs + 9 * helloMs + handshakeMs) + OWN_WORK_MS;
}

/** The same for a transaction: RSET, MAIL, each RCPT, DATA, the content in pieces, the final dot. */
export function longestTransactionMs(
  timeouts: SmtpTimeouts,
  transaction: { readonly recipients: number; readonly sizeBytes: number },
): number {
  const { mailMs, rcptMs, dataMs, blockMs, finalMs } = timeouts;
  // Dot-stuffing at most doubles the size; an added header and the remainder make two more pieces.
  const pieces = Math.ceil((2 * transaction.sizeBytes) / BLOCK_OCTETS) + 2;
  return 2 * mailMs + transaction.recipients * rcptMs + dataMs + pieces * blockMs + finalMs + OWN_WORK_MS;
}
