/**
 * Removes data that is older than its retention, in small steps with room for other work in between. The caller decides when:
 * it calls `clean` again, at once or after a pause, while `more` is true, and now and then otherwise.
 */

/** Ages in milliseconds. Content and metadata count from when a message's last delivery was settled. */
export interface RetentionAges {
  readonly contentMs: number;
  readonly metadataMs: number;
  readonly eventsMs: number;
  /** For unverified reports; default one week. */
  readonly reportsMs?: number;
  /** For rejected messages; default one day. */
  readonly refusedMs?: number;
  /** For statistics by day; default two years. Those by hour are kept for 90 days. */
  readonly statisticsMs?: number;
}

export interface CleanedStep {
  readonly contents: number;
  readonly messages: number;
  readonly events: number;
  /** Pages of the database file returned to the file system. */
  readonly pages: number;
  /** True: this step reached its limit, and there is more to remove. */
  readonly more: boolean;
}

export interface RetentionCleaner {
  /** One step of a few milliseconds. Durable when it resolves. Rejects with StoreError as every write does. */
  clean(nowMs: number, ages: RetentionAges): Promise<CleanedStep>;
}
