/**
 * Shaping: how fast mail may go where. A rule says for which mail it is (`match`), and its limits; limits that are counted
 * (connections, rates) are counted apart for each of what `per` names. Every rule that matches counts: mail goes when all of
 * them let it. Settings that are one value (messages a connection, idle time, schedule, ...) come from the first rule that
 * matches and has them: the operator's rules come first. Data; parsing and matching are beside it.
 */
import type { ReplyPattern } from '../reply-match.ts';
import type { AttemptStage } from '../attempt-stage.ts';
import type { BounceClass } from '../bounce-classes.ts';

/** Of a message to a destination; an empty list is of everything, and all that have entries must match. */
export interface ShapingMatch {
  /** Recipient domains, lower-case A-labels; `*.example.com` is every name below. */
  readonly domains: readonly string[];
  /** The most preferred MX host is of one of these names, or below it. */
  readonly mx: readonly string[];
  /** As in config/providers.toml. */
  readonly providers: readonly string[];
  /** Accounts' names. */
  readonly accounts: readonly string[];
  /** Names of streams. */
  readonly streams: readonly string[];
  /** Names of `[[source]]` tables. */
  readonly sources: readonly string[];
}

/** What a count is kept apart for. `site`: the MX hosts that serve a domain. */
export const SHAPING_DIMENSIONS = ['domain', 'site', 'provider', 'account', 'stream', 'source'] as const;
export type ShapingDimension = (typeof SHAPING_DIMENSIONS)[number];

/** Lengths of the windows in which messages are counted. */
export const RATE_WINDOWS_MS = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
} as const;
export type RateWindow = keyof typeof RATE_WINDOWS_MS;

/** Each absent key says nothing; `Infinity` lifts what a built-in rule of the same name says. */
export interface ShapingLimits {
  /** Open at once. */
  readonly connections?: number;
  /** Opened in a minute. */
  readonly connectionsPerMinute?: number;
  /** Messages (transactions that began) in a window. */
  readonly messagesPer?: Readonly<Partial<Record<RateWindow, number>>>;
  readonly messagesPerConnection?: number;
  readonly recipientsPerTransaction?: number;
  /** An unused connection is kept that long. */
  readonly idleMs?: number;
  /** Waits after the first, second, ... attempt; the last repeats. */
  readonly retryScheduleMs?: readonly number[];
  /** How long a message is tried. */
  readonly maxAgeMs?: number;
}

export interface ShapingRule {
  /** Unique in its file; an operator's rule with the name of a built-in one changes it, key by key. */
  readonly name: string;
  readonly match: ShapingMatch;
  /** Of its counted limits. */
  readonly per: readonly ShapingDimension[];
  readonly limits: ShapingLimits;
}

/** What the relay does by itself when a remote says so. */
export interface ReplyRule {
  /** Unique, lower-case letters, digits, hyphens; events and `destination show` name it. */
  readonly id: string;
  readonly match: Pick<ShapingMatch, 'mx' | 'providers'>;
  /** Empty lists mean: any. Forms as in bounce rules. */
  readonly class: readonly BounceClass[];
  readonly status: readonly string[];
  readonly code: readonly number[];
  readonly stage: readonly AttemptStage[];
  readonly text: readonly string[];
  readonly pattern: readonly ReplyPattern[];
  /** `slow`: half as fast; `suspend`: nothing, then slowly again. */
  readonly action: 'slow' | 'suspend';
  /** How long, unless the reply says how long itself. */
  readonly forMs: number;
  /** Of the sites of the MX host that said so, or of all sites of its provider. */
  readonly scope: 'site' | 'provider';
}

/** In order; the operator's before the built-in ones. */
export interface ShapingRules {
  readonly rules: readonly ShapingRule[];
  readonly replies: readonly ReplyRule[];
}

export const NO_SHAPING: ShapingRules = { rules: [], replies: [] };

/** What rules are matched with. */
export interface ShapedMail {
  readonly domain: string;
  /** The most preferred MX host; `undefined`: a smart host, which only rules without `mx` and `provider` match. */
  readonly mx: string | undefined;
  /** `undefined`: none that is known. */
  readonly provider: string | undefined;
  /** The account's name. */
  readonly account: string;
  readonly stream: string;
  /** `undefined`: the address that the system chooses. */
  readonly source: string | undefined;
}
