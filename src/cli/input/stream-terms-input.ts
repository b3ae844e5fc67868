/** Terms of a stream as they are typed. */
import type { StreamTermsInput } from '../../admin/stream-terms.ts';
import { LEAST_PRIORITY, MOST_PRIORITY, TRACKED } from '../../admin/stream-terms.ts';
import { parseDurationMs } from '../../platform/duration.ts';
import { usage } from '../program/cli-failure.ts';
import type { CommandSpec } from '../program/command-spec.ts';
import type { Options } from '../program/options.ts';

const NONE = 'none';

export const STREAM_TERM_OPTIONS: NonNullable<CommandSpec['options']> = [
  {
    flags: '--title <text>',
    meaning: 'its name for recipients, on pages that they see; each of these: `none` takes it away',
  },
  {
    flags: '--subdomain <label>',
    meaning: 'mail from this label below the domains is of this stream, such as news',
  },
  {
    flags: '--pool <pool>',
    meaning: 'pool of sources that its mail leaves from, unless its route names one',
  },
  {
    flags: '--retry-schedule <durations>',
    meaning: 'waits between attempts, such as 1m,5m,30m; the last repeats',
  },
  { flags: '--max-age <duration>', meaning: 'how long its mail is tried, such as 4h' },
  {
    flags: '--priority <number>',
    meaning: `from ${LEAST_PRIORITY} to ${MOST_PRIORITY}; below 0: other mail of the account goes first`,
  },
  {
    flags: '--header <field>',
    meaning:
      'header field of messages that do not have it, such as "Feedback-ID: {stream}:shop"; repeatable; without a value: no more',
    repeats: 'whole',
  },
  { flags: '--track <what>', meaning: `${TRACKED.join(', ')} or both, where the message does not say` },
];

/** Names what was given. */
export function readStreamTerms(options: Options): StreamTermsInput {
  const fields = options.list('header').map(readField);
  return {
    ...named('title', options.text('title'), (text) => text),
    ...named('subdomain', options.text('subdomain'), (text) => text.toLowerCase()),
    ...named('pool', options.text('pool'), (text) => text),
    ...named('retryScheduleMs', options.text('retry-schedule'), (text) =>
      text.split(',').map((one) => durationOf(one.trim(), 'retry-schedule')),
    ),
    ...named('maxAgeMs', options.text('max-age'), (text) => durationOf(text, 'max-age')),
    ...named('priority', options.text('priority'), priorityOf),
    ...named('track', options.text('track'), tracked),
    ...(fields.length > 0 && { headers: Object.fromEntries(fields) }),
  };
}

function named<Name extends string, Value>(
  name: Name,
  text: string | undefined,
  read: (text: string) => Value,
): Partial<Record<Name, Value | undefined>> {
  if (text === undefined) return {};
  return { [name]: text === NONE ? undefined : read(text) } as Record<Name, Value | undefined>;
}

function durationOf(text: string, option: string): number {
  const durationMs = parseDurationMs(text);
  if (durationMs === undefined)
    throw usage(`--${option}: ${text} is not a duration`, `write 5m or 4h, or ${NONE}`);
  return durationMs;
}

function priorityOf(text: string): number {
  if (!/^[+-]?\d$/.test(text))
    throw usage(`--priority ${text} is not a whole number from ${LEAST_PRIORITY} to ${MOST_PRIORITY}`);
  return Number(text);
}

function tracked(text: string) {
  return text.split(',').map((one) => {
    const found = TRACKED.find((what) => what === one.trim());
    if (found === undefined) throw usage(`--track ${text}: accepted are ${TRACKED.join(', ')} and ${NONE}`);
    return found;
  });
}

function readField(typed: string): readonly [name: string, value: string | undefined] {
  const [, name, value] = /^([^:\s]+)\s*:\s*(.*)$/s.exec(typed) ?? [];
  if (name === undefined || value === undefined)
    throw usage(`--header ${typed} is not a header field`, 'write "Name: value", or "Name:" to take it away');
  return [name, value === '' ? undefined : value];
}
