/** `relayctl destination suspend`: no attempt is made there until it is resumed, or for a time. */
import { suspend } from '../../admin/suspensions.ts';
import { timestamp } from '../../api-json/timestamp.ts';
import { domainName } from '../input/lookup.ts';
import { SUSPENSION_OPTIONS, suspensionInput } from '../input/suspension-input.ts';
import { fullTime } from '../output/time-words.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { unlessRefused } from '../program/refusal.ts';

export const destinationSuspend: CommandSpec = {
  path: 'destination suspend',
  summary: 'Make no attempts to a destination, until it is resumed or for a time',
  arguments: '<domain>',
  details:
    'Mail for it is still accepted and queued; it expires at the end of its lifetime. Attempts under way end by themselves; ' +
    'a running relayd makes no further one within a second, and ends the suspension at its time.',
  options: SUSPENSION_OPTIONS,
  examples: [
    { type: 'destination suspend example.org', does: 'stop sending to a domain that complains' },
    { type: 'destination suspend example.org --for 2h --reason "they asked"', does: 'for two hours' },
    { type: 'destination resume example.org', does: 'go on' },
  ],
  run: suspendThere,
};

async function suspendThere(context: CommandContext, input: CommandInput): Promise<void> {
  const name = domainName(input.arguments[0] ?? '');
  const details = suspensionInput(context, input.options);
  unlessRefused(await suspend('destination', name, details, await adminContext(context)));
  const { untilMs } = details;
  if (context.global.json)
    context.printJson({ destination: name, suspended: true, suspended_until: timestamp(untilMs) });
  else {
    const until = untilMs === undefined ? '' : ` until ${fullTime(untilMs)}`;
    context.print(`Suspended ${name}${until}. To go on: relayctl destination resume ${name}`);
  }
}
