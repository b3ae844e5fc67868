/** What a credential used of its daily quota. Counted by `spool.accept`, in its commit. */

export interface UsageReader {
  /** Recipients accepted from the credential on a UTC day (days since the epoch); suppressed ones count too. */
  recipientsOfDay(credentialId: string, day: number): Promise<number>;
}
