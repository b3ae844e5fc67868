/** `relayctl destination resume`: attempts are made there again. */
import { suspendDestination } from '../../admin/queue.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { domainName } from '../input/lookup.ts';

export const destinationResume: CommandSpec = {
  path: 'destination resume',
  summary: 'Resume attempts to a suspended destination',
  arguments: '<domain>',
  examples: [
    { type: 'destination resume example.org', does: 'after suspend' },
    { type: 'queue retry --destination example.org', does: 'and retry its queue at once' },
  ],
  run: resume,
};

async function resume(context: CommandContext, input: CommandInput): Promise<void> {
  const name = domainName(input.arguments[0] ?? '');
  await suspendDestination(name, false, await adminContext(context));
  if (context.global.json) context.printJson({ destination: name, suspended: false });
  else
    context.print(`Resumed ${name}. To try at once what waits: relayctl queue retry --destination ${name}`);
}
