/** Reads what `credential add` was given into the facts of a credential; says what is missing or cannot be meant. */
import { authorizationKey } from '../../smtp/address-keys.ts';
import { formatMailbox } from '../../smtp/address.ts';
import type { Account, CredentialKind } from '../../store/records.ts';
import { CliFailure, usage } from '../program/cli-failure.ts';
import type { CommandContext } from '../program/command-context.ts';
import { domainName } from './lookup.ts';
import type { CredentialFacts } from '../../admin/credentials.ts';
import { isScope, SCOPES } from '../../admin/scopes.ts';
import type { Network } from '../../admin/network.ts';
import { networkDangers, parseNetwork } from './network-list.ts';
import type { Options } from '../program/options.ts';
import { mailboxOf } from '../program/options.ts';

const KINDS = ['smtp', 'network', 'api'] as const satisfies readonly CredentialKind[];
const DEFAULT_STREAM = 'transactional';

export async function readCredentialFacts(
  context: CommandContext,
  account: Account,
  options: Options,
): Promise<CredentialFacts> {
  const kind = options.choice('kind', KINDS) ?? 'smtp';
  return {
    accountId: account.id,
    accountName: account.name,
    kind,
    networks: readNetworks(context, kind, options),
    domains: await readDomains(context, account, options),
    fromAddresses: options.list('from').map((text) => authorizationKey(mailboxOf(text, '--from'))),
    scopes: readScopes(options),
    stream: await readStream(context, account, options),
    ratePerMinute: readRate(options),
    dailyQuota: options.wholeNumber('daily-quota'),
    requireTls: options.flag('require-tls'),
    sendDsn: options.unlessNo('dsn'),
    dsnTo: readDsnTo(options),
    expiresAtMs: options.pointInTimeMs('expires', context.nowMs),
  };
}

function readNetworks(context: CommandContext, kind: CredentialKind, options: Options): readonly string[] {
  const networks = options.list('allow-ip').map(parseNetwork);
  if (kind !== 'network') {
    if (options.flag('require-tls'))
      throw usage('--require-tls is for network credentials: a login is taken over TLS only in any case');
    return networks.map(({ cidr }) => cidr);
  }
  if (networks.length === 0)
    throw usage(
      'a network credential needs the addresses that may send without a login',
      'add: --allow-ip 10.1.2.3 (an address or a network; may be repeated)',
    );
  warnOfNetworks(context, networks);
  return networks.map(({ cidr }) => cidr);
}

/** Of networks from which anybody may send without a login. */
export function warnOfNetworks(context: CommandContext, networks: readonly Network[]): void {
  const gateways = context.services.gatewayAddresses();
  for (const network of networks)
    for (const danger of networkDangers(network, gateways)) context.warn(danger);
}

async function readDomains(
  context: CommandContext,
  account: Account,
  options: Options,
): Promise<readonly string[]> {
  const names = options.list('domain').map(domainName);
  await warnOfMissingDomains(context, { accountId: account.id, accountName: account.name }, names);
  return names;
}

/** Of domains that a credential may use and its account does not have. */
export async function warnOfMissingDomains(
  context: CommandContext,
  { accountId, accountName }: Pick<CredentialFacts, 'accountId' | 'accountName'>,
  names: readonly string[],
): Promise<void> {
  for (const name of names) {
    if ((await context.reader.findDomain(accountId, name)) === undefined)
      context.warn(
        `${name} is not a domain of account ${accountName} yet; add it: relayctl domain add ${name}`,
      );
  }
}

function readScopes(options: Options): readonly string[] {
  const scopes = options.list('scope');
  const unknown = scopes.find((scope) => !isScope(scope));
  if (unknown !== undefined) throw usage(`--scope ${unknown} is none of ${SCOPES.join(', ')}`);
  return scopes.length === 0 ? ['send'] : scopes;
}

async function readStream({ reader }: CommandContext, account: Account, options: Options): Promise<string> {
  const name = options.text('stream') ?? DEFAULT_STREAM;
  if (name !== DEFAULT_STREAM && (await reader.streamByName(account.id, name)) === undefined) {
    const known = (await reader.listStreams(account.id)).map((stream) => stream.name);
    throw new CliFailure('not-found', `account ${account.name} has no stream ${name}`, {
      hint: `it has ${known.join(', ')}; add one: relayctl stream add ${name}`,
    });
  }
  return name;
}

function readDsnTo(options: Options): string | undefined {
  const text = options.text('dsn-to');
  if (text === undefined) return undefined;
  if (!options.unlessNo('dsn')) throw usage('--no-dsn and --dsn-to cannot both be meant');
  return formatMailbox(mailboxOf(text, '--dsn-to'));
}

/** Messages a minute: `600`, `600/m` or `10/s`. */
function readRate(options: Options): number | undefined {
  const text = options.text('rate');
  if (text === undefined) return undefined;
  const match = /^(\d{1,9})(?:\/(s|sec|second|m|min|minute))?$/.exec(text);
  const perMinute = Number(match?.[1]) * (match?.[2]?.startsWith('s') ? 60 : 1);
  if (match === null || perMinute < 1)
    throw usage(`--rate ${text} is not a number of messages a minute`, 'write 600, 600/m or 10/s');
  return perMinute;
}
