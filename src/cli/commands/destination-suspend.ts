/** `relayctl destination suspend`: no attempt is made there until it is resumed. */
import { suspendDestination } from '../../admin/queue.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { domainName } from '../input/lookup.ts';

export const destinationSuspend: CommandSpec = {
  path: 'destination suspend',
  summary: 'Make no attempts to a destination until it is resumed',
  arguments: '<domain>',
  details: 'Mail for it is still accepted and queued; it expires at the end of its lifetime.',
  examples: [
    { type: 'destination suspend example.org', does: 'stop sending to a domain that complains' },
    { type: 'destination resume example.org', does: 'go on' },
  ],
  run: suspend,
};

async function suspend(context: CommandContext, input: CommandInput): Promise<void> {
  const name = domainName(input.arguments[0] ?? '');
  await suspendDestination(name, true, await adminContext(context));
  if (context.global.json) context.printJson({ destination: name, suspended: true });
  else context.print(`Suspended ${name}. To go on: relayctl destination resume ${name}`);
}
