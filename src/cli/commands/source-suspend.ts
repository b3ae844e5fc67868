/** `relayctl source suspend`: mail leaves from other sources of its pool, or waits. */
import { suspend } from '../../admin/suspensions.ts';
import { timestamp } from '../../api-json/timestamp.ts';
import { visible } from '../../platform/visible-text.ts';
import { findSource } from '../input/find-source.ts';
import { SUSPENSION_OPTIONS, suspensionInput } from '../input/suspension-input.ts';
import { fullTime } from '../output/time-words.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { unlessRefused } from '../program/refusal.ts';

export const sourceSuspend: CommandSpec = {
  path: 'source suspend',
  summary: 'Send nothing from a source, until it is resumed or for a time',
  arguments: '<name>',
  details:
    'Its mail leaves from the other sources of the pool; where there is none, it waits, and is looked at again every five ' +
    'minutes. Attempts under way end by themselves; a running relayd makes no further one within a second.',
  options: SUSPENSION_OPTIONS,
  examples: [
    { type: 'source suspend out-1 --reason "on a blocklist"', does: 'until somebody resumes it' },
    { type: 'source suspend out-1 --until 2027-01-31T08:00:00Z', does: 'until then' },
  ],
  run: suspendSource,
};

async function suspendSource(context: CommandContext, input: CommandInput): Promise<void> {
  const { name } = findSource(context, input.arguments[0] ?? '');
  const details = suspensionInput(context, input.options);
  unlessRefused(await suspend('source', name, details, await adminContext(context)));
  const { untilMs } = details;
  if (context.global.json)
    context.printJson({ source: name, suspended: true, suspended_until: timestamp(untilMs) });
  else {
    const until = untilMs === undefined ? '' : ` until ${fullTime(untilMs)}`;
    context.print(`Suspended ${visible(name)}${until}. To go on: relayctl source resume ${visible(name)}`);
  }
}
