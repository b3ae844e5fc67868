/** Use of a credential's daily quota. Counted by `spool.accept`, in its commit. */

export interface UsageReader {
  /** Recipients accepted from the credential on a UTC day (days since the epoch), including suppressed ones. */
  recipientsOfDay(credentialId: string, day: number): Promise<number>;
}
