/**
 * Removing what is older than its retention, in small steps that other work gets in between. The caller decides when:
 * it calls `clean` again at once, or after a pause, while `more` is true, and now and then otherwise.
 */

/** Ages in milliseconds. Content and metadata count from when a message's last delivery was settled. */
export interface RetentionAges {
  readonly contentMs: number;
  readonly metadataMs: number;
  readonly eventsMs: number;
  /** Of unverified reports, a week unless it is given. */
  readonly reportsMs?: number;
  /** Of messages that were turned away, a day unless it is given. */
  readonly refusedMs?: number;
  /** Of statistics by day, two years unless it is given. Those by hour are kept for 90 days. */
  readonly statisticsMs?: number;
}

export interface CleanedStep {
  readonly contents: number;
  readonly messages: number;
  readonly events: number;
  /** Pages of the database file given back to the file system. */
  readonly pages: number;
  /** True: this step hit its limit, there is more to remove. */
  readonly more: boolean;
}

export interface RetentionCleaner {
  /** One step of a few milliseconds. Durable when it resolves. Rejects with StoreError as every write does. */
  clean(nowMs: number, ages: RetentionAges): Promise<CleanedStep>;
}
