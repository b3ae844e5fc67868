/**
 * Where in the dialogue with a destination something was answered or went wrong. The same words in the stored
 * attempts, in traces and in the decisions of this folder. RFC 5321 §3.
 */

/**
 * `dns` (no host known yet), `connect`, `greeting`, `ehlo`, `starttls`, `auth` (at a smart host alone), then the commands of a transaction: `mail`,
 * `rcpt`, `data` (the answer to the command), `final` (the answer to the final dot). `policy`: refused on this side
 * before anything was sent.
 */
export type AttemptStage =
  | 'dns'
  | 'connect'
  | 'greeting'
  | 'ehlo'
  | 'starttls'
  | 'auth'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'final'
  | 'policy';
