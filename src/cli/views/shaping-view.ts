/** Rules of shaping in words and in JSON: what they limit, and what is counted apart. */
import { formatDurationMs } from '../../platform/duration.ts';
import { RATE_WINDOWS_MS, type RateWindow, type ShapingRule } from '../../policy/shaping/shaping-rules.ts';

const WINDOWS = Object.keys(RATE_WINDOWS_MS) as RateWindow[];

/** `20 connections, 100 messages a minute, counted for each provider and source`. */
export function shapingWords({ limits, per }: ShapingRule): string {
  const { connections, connectionsPerMinute, messagesPer = {}, messagesPerConnection } = limits;
  const { recipientsPerTransaction, idleMs, retryScheduleMs, maxAgeMs } = limits;
  const counted = [
    figure(connections, 'connections at once'),
    figure(connectionsPerMinute, 'new connections a minute'),
    ...WINDOWS.map((window) =>
      figure(messagesPer[window], `messages ${window === 'hour' ? 'an' : 'a'} ${window}`),
    ),
  ].flatMap((words) => words ?? []);
  const others = [
    figure(messagesPerConnection, 'messages a connection'),
    figure(recipientsPerTransaction, 'recipients a transaction'),
    idleMs === undefined ? undefined : `idle connections kept ${formatDurationMs(idleMs)}`,
    retryScheduleMs === undefined
      ? undefined
      : `retried after ${retryScheduleMs.map(formatDurationMs).join(', ')}`,
    maxAgeMs === undefined ? undefined : `tried for ${formatDurationMs(maxAgeMs)}`,
  ].flatMap((words) => words ?? []);
  const apart = counted.length === 0 ? [] : [`${counted.join(', ')} (of each ${per.join(' and ')})`];
  return [...apart, ...others].join(', ') || 'no limit';
}

export function shapingJson({ name, per, limits }: ShapingRule): object {
  const { messagesPer = {} } = limits;
  const whole = (value: number | undefined) => (value === undefined || value === Infinity ? null : value);
  return {
    rule: name,
    per,
    connections: whole(limits.connections),
    connections_per_minute: whole(limits.connectionsPerMinute),
    ...Object.fromEntries(WINDOWS.map((window) => [`messages_per_${window}`, whole(messagesPer[window])])),
    messages_per_connection: whole(limits.messagesPerConnection),
    recipients_per_transaction: whole(limits.recipientsPerTransaction),
    idle_ms: limits.idleMs ?? null,
    retry_schedule_ms: limits.retryScheduleMs ?? null,
    max_age_ms: limits.maxAgeMs ?? null,
  };
}

function figure(value: number | undefined, what: string): string | undefined {
  if (value === undefined) return undefined;
  return value === Infinity ? `any number of ${what}` : `${String(value)} ${what}`;
}
