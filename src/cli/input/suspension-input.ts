/** Until when something is suspended, and why, as it was typed. */
import type { SuspensionDetails } from '../../admin/suspensions.ts';
import { usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandSpec } from '../program/command-spec.ts';
import type { Options } from '../program/options.ts';

export const SUSPENSION_OPTIONS: NonNullable<CommandSpec['options']> = [
  {
    flags: '--for <duration>',
    meaning: 'resume after that time, such as 2h (default: until somebody resumes it)',
  },
  { flags: '--until <time>', meaning: 'resume at that time, such as 2027-01-31T08:00:00Z' },
  { flags: '--reason <text>', meaning: 'why, for whoever looks at it' },
];

export function suspensionInput({ nowMs }: CommandContext, options: Options): SuspensionDetails {
  const forMs = options.durationMs('for');
  const untilMs = options.pointInTimeMs('until', nowMs);
  if (forMs !== undefined && untilMs !== undefined)
    throw usage('--for and --until say the same thing', 'leave one out');
  return { untilMs: forMs === undefined ? untilMs : nowMs + forMs, reason: options.text('reason') };
}
