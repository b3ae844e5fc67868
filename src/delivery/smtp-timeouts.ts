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
