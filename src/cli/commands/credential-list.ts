/** `relayctl credential list`: who may hand in mail. */
import type { Credential } from '../../store/directory-records.ts';
import type { LastUse } from '../../store/last-use.ts';
import { usesOf } from '../../store/uses-of.ts';
import { unusedSinceMs } from '../../policy/credential-use.ts';
import { everyCredential } from '../../store/every-credential.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { certificateWarning } from '../views/certificate-view.ts';
import { relative } from '../output/time-words.ts';
import { renderTable } from '../output/table.ts';
import { credentialJson } from '../../api-json/credential-json.ts';

export const credentialList: CommandSpec = {
  path: 'credential list',
  summary: 'List credentials',
  options: [
    { flags: '--all', meaning: 'include revoked and expired ones' },
    { flags: '--unused', meaning: 'only those that were not used for 90 days' },
  ],
  examples: [
    { type: 'credential list', does: 'active credentials' },
    { type: 'credential list --all --account shop', does: 'all credentials of an account, past ones too' },
    { type: 'credential list --unused', does: 'those that nobody may need any more' },
    { type: 'credential list --json | jq -r .username', does: 'user names, for a script' },
  ],
  run: listCredentials,
};

async function listCredentials(context: CommandContext, { options }: CommandInput): Promise<void> {
  const { reader, nowMs, paint } = context;
  const found: Credential[] = [];
  for (const { id } of await context.accounts()) {
    for await (const credential of everyCredential(reader, id))
      if (options.flag('all') || stateOf(credential, nowMs) === 'active') found.push(credential);
  }
  const uses = await usesOf(
    reader,
    found.map(({ id }) => id),
  );
  const credentials = options.flag('unused')
    ? found.filter((one) => unusedSinceMs(one, uses.get(one.id), nowMs) !== undefined)
    : found;
  if (context.global.json) {
    for (const credential of credentials)
      await context.printJsonLine(credentialJson(credential, uses.get(credential.id)));
    return;
  }
  if (credentials.length === 0) {
    context.note(
      options.flag('unused')
        ? 'Every credential was used within 90 days.'
        : 'There are no credentials. Add one: relayctl credential add --name my-app',
    );
    return;
  }
  const table = renderTable(
    [
      { title: 'ID', text: ({ id }) => id },
      { title: 'NAME', text: ({ name }) => name, shrinks: true },
      { title: 'KIND', text: ({ kind }) => kind },
      { title: 'USER OR NETWORKS', text: userOrNetworks, shrinks: true },
      { title: 'SENDS FROM', text: senders, shrinks: true },
      {
        title: 'STATE',
        text: (credential) => stateWords(credential, uses.get(credential.id), nowMs),
        brush: (text, credential) =>
          stateOf(credential, nowMs) !== 'active'
            ? paint.dim(text)
            : certificateWarning(credential, uses.get(credential.id)?.certificate, nowMs) === undefined
              ? text
              : paint.warn(text),
      },
      {
        title: 'LAST USED',
        text: (credential) => useWords(credential, uses.get(credential.id), nowMs),
        brush: (text, credential) =>
          unusedSinceMs(credential, uses.get(credential.id), nowMs) === undefined ? text : paint.warn(text),
      },
      {
        title: 'ACCOUNT',
        text: ({ accountName }) => accountName,
        shrinks: true,
        hidden: !(await context.listsManyAccounts()),
      },
    ],
    credentials,
    { width: context.io.columns, paint },
  );
  context.print(table);
}

function userOrNetworks({ username, networks }: Credential): string {
  return username ?? networks.join(', ');
}

function senders({ fromAddresses, domains }: Credential): string {
  const listed = fromAddresses.length > 0 ? fromAddresses : domains;
  return listed.length === 0 ? 'any of its domains' : listed.join(', ');
}

/** `unused` marks those that nobody may need any more. */
function useWords(credential: Credential, use: LastUse | undefined, nowMs: number): string {
  const words = use?.address === undefined ? 'never' : relative(use.atMs, nowMs);
  return unusedSinceMs(credential, use, nowMs) === undefined ? words : `${words}, unused`;
}

function stateOf({ revokedAtMs, expiresAtMs }: Credential, nowMs: number): 'active' | 'revoked' | 'expired' {
  if (revokedAtMs !== undefined) return 'revoked';
  return expiresAtMs !== undefined && expiresAtMs <= nowMs ? 'expired' : 'active';
}

function stateWords(credential: Credential, use: LastUse | undefined, nowMs: number): string {
  const state = stateOf(credential, nowMs);
  const warning = certificateWarning(credential, use?.certificate, nowMs);
  if (state === 'active' && warning !== undefined) return warning;
  if (state !== 'active' || credential.expiresAtMs === undefined) return state;
  return `expires ${relative(credential.expiresAtMs, nowMs)}`;
}
