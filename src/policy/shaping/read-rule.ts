/** One `[[rule]]` table as it is written: what it does not say may come from the built-in rule of its name (merge-rules.ts). */
import type { MatchKey, RuleFields } from './rule-fields.ts';
import {
  SHAPING_DIMENSIONS,
  type ShapingDimension,
  type ShapingLimits,
  type ShapingMatch,
} from './shaping-rules.ts';

export interface WrittenRule {
  readonly name: string;
  readonly match: ShapingMatch | undefined;
  readonly per: readonly ShapingDimension[] | undefined;
  readonly limits: ShapingLimits;
  /** Position in its file, from 0. */
  readonly position: number;
}

const KEYS = [
  'name',
  'match',
  'per',
  'connections',
  'connections_per_minute',
  'messages_per_second',
  'messages_per_minute',
  'messages_per_hour',
  'messages_per_day',
  'messages_per_connection',
  'recipients_per_transaction',
  'idle',
  'retry_schedule',
  'max_age',
];
const MATCHED: readonly MatchKey[] = ['domain', 'mx', 'provider', 'account', 'stream', 'source'];

const MOST_CONNECTIONS = 1_000;
const MOST_MESSAGES = 1_000_000_000;
/** The beginnings of a second are remembered one by one. */
const MOST_A_SECOND = 10_000;
/** What every server takes, and what a transaction has without a rule. RFC 5321 §4.5.3.1.8. */
const MOST_RECIPIENTS = 100;
const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

export function readRule(fields: RuleFields): WrittenRule {
  fields.refuseOthers(KEYS);
  return {
    name: fields.name('name'),
    match: fields.match(MATCHED),
    per: fields.choices('per', SHAPING_DIMENSIONS),
    limits: readLimits(fields),
    position: fields.position,
  };
}

function readLimits(fields: RuleFields): ShapingLimits {
  const messagesPer = withoutAbsent({
    second: fields.limit('messages_per_second', MOST_A_SECOND),
    minute: fields.limit('messages_per_minute', MOST_MESSAGES),
    hour: fields.limit('messages_per_hour', MOST_MESSAGES),
    day: fields.limit('messages_per_day', MOST_MESSAGES),
  });
  return withoutAbsent({
    connections: fields.limit('connections', MOST_CONNECTIONS),
    connectionsPerMinute: fields.limit('connections_per_minute', MOST_MESSAGES),
    messagesPer: Object.keys(messagesPer).length === 0 ? undefined : messagesPer,
    messagesPerConnection: fields.limit('messages_per_connection', MOST_MESSAGES),
    recipientsPerTransaction: fields.limit('recipients_per_transaction', MOST_RECIPIENTS),
    idleMs: fields.duration('idle', SECOND_MS, 300 * SECOND_MS),
    retryScheduleMs: fields.durations('retry_schedule', SECOND_MS, 30 * DAY_MS),
    maxAgeMs: fields.duration('max_age', SECOND_MS, 365 * DAY_MS),
  });
}

type WithoutAbsent<T> = { readonly [Key in keyof T]?: Exclude<T[Key], undefined> };

function withoutAbsent<T extends object>(values: T): WithoutAbsent<T> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as WithoutAbsent<T>;
}
