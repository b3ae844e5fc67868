/** `relayctl credential change`: more or fewer domains, addresses, networks and scopes for the same credential and secret. */
import { isScope, SCOPES } from '../../admin/scopes.ts';
import { shellWord } from '../../platform/shell-word.ts';
import {
  changedLists,
  CREDENTIAL_LISTS,
  type CredentialLists,
  type ListChange,
  type ListProblem,
} from '../../policy/credential-change.ts';
import { credentialJson } from '../../api-json/credential-json.ts';
import { authorizationKey } from '../../smtp/address-keys.ts';
import type { Credential } from '../../store/records.ts';
import { CliFailure, usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { warnOfMissingDomains, warnOfNetworks } from '../input/credential-input.ts';
import { renderCredential } from '../views/credential-view.ts';
import { domainName, findCredential } from '../input/lookup.ts';
import { parseNetwork } from '../input/network-list.ts';
import { mailboxOf, type Options } from '../program/options.ts';

/** As options name them, and what a credential without entries may do. */
const WORDS: Readonly<Record<keyof CredentialLists, { readonly option: string; readonly every: string }>> = {
  domains: { option: 'domain', every: 'send from every domain of its account' },
  fromAddresses: { option: 'from', every: 'send from every address of its domains' },
  networks: { option: 'allow-ip', every: 'be used from every address' },
  scopes: { option: 'scope', every: 'send' },
};

export const credentialChange: CommandSpec = {
  path: 'credential change',
  summary: 'Change what a credential may do; its user name and secret stay',
  arguments: '<id-or-name>',
  details:
    'Counts within a second, in open sessions too. What is not given stays.\n\n' +
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
    { type: 'credential change wordpress --add-domain shop.example', does: 'one domain more' },
    {
      type: 'credential change crd_01k9q3... --add-from mailer-daemon@shop.example',
      does: 'what the log names when a message was refused',
    },
    {
      type: 'credential change printers --add-allow-ip 10.1.3.0/24 --remove-allow-ip 10.1.2.0/24',
      does: 'the devices have moved',
    },
  ],
  run: changeCredential,
};

async function changeCredential(context: CommandContext, input: CommandInput): Promise<void> {
  const credential = await findCredential(context, input.arguments[0] ?? '');
  if (credential.revokedAtMs !== undefined)
    throw new CliFailure('revoked', `credential ${credential.name} has been revoked`, {
      hint: `add a new one: relayctl credential add --name ${shellWord(credential.name)}`,
    });
  const changes = readChanges(input.options);
  if (CREDENTIAL_LISTS.every((list) => changes[list].add.length + changes[list].remove.length === 0))
    throw usage('nothing to change', 'add an option, such as --add-domain shop.example');
  const lists = changedLists(credential, changes);
  if ('problem' in lists) throw refusal(credential, lists);
  await warnOfMissingDomains(context, credential, changes.domains.add);
  if (credential.kind === 'network')
    warnOfNetworks(context, input.options.list('add-allow-ip').map(parseNetwork));
  const { directory } = await context.writer();
  await directory.changeCredential(credential, lists, context.services.actor);
  const changed = await findCredential(context, credential.id);
  if (context.global.json) context.printJson(credentialJson(changed));
  else context.print(await renderCredential(context, changed));
}

function readChanges(options: Options): Readonly<Record<keyof CredentialLists, ListChange>> {
  const read = (list: keyof CredentialLists, parse: (text: string, option: string) => string) => {
    const { option } = WORDS[list];
    const each = (verb: string) =>
      options.list(`${verb}-${option}`).map((text) => parse(text, `--${verb}-${option}`));
    return { add: each('add'), remove: each('remove') };
  };
  return {
    domains: read('domains', domainName),
    fromAddresses: read('fromAddresses', (text, option) => authorizationKey(mailboxOf(text, option))),
    networks: read('networks', (text) => parseNetwork(text).cidr),
    scopes: read('scopes', (text, option) => {
      if (isScope(text)) return text;
      throw usage(`${option} ${text} is none of ${SCOPES.join(', ')}`);
    }),
  };
}

function refusal(credential: Credential, { list, problem, entry }: ListProblem): CliFailure {
  const { option, every } = WORDS[list];
  const { name } = credential;
  switch (problem) {
    case 'absent':
      return new CliFailure('not-found', `credential ${name} has no --${option} ${entry}`, {
        hint: `it has ${credential[list].length === 0 ? 'none' : credential[list].join(', ')}`,
      });
    case 'unbound':
      return new CliFailure('not-bound', `credential ${name} may ${every} already`, {
        hint: `with --${option} ${entry} alone it could do less; for that add another credential`,
      });
    case 'emptied':
      return new CliFailure(
        'last-entry',
        `${entry} is the last --${option} of credential ${name}: without it, it could ${every}`,
        {
          hint: `add another in the same command (--add-${option}), or end it: relayctl credential revoke ${credential.id}`,
        },
      );
  }
}
