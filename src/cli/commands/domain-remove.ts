/** `relayctl domain remove`: a domain and its keys go, and with them the right to send from it. */
import { WAITING_STATES } from '../../policy/delivery-state.ts';
import type { Domain } from '../../store/records.ts';
import type { CommandContext } from '../command-context.ts';
import type { CommandInput, CommandSpec } from '../command-spec.ts';
import { findDomain } from '../lookup.ts';
import { counted } from '../output/time-words.ts';

export const domainRemove: CommandSpec = {
  path: 'domain remove',
  summary: 'Remove a sending domain and its DKIM keys',
  arguments: '<domain>',
  details:
    'The keys cannot be brought back: adding the domain again makes new ones, with new DNS records. ' +
    'Mail from the domain is refused from then on. What still waits in the queue cannot be signed any more and is ' +
    'deferred until it expires: let it go out, or cancel it, first.',
  examples: [
    { type: 'domain remove example.com', does: 'asks first' },
    { type: 'domain remove example.com --yes', does: 'does not ask' },
  ],
  run: removeDomain,
};

const MOST_COUNTED = 1000;

async function removeDomain(context: CommandContext, input: CommandInput): Promise<void> {
  const domain = findDomain(context, input.arguments[0] ?? '');
  const waiting = countWaiting(context, domain);
  const consequence =
    waiting === 0
      ? ''
      : `; ${counted(waiting, 'message')} from it could not be signed any more, and would expire`;
  await context.confirm(`Remove ${domain.name} and its DKIM keys${consequence}`);
  const writer = await context.writer();
  await writer.directory.removeDomain(domain.id, context.services.actor);
  if (context.global.json) context.printJson({ domain: domain.name, removed: true });
  else
    context.print(
      `Removed ${domain.name}. Its DNS records may be taken down when its last mail has arrived.`,
    );
}

/** Messages that wait to be signed with the domain's keys; counts at most {@link MOST_COUNTED} of each state. */
function countWaiting({ reader }: CommandContext, domain: Domain): number {
  const ids = new Set<string>();
  for (const state of [...WAITING_STATES, 'held'] as const) {
    const filter = { accountId: domain.accountId, state, limit: MOST_COUNTED };
    const nothingElse = { destination: undefined, recipient: undefined, stream: undefined, tag: undefined };
    for (const { facts } of reader.listMessages({ ...filter, ...nothingElse, before: undefined }))
      if (facts.signingDomain === domain.name) ids.add(facts.id);
  }
  return ids.size;
}
