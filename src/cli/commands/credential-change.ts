/** `relayctl credential change`: other lists, limits and terms for the same credential and secret. */
import { changeCredential, type CredentialChanges } from '../../admin/credentials/change.ts';
import { isRefusal } from '../../admin/refusal.ts';
import { shellWord } from '../../platform/shell-word.ts';
import { credentialJson } from '../../api-json/credential-json.ts';
import { formatMailbox } from '../../smtp/address.ts';
import { authorizationKey } from '../../smtp/address-keys.ts';
import type { Credential } from '../../store/directory-records.ts';
import { adminContext } from '../program/admin-context.ts';
import type { CommandContext } from '../program/command-context.ts';
import type { CommandInput, CommandSpec } from '../program/command-spec.ts';
import { failureOf } from '../program/refusal.ts';
import { readRate, warnOfMissingDomains, warnOfNetworks } from '../input/credential-input.ts';
import { renderCredential } from '../views/credential-view.ts';
import { LIMIT_OPTION, readLimits } from '../input/limit-input.ts';
import { domainName, findCredential } from '../input/lookup.ts';
import { parseNetwork } from '../input/network-list.ts';
import { mailboxOf, type Options } from '../program/options.ts';

export const credentialChange: CommandSpec = {
  path: 'credential change',
  summary: 'Change the name of a credential and what it may do; its user name and secret stay',
  arguments: '<id-or-name>',
  details:
    'In force within a second, in open sessions too. Options that are not given change nothing.\n\n' +
    'An empty list allows everything: nothing can be added to one, and the last entry cannot be removed. --rate, --daily-quota, ' +
    '--limit NAME=none, --expires and --dsn-to take `none`.',
  options: [
    { flags: '--name <name>', meaning: 'what it is for; the user name stays' },
    { flags: '--add-domain <domain>', meaning: 'may send from this domain too', repeats: true },
    { flags: '--remove-domain <domain>', meaning: 'may not send from it any more', repeats: true },
    { flags: '--add-from <address>', meaning: 'may send from this address too', repeats: true },
    { flags: '--remove-from <address>', meaning: 'may not send from it any more', repeats: true },
    { flags: '--add-allow-ip <network>', meaning: 'may be used from there too', repeats: true },
    { flags: '--remove-allow-ip <network>', meaning: 'may not be used from there any more', repeats: true },
    { flags: '--add-scope <scope>', meaning: 'may do this too (credential add --help)', repeats: true },
    { flags: '--remove-scope <scope>', meaning: 'may not do this any more', repeats: true },
    { flags: '--stream <stream>', meaning: 'stream of its messages' },
    { flags: '--rate <messages>', meaning: 'messages a minute, such as 600 or 10/s, or none' },
    { flags: '--daily-quota <recipients>', meaning: 'recipients a day (UTC), or none' },
    LIMIT_OPTION,
    { flags: '--expires <when>', meaning: 'after a span such as 90d, at a time such as 2027-01-31, or none' },
    { flags: '--require-tls', meaning: 'network only: refuse mail without TLS' },
    { flags: '--no-require-tls', meaning: 'network only: take mail without TLS too' },
    { flags: '--dsn', meaning: 'send failure reports for its mail' },
    { flags: '--no-dsn', meaning: 'send none' },
    { flags: '--dsn-to <address>', meaning: 'address for failure reports, or none: to the reverse-path' },
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
    {
      type: 'credential change wordpress --limit messages_per_hour=500 --rate none',
      does: 'a limit more, and one less',
    },
  ],
  run: change,
};

async function change(context: CommandContext, input: CommandInput): Promise<void> {
  const credential = await findCredential(context, input.arguments[0] ?? '');
  const changes = readChanges(input.options, context.nowMs);
  const lists = await changeCredential(credential, changes, await adminContext(context));
  if (isRefusal(lists)) throw failureOf(lists, hintsFor(credential));
  await warnOfMissingDomains(context, credential, changes.domains.add);
  if (credential.kind === 'network') warnOfNetworks(context, changes.networks.add);
  const changed = await findCredential(context, credential.id);
  const [use] = await context.reader.lastUses([changed.id]);
  if (context.global.json) context.printJson(credentialJson(changed, use));
  else context.print(await renderCredential(context, changed, use));
}

function readChanges(options: Options, nowMs: number): CredentialChanges {
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
    terms: readTerms(options, nowMs),
    limits: readLimits(options, { takesNone: true }),
  };
}

function readTerms(options: Options, nowMs: number): CredentialChanges['terms'] {
  const name = options.text('name');
  const stream = options.text('stream');
  const requireTls = options.either('require-tls');
  const sendDsn = options.either('dsn');
  const mailbox = () => formatMailbox(mailboxOf(options.text('dsn-to') ?? '', '--dsn-to'));
  const term = <Key extends keyof CredentialChanges['terms']>(
    key: Key,
    option: string,
    read: () => CredentialChanges['terms'][Key] | undefined,
  ) => {
    const typed = options.text(option);
    return typed === undefined ? {} : { [key]: typed === 'none' ? undefined : read() };
  };
  return {
    ...(name === undefined ? {} : { name }),
    ...(stream === undefined ? {} : { stream }),
    ...term('ratePerMinute', 'rate', () => readRate(options)),
    ...term('dailyQuota', 'daily-quota', () => options.wholeNumber('daily-quota')),
    ...term('expiresAtMs', 'expires', () => options.pointInTimeMs('expires', nowMs)),
    ...(requireTls === undefined ? {} : { requireTls }),
    ...(sendDsn === undefined ? {} : { sendDsn }),
    ...term('dsnTo', 'dsn-to', mailbox),
  };
}

function hintsFor({ id, name }: Credential) {
  return {
    revoked: `add a new one: relayctl credential add --name ${shellWord(name)}`,
    'nothing-to-change': 'add an option, such as --add-domain shop.example or --daily-quota 5000',
    'last-entry': `add another in the same command, or end it: relayctl credential revoke ${id}`,
  };
}
