/** `relayctl destination resume`: attempts are made there again. */
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { domainName } from '../input/lookup.ts';

export const destinationResume: CommandSpec = {
  path: 'destination resume',
  summary: 'Make attempts to a suspended destination again',
  arguments: '<domain>',
  examples: [
    { type: 'destination resume example.org', does: 'go on after suspend' },
    { type: 'queue retry --destination example.org', does: 'and try what waits at once' },
  ],
  run: resume,
};

async function resume(context: CommandContext, input: CommandInput): Promise<void> {
  const name = domainName(input.arguments[0] ?? '');
  const writer = await context.writer();
  await writer.queue.suspendDestination(name, false, context.services.actor);
  if (context.global.json) context.printJson({ destination: name, suspended: false });
  else
    context.print(`Resumed ${name}. To try at once what waits: relayctl queue retry --destination ${name}`);
}
