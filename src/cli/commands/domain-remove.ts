/** `relayctl domain remove`: a domain and its keys go, and with them the right to send from it. */
import type { CommandContext } from '../command-context.ts';
import type { CommandInput, CommandSpec } from '../command-spec.ts';
import { findDomain } from '../lookup.ts';

export const domainRemove: CommandSpec = {
  path: 'domain remove',
  summary: 'Remove a sending domain and its DKIM keys',
  arguments: '<domain>',
  details:
    'The keys cannot be brought back: adding the domain again makes new ones, with new DNS records. ' +
    'Mail from the domain is refused from then on; what waits in the queue cannot be signed any more and is deferred.',
  examples: [
    { type: 'domain remove example.com', does: 'asks first' },
    { type: 'domain remove example.com --yes', does: 'does not ask' },
  ],
  run: removeDomain,
};

async function removeDomain(context: CommandContext, input: CommandInput): Promise<void> {
  const domain = findDomain(context, input.arguments[0] ?? '');
  await context.confirm(`Remove ${domain.name} and its DKIM keys`);
  const writer = await context.writer();
  await writer.directory.removeDomain(domain.name, context.services.actor);
  if (context.global.json) context.printJson({ domain: domain.name, removed: true });
  else
    context.print(
      `Removed ${domain.name}. Its DNS records may be taken down when its last mail has arrived.`,
    );
}
