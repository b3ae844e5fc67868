/**
 * Statistics: outcomes of deliveries, counted by hour and by day (UTC) in the transactions that wrote the events. The cost of
 * a query depends on the periods and names in its answer, not on the amount of mail. DSNs of the relay itself are not
 * counted.
 */
/** Groups that are counted separately, besides the account as a whole. */
export const STATISTIC_GROUPS = ['domain', 'stream', 'destination', 'tag', 'credential'] as const;
export type StatisticGroup = (typeof STATISTIC_GROUPS)[number];

export const STATISTIC_SPANS = ['hour', 'day'] as const;
export type StatisticSpan = (typeof STATISTIC_SPANS)[number];

export const SPAN_MS: Readonly<Record<StatisticSpan, number>> = { hour: 3_600_000, day: 86_400_000 };

/**
 * Names kept for an account and a day. Further names are counted together under {@link OTHER_NAMES}, so that neither random
 * tags nor a list of a million domains makes the database grow without bound.
 */
export const NAMES_A_DAY: Readonly<Record<StatisticGroup, number>> = {
  domain: 500,
  stream: 500,
  destination: 200,
  tag: 200,
  credential: 500,
};
export const OTHER_NAMES = '(other)';

/** Each is a number of events, unless stated otherwise. */
export const STATISTIC_COUNTS = [
  'accepted',
  'delivered',
  /** Deferred attempts; one delivery may have many. */
  'deferred',
  'bouncedHard',
  'bouncedSoft',
  /** Part of `bounced`: by a report, after delivery. */
  'returned',
  'expired',
  'suppressed',
  'complained',
  'unsubscribed',
  'cancelled',
  'opened',
  'clicked',
  /** Part of `delivered`: without a deferral before. */
  'firstAttempt',
  /** Of those delivered: taken by a smart host, which is not the recipient's. */
  'relayed',
] as const;
export type StatisticCount = (typeof STATISTIC_COUNTS)[number];

export type StatisticCounts = Readonly<Record<StatisticCount, number>>;

/** Counts, and durations from acceptance (or the sender's chosen time) to delivery. */
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
  /** For credentials: the name given by the operator, while the credential exists. */
  readonly title: string | undefined;
}

export interface StatisticQuery {
  /** Public ids; empty: every account. */
  readonly accountIds: readonly string[];
  readonly span: StatisticSpan;
  /** Rounded down to the start of its period. */
  readonly fromMs: number;
  /** Its period is excluded, unless it is later than the start of that period. */
  readonly toMs: number;
  /** Only counts of this name; `undefined`: accounts as a whole. */
  readonly of: { readonly group: StatisticGroup; readonly name: string } | undefined;
  /** The names with most mail accepted; `undefined`: none. Not together with `of`. */
  readonly group: StatisticGroup | undefined;
  /** Maximum number of names. */
  readonly limit: number;
}

export interface Statistics {
  readonly fromMs: number;
  readonly toMs: number;
  readonly total: StatisticFigures;
  /** Oldest first, including periods without events. */
  readonly periods: readonly StatisticPeriod[];
  /** Most accepted first. */
  readonly names: readonly StatisticOfName[];
  /** Number of names that were left out. */
  readonly moreNames: number;
}

export interface StatisticsReader {
  statistics(query: StatisticQuery): Promise<Statistics>;
}
