/** `relayctl domain remove`: a domain and its keys go, and with them the right to send from it. */
import { domainRemovalJson } from '../../api-json/domain-removal-json.ts';
import { removeDomain } from '../../admin/domains.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { findDomain } from '../input/lookup.ts';
import { counted } from '../output/time-words.ts';

export const domainRemove: CommandSpec = {
  path: 'domain remove',
  summary: 'Remove a sending domain and its DKIM keys',
  arguments: '<domain>',
  details:
    'The keys cannot be restored: adding the domain again makes new ones, with new DNS records. ' +
    'Mail from the domain is refused from then on. Its queued mail cannot be signed any more and is ' +
    'deferred until it expires: deliver or cancel it first.',
  examples: [
    { type: 'domain remove example.com', does: 'asks first' },
    { type: 'domain remove example.com --yes', does: 'does not ask' },
  ],
  run: remove,
};

/** A second or two of reading, in a process of its own. */
const MOST_LOOKED_AT = 1_000_000;

async function remove(context: CommandContext, input: CommandInput): Promise<void> {
  const domain = await findDomain(context, input.arguments[0] ?? '');
  const mail = await context.reader.mailOfDomain(domain, MOST_LOOKED_AT);
  const waiting = (mail.lookedAtAll ? '' : 'at least ') + counted(mail.messages, 'message');
  const waits = mail.messages > 0 || !mail.lookedAtAll;
  const consequence = waits ? `; ${waiting} from it could not be signed any more, and would expire` : '';
  await context.confirm(`Remove ${domain.name} and its DKIM keys${consequence}`);
  await removeDomain(domain, await adminContext(context));
  if (context.global.json) {
    context.printJson(domainRemovalJson(domain.name, mail));
    return;
  }
  context.print(
    waits
      ? `Removed ${domain.name}. In the queue: ${waiting} from it, deferred until it expires (local-domain), since it ` +
          'cannot be signed. `relayctl domain add` with new records lets it out, `relayctl queue cancel` ends it.'
      : `Removed ${domain.name}. No mail waits for it. Its DNS records may be taken down when its last mail has arrived.`,
  );
}
