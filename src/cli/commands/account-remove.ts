/** `relayctl account remove`: a tenant and everything it has, for good. */
import {
  inventoryOf,
  refuseRemoval,
  removeAccount,
  type AccountInventory,
} from '../../admin/account-removal.ts';
import { visible } from '../../platform/visible-text.ts';
import { counted } from '../output/time-words.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { failureOf, unlessRefused } from '../program/refusal.ts';

export const accountRemove: CommandSpec = {
  path: 'account remove',
  summary: 'Remove an account and everything it has',
  arguments: '<name>',
  details:
    'Domains with their keys, credentials, messages, suppressions, webhooks, templates, streams, events and statistics of the ' +
    'account go, and cannot be restored. From the first moment no login and no key of it is valid, its webhooks are told ' +
    'nothing, and its domains and its name are free. The rest is removed in small steps, which relayd goes on with when this ' +
    'command is interrupted. Lines of the audit log stay.\n\n' +
    'While mail of the account waits it is removed only with --cancel-mail. Attempts that are under way end by themselves. ' +
    'The account `default` cannot be removed.',
  options: [
    { flags: '--cancel-mail', meaning: 'cancel what waits; senders get no failure report' },
    { flags: '--dry-run', meaning: 'count what it has, and change nothing' },
  ],
  examples: [
    { type: 'account remove shop --dry-run', does: 'what would go' },
    { type: 'account remove shop', does: 'counts, asks for the name of the account, and removes it' },
    { type: 'account remove shop --cancel-mail --yes', does: 'from a script, with what waits' },
  ],
  run: remove,
};

/** In the order in which they are shown. */
const KINDS: readonly (readonly [keyof AccountInventory, string, string?])[] = [
  ['domains', 'domain'],
  ['credentials', 'credential'],
  ['messages', 'message'],
  ['unsettled', 'delivery that waits', 'deliveries that wait'],
  ['suppressions', 'suppression'],
  ['webhooks', 'webhook'],
  ['templates', 'template'],
  ['streams', 'stream'],
  ['refused', 'refused message'],
  ['reports', 'unverified report'],
  ['events', 'event'],
  ['statistics', 'row of statistics', 'rows of statistics'],
];

async function remove(
  context: CommandContext,
  { arguments: [name = ''], options }: CommandInput,
): Promise<void> {
  const { reader, services, config, global } = context;
  const account = await reader.accountByName(name);
  if (account === undefined) throw await context.noAccount(name);
  const inventory = await inventoryOf(account, reader);
  const shown = visible(account.name);
  if (options.flag('dry-run')) {
    if (global.json) context.printJson({ account: account.name, removed: false, ...inventory });
    else context.print(`${shown} has ${wordsOf(inventory)}.`);
    return;
  }
  const hints = {
    conflict: `wait until they are settled (relayctl queue list --account ${shown}), or cancel them with --cancel-mail`,
  };
  const cancelsMail = options.flag('cancel-mail');
  const refusal = refuseRemoval(account, inventory, cancelsMail);
  if (refusal !== undefined) throw failureOf(refusal, hints);
  await context.confirmByName(`Remove ${shown} with ${wordsOf(inventory)}`, account.name);
  const wish = { cancelsMail, beside: services.runningRelay(config) !== undefined };
  const removed = await removeAccount(account, inventory, wish, await adminContext(context));
  const { finished } = unlessRefused(removed, hints);
  if (global.json) {
    context.printJson({ account: account.name, removed: true, finished, ...inventory });
    return;
  }
  context.print(
    finished
      ? `Removed ${shown}.`
      : `Removed ${shown}. Attempts for it are under way: relayd removes the last of its mail when they have ended.`,
  );
}

function wordsOf(inventory: AccountInventory): string {
  const parts = KINDS.filter(([kind]) => inventory[kind] > 0).map(([kind, one, many]) =>
    counted(inventory[kind], one, many),
  );
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}
