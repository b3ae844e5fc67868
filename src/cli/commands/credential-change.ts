/** `relayctl credential change`: more or fewer domains, addresses, networks and scopes for the same credential and secret. */
import { changeCredential, type CredentialChanges } from '../../admin/credentials/change.ts';
import { isRefusal } from '../../admin/refusal.ts';
import { shellWord } from '../../platform/shell-word.ts';
import { credentialJson } from '../../api-json/credential-json.ts';
import { authorizationKey } from '../../smtp/address-keys.ts';
import type { Credential } from '../../store/directory-records.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { failureOf } from '../program/refusal.ts';
import { warnOfMissingDomains, warnOfNetworks } from '../input/credential-input.ts';
import { renderCredential } from '../views/credential-view.ts';
import { domainName, findCredential } from '../input/lookup.ts';
import { parseNetwork } from '../input/network-list.ts';
import { mailboxOf, type Options } from '../program/options.ts';

export const credentialChange: CommandSpec = {
  path: 'credential change',
  summary: 'Change what a credential may do; its user name and secret stay',
  arguments: '<id-or-name>',
  details:
    'In force within a second, in open sessions too. Options that are not given change nothing.\n\n' +
    'An empty list allows everything: nothing can be added to one, and the last entry cannot be removed.',
  options: [
    { flags: '--add-domain <domain>', meaning: 'may send from this domain too', repeats: true },
    { flags: '--remove-domain <domain>', meaning: 'may not send from it any more', repeats: true },
    { flags: '--add-from <address>', meaning: 'may send from this address too', repeats: true },
    { flags: '--remove-from <address>', meaning: 'may not send from it any more', repeats: true },
    { flags: '--add-allow-ip <network>', meaning: 'may be used from there too', repeats: true },
    { flags: '--remove-allow-ip <network>', meaning: 'may not be used from there any more', repeats: true },
    { flags: '--add-scope <scope>', meaning: 'may do this too (credential add --help)', repeats: true },
    { flags: '--remove-scope <scope>', meaning: 'may not do this any more', repeats: true },
  ],
  examples: [
    { type: 'credential change wordpress --add-domain shop.example', does: 'one more domain' },
    {
      type: 'credential change crd_01k9q3... --add-from mailer-daemon@shop.example',
      does: 'for an author that the log names as refused',
    },
    {
      type: 'credential change printers --add-allow-ip 10.1.3.0/24 --remove-allow-ip 10.1.2.0/24',
      does: 'the devices have moved',
    },
  ],
  run: change,
};

async function change(context: CommandContext, input: CommandInput): Promise<void> {
  const credential = await findCredential(context, input.arguments[0] ?? '');
  const changes = readChanges(input.options);
  const lists = await changeCredential(credential, changes, await adminContext(context));
  if (isRefusal(lists)) throw failureOf(lists, hintsFor(credential));
  await warnOfMissingDomains(context, credential, changes.domains.add);
  if (credential.kind === 'network') warnOfNetworks(context, changes.networks.add);
  const changed = await findCredential(context, credential.id);
  if (context.global.json) context.printJson(credentialJson(changed));
  else context.print(await renderCredential(context, changed));
}

function readChanges(options: Options): CredentialChanges {
  const read = (name: string, parse: (text: string, option: string) => string) => {
    const each = (verb: string) =>
      options.list(`${verb}-${name}`).map((text) => parse(text, `--${verb}-${name}`));
    return { add: each('add'), remove: each('remove') };
  };
  return {
    domains: read('domain', domainName),
    fromAddresses: read('from', (text, option) => authorizationKey(mailboxOf(text, option))),
    networks: read('allow-ip', (text) => parseNetwork(text).cidr),
    scopes: read('scope', (text) => text),
  };
}

function hintsFor({ id, name }: Credential) {
  return {
    revoked: `add a new one: relayctl credential add --name ${shellWord(name)}`,
    'nothing-to-change': 'add an option, such as --add-domain shop.example',
    'last-entry': `add another in the same command, or end it: relayctl credential revoke ${id}`,
  };
}
