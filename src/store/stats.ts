/**
 * Statistics: what became of deliveries, counted by hour and by day (UTC) in the transactions that wrote the events. A
 * query costs what its answer has in periods and names, not what was sent. DSNs that the relay writes itself
 * are not counted.
 */
/** What is counted apart, beside the account as a whole. */
export const STATISTIC_GROUPS = ['domain', 'stream', 'destination', 'tag', 'credential'] as const;
export type StatisticGroup = (typeof STATISTIC_GROUPS)[number];

export const STATISTIC_SPANS = ['hour', 'day'] as const;
export type StatisticSpan = (typeof STATISTIC_SPANS)[number];

export const SPAN_MS: Readonly<Record<StatisticSpan, number>> = { hour: 3_600_000, day: 86_400_000 };

/**
 * Names kept for an account and a day. What comes beyond is counted together under {@link OTHER_NAMES}, so that no sender
 * of random tags, and no list of a million domains, makes the database grow without end.
 */
export const NAMES_A_DAY: Readonly<Record<StatisticGroup, number>> = {
  domain: 500,
  stream: 500,
  destination: 200,
  tag: 200,
  credential: 500,
};
export const OTHER_NAMES = '(other)';

/** Each is a number of events, except where it says otherwise. */
export const STATISTIC_COUNTS = [
  'accepted',
  'delivered',
  /** Attempts that were put off; one delivery may have many. */
  'deferred',
  'bouncedHard',
  'bouncedSoft',
  /** Of those bounced: by a report, after they had been delivered. */
  'returned',
  'expired',
  'suppressed',
  'complained',
  'unsubscribed',
  'cancelled',
  'opened',
  'clicked',
  /** Of those delivered: without a deferral before. */
  'firstAttempt',
] as const;
export type StatisticCount = (typeof STATISTIC_COUNTS)[number];

export type StatisticCounts = Readonly<Record<StatisticCount, number>>;

/** Counts, and how long it took from acceptance (or the time that the sender set) to delivery. */
export interface StatisticFigures {
  readonly counts: StatisticCounts;
  /** For percentileMs. */
  readonly times: ReadonlyMap<number, number>;
}

export interface StatisticPeriod extends StatisticFigures {
  readonly startMs: number;
}

export interface StatisticOfName extends StatisticFigures {
  /** As counted: for credentials their public id. */
  readonly name: string;
  /** For credentials: what the operator called it, while it exists. */
  readonly title: string | undefined;
}

export interface StatisticQuery {
  /** Public ids; empty: every account. */
  readonly accountIds: readonly string[];
  readonly span: StatisticSpan;
  /** Cut to the start of its period. */
  readonly fromMs: number;
  /** The period that it falls into is not in any more, unless it is past its start. */
  readonly toMs: number;
  /** Only what was counted for this name; `undefined`: accounts as a whole. */
  readonly of: { readonly group: StatisticGroup; readonly name: string } | undefined;
  /** The names with most mail accepted; `undefined`: none. Cannot stand beside `of`. */
  readonly group: StatisticGroup | undefined;
  /** Names at most. */
  readonly limit: number;
}

export interface Statistics {
  readonly fromMs: number;
  readonly toMs: number;
  readonly total: StatisticFigures;
  /** Oldest first; periods in which nothing happened are there too. */
  readonly periods: readonly StatisticPeriod[];
  /** Most accepted first. */
  readonly names: readonly StatisticOfName[];
  /** Names that had to be left out. */
  readonly moreNames: number;
}

export interface StatisticsReader {
  statistics(query: StatisticQuery): Promise<Statistics>;
}
