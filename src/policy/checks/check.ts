/**
 * What a check is: one thing that has to be so for the relay to do its work. Facts and the time in, a finding out; whoever
 * asks gathers the facts (app/gather-facts.ts in relayd, cli/own-checks.ts where relayd cannot be asked). A new check is a
 * file of its own here, and a line in registry.ts.
 */

export interface Finding {
  readonly ok: boolean;
  /** What was seen, in a sentence for the operator. */
  readonly detail: string;
  /** What to do or type. Where `ok`: a warning, something to know that stops nothing. `undefined`: it is as it should be. */
  readonly remedy?: string | undefined;
  /** Nothing was learnt, because something else did not answer: what was known before goes on (since.ts). */
  readonly unknown?: boolean | undefined;
}

export interface Check<Facts> {
  /**
   * What /readyz says where it is not so: everybody may ask, so it names no path, host or process. The operator reads
   * {@link Finding.detail}.
   */
  readonly reason: string;
  /** Without it no mail is taken or delivered, so that /readyz answers 503; else it is said and no more. */
  readonly stopsMail: boolean;
  readonly look: (facts: Facts, nowMs: number) => Finding;
}
