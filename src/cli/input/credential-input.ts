/** Reads what `credential add` was given, as it was typed, into the input of the operation; and warns of what is dangerous in it. */
import { authorizationKey } from '../../smtp/address-keys.ts';
import { formatMailbox } from '../../smtp/address.ts';
import { termsWithLimits } from '../../policy/usage-limits.ts';
import type { Account, CredentialKind } from '../../store/directory-records.ts';
import type { NewCredentialInput } from '../../admin/credentials/add.ts';
import { networkDangers } from '../../admin/credentials/network.ts';
import { DEFAULT_STREAM } from '../../admin/streams.ts';
import { usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import { readLimits } from './limit-input.ts';
import { domainName } from './lookup.ts';
import { parseNetwork } from './network-list.ts';
import type { Options } from '../program/options.ts';
import { mailboxOf } from '../program/options.ts';

const KINDS = ['smtp', 'network', 'api'] as const satisfies readonly CredentialKind[];

export function readCredential(
  { nowMs }: Pick<CommandContext, 'nowMs'>,
  account: Account,
  options: Options,
): NewCredentialInput {
  const scopes = options.list('scope');
  const dsnTo = options.text('dsn-to');
  return {
    accountId: account.id,
    accountName: account.name,
    name: options.text('name'),
    kind: options.choice('kind', KINDS) ?? 'smtp',
    networks: options.list('allow-ip').map((text) => parseNetwork(text).cidr),
    domains: options.list('domain').map(domainName),
    fromAddresses: options.list('from').map((text) => authorizationKey(mailboxOf(text, '--from'))),
    scopes: scopes.length === 0 ? ['send'] : scopes,
    stream: options.text('stream') ?? DEFAULT_STREAM,
    ...termsWithLimits(
      { ratePerMinute: readRate(options), dailyQuota: options.wholeNumber('daily-quota') },
      readLimits(options, { takesNone: false }),
    ),
    requireTls: options.flag('require-tls'),
    sendDsn: options.unlessNo('dsn'),
    dsnTo: dsnTo === undefined ? undefined : formatMailbox(mailboxOf(dsnTo, '--dsn-to')),
    expiresAtMs: options.pointInTimeMs('expires', nowMs),
  };
}

/** Of networks, as they are kept, from which anybody may send without a login. */
export function warnOfNetworks(context: CommandContext, networks: readonly string[]): void {
  const gateways = context.services.gatewayAddresses();
  for (const network of networks)
    for (const danger of networkDangers(parseNetwork(network), gateways)) context.warn(danger);
}

/** Of domains that a credential may use and its account does not have. */
export async function warnOfMissingDomains(
  context: CommandContext,
  { accountId, accountName }: Pick<NewCredentialInput, 'accountId' | 'accountName'>,
  names: readonly string[],
): Promise<void> {
  for (const name of names) {
    if ((await context.reader.findDomain(accountId, name)) === undefined)
      context.warn(
        `${name} is not a domain of account ${accountName} yet; add it: relayctl domain add ${name}`,
      );
  }
}

/** Messages a minute: `600`, `600/m` or `10/s`. */
export function readRate(options: Options): number | undefined {
  const text = options.text('rate');
  if (text === undefined) return undefined;
  const match = /^(\d{1,9})(?:\/(s|sec|second|m|min|minute))?$/.exec(text);
  const perMinute = Number(match?.[1]) * (match?.[2]?.startsWith('s') ? 60 : 1);
  if (match === null || perMinute < 1)
    throw usage(`--rate ${text} is not a number of messages a minute`, 'write 600, 600/m or 10/s');
  return perMinute;
}
