/** Terms of an account as they are typed: limits and retention. */
import { parseDurationMs } from '../../platform/duration.ts';
import type { TermsInput } from '../../admin/accounts.ts';
import { usage } from '../program/cli-failure.ts';
import type { CommandSpec } from '../program/command-spec.ts';
import type { Options } from '../program/options.ts';
import { LIMIT_OPTION, readLimits } from './limit-input.ts';

export const TERM_OPTIONS: NonNullable<CommandSpec['options']> = [
  { ...LIMIT_OPTION, meaning: LIMIT_OPTION.meaning.replace('its use', 'all its credentials together') },
  {
    flags: '--retain-content <duration>',
    meaning: 'keep content of settled messages that long, such as 1d; `default` as configured',
  },
  { flags: '--retain-metadata <duration>', meaning: 'the same for messages without their content' },
  { flags: '--retain-events <duration>', meaning: 'the same for events' },
];

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
  return {
    ...(Object.keys(limits).length > 0 && { limits }),
    ...Object.fromEntries(retained),
  };
}

function durationOf(text: string, option: string, takesAway: boolean): number | undefined {
  if (takesAway && text === 'default') return undefined;
  const durationMs = parseDurationMs(text);
  if (durationMs === undefined)
    throw usage(`--${option} ${text} is not a duration`, `write 12h or 1d${takesAway ? ', or default' : ''}`);
  return durationMs;
}
