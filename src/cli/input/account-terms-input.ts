/** Terms of an account as they are typed: limits, retention and its own limits of sending health. */
import { parseDurationMs, parseSizeBytes } from '../../platform/duration.ts';
import type { TermsInput } from '../../admin/accounts.ts';
import { usage } from '../program/cli-failure.ts';
import type { CommandSpec } from '../program/command-spec.ts';
import type { Options } from '../program/options.ts';
import { HEALTH_OPTION, readHealthTerms } from './health-input.ts';
import { LIMIT_OPTION, readLimits } from './limit-input.ts';

export const TERM_OPTIONS: NonNullable<CommandSpec['options']> = [
  { ...LIMIT_OPTION, meaning: LIMIT_OPTION.meaning.replace('its use', 'all its credentials together') },
  { flags: '--storage <size>', meaning: 'keep at most so much content, such as 10GB; `none` takes it away' },
  {
    flags: '--retain-content <duration>',
    meaning: 'keep content of settled messages that long, such as 1d; `default` as configured',
  },
  { flags: '--retain-metadata <duration>', meaning: 'the same for messages without their content' },
  { flags: '--retain-events <duration>', meaning: 'the same for events' },
  HEALTH_OPTION,
];

const DECIMAL: Readonly<Record<string, number>> = { kB: 1e3, MB: 1e6, GB: 1e9 };

const RETENTIONS = [
  ['retain-content', 'retainContentMs'],
  ['retain-metadata', 'retainMetadataMs'],
  ['retain-events', 'retainEventsMs'],
] as const;

/** Names what was given. `takesAway`: `none` and `default` are words of it. */
export function readTerms(options: Options, takesAway: boolean): TermsInput {
  const limits = readLimits(options, { takesNone: takesAway });
  const retained = RETENTIONS.flatMap(([option, field]) => {
    const text = options.text(option);
    return text === undefined ? [] : [[field, durationOf(text, option, takesAway)] as const];
  });
  const healthTerms = readHealthTerms(options, { takesDefault: takesAway });
  const storage = options.text('storage');
  return {
    ...(storage !== undefined && { storageBytes: octetsOf(storage, takesAway) }),
    ...(Object.keys(limits).length > 0 && { limits }),
    ...(Object.keys(healthTerms).length > 0 && { healthTerms }),
    ...Object.fromEntries(retained),
  };
}

function octetsOf(text: string, takesAway: boolean): number | undefined {
  if (takesAway && text === 'none') return undefined;
  const [, number, unit] = /^(\d+)(kB|MB|GB)$/.exec(text) ?? [];
  const octets = number === undefined ? parseSizeBytes(text) : Number(number) * (DECIMAL[unit ?? ''] ?? 1);
  if (octets === undefined)
    throw usage(`--storage ${text} is not a size`, `write 10GB or 500MiB${takesAway ? ', or none' : ''}`);
  return octets;
}

function durationOf(text: string, option: string, takesAway: boolean): number | undefined {
  if (takesAway && text === 'default') return undefined;
  const durationMs = parseDurationMs(text);
  if (durationMs === undefined)
    throw usage(`--${option} ${text} is not a duration`, `write 12h or 1d${takesAway ? ', or default' : ''}`);
  return durationMs;
}
