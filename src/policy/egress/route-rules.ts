/**
 * How a set of recipients leaves: the operator's `[[route]]` tables in their order, the first that matches decides, and
 * what no route matches goes direct. Pure: what a route depends on is in its arguments. RFC 5321 §2.3.10 (relay), §5.1.
 *
 * A provider is known only when the MX hosts of the domain are (providers.ts), so a route that asks for one can leave the
 * answer open until they are looked up; routes before it that match are found without.
 */

export const ROUTE_ACTIONS = ['direct', 'relay', 'hold', 'discard', 'reject'] as const;
/**
 * `direct`: to the MX hosts. `relay`: to a smart host. `hold`: it waits until an operator releases it. `discard`: it ends
 * `cancelled`. `reject`: it ends `bounced`.
 */
export type RouteAction = (typeof ROUTE_ACTIONS)[number];

/** Lists that are empty match everything. */
export interface RouteMatch {
  /** Recipient domains, lower case, A-labels; `*.example.com` is every name below, not the domain itself. */
  readonly domains: readonly string[];
  /** Names of providers, as in config/providers.toml. */
  readonly providers: readonly string[];
  /** Names of accounts. */
  readonly accounts: readonly string[];
  readonly streams: readonly string[];
}

/** No recipient has an empty domain. */
export const MATCHES_NOTHING: RouteMatch = { domains: [''], providers: [], accounts: [], streams: [] };

export function matchesNothing({ domains }: RouteMatch): boolean {
  return domains.length > 0 && domains.every((domain) => domain === '');
}

export function matchesEverything({ domains, providers, accounts, streams }: RouteMatch): boolean {
  return [domains, providers, accounts, streams].every((list) => list.length === 0);
}

export const RELAY_TLS_MODES = ['none', 'may', 'encrypt', 'verify', 'implicit'] as const;
/**
 * `may`: STARTTLS where offered. `encrypt`: STARTTLS or nothing. `verify`: and the certificate must be the host's.
 * `implicit`: TLS from the first octet (RFC 8314 §3), with such a certificate.
 */
export type RelayTls = (typeof RELAY_TLS_MODES)[number];

export const AUTH_MECHANISMS = ['plain', 'login', 'xoauth2'] as const;
export type AuthMechanism = (typeof AUTH_MECHANISMS)[number];

export interface RelayLogin {
  readonly username: string;
  /** The password, or for XOAUTH2 the access token; never shown. */
  readonly password: string;
  /** `undefined`: PLAIN where the host offers it, else LOGIN. RFC 4616. */
  readonly mechanism: AuthMechanism | undefined;
}

/** A smart host: the MTA that `relay` hands mail to. Its addresses (A, AAAA) are asked for, not its MX. */
export interface SmartHost {
  /** A name, or an address. */
  readonly host: string;
  readonly port: number;
  readonly tls: RelayTls;
  readonly login: RelayLogin | undefined;
}

/**
 * When mail goes on by the fallback. `unreachable`: no host of the route takes a connection (or, of a smart host, refuses
 * our login). `port-closed`: no host anywhere does, so that the port is closed here. `blocked`: the remote refuses our
 * address for its reputation.
 */
export const FALLBACK_CAUSES = ['unreachable', 'port-closed', 'blocked'] as const;
export type FallbackCause = (typeof FALLBACK_CAUSES)[number];

export interface RouteRule {
  /** Unique; `direct` is the name of the route that needs no table. */
  readonly name: string;
  /** Or {@link MATCHES_NOTHING}: it is a fallback alone. */
  readonly match: RouteMatch;
  readonly action: RouteAction;
  /** Of `relay`. */
  readonly smartHost: SmartHost | undefined;
  /** Sign with DKIM. */
  readonly dkim: boolean;
  /** Name of the route that takes over; not one with a fallback of its own. Of `direct` and `relay`. */
  readonly fallback: string | undefined;
  readonly fallbackOn: readonly FallbackCause[];
  /** Of sources; `undefined`: the pool `default`. */
  readonly pool: string | undefined;
  /** Every attempt of a message leaves from the same source, while that one may send. */
  readonly keepSource: boolean;
  /** What the sender is told, of `hold`, `discard` and `reject`. */
  readonly reason: string | undefined;
}

/** Of a recipient domain's mail; what routes are matched with. */
export interface RoutedMail {
  readonly domain: string;
  /** Of its MX hosts; `undefined`: they were not looked up yet. `name` is `undefined` where no provider is known. */
  readonly provider: { readonly name: string | undefined } | undefined;
  /** The account's name. */
  readonly account: string;
  readonly stream: string;
}

/** `look-up`: it depends on the provider, so ask again when that is known. `undefined`: direct, as without routes. */
export function chooseRoute(
  rules: readonly RouteRule[],
  mail: RoutedMail,
): RouteRule | undefined | 'look-up' {
  for (const rule of rules) {
    const { domains, providers, accounts, streams } = rule.match;
    if (accounts.length > 0 && !accounts.includes(mail.account)) continue;
    if (streams.length > 0 && !streams.includes(mail.stream)) continue;
    if (domains.length > 0 && !matchesDomain(domains, mail.domain)) continue;
    if (providers.length === 0) return rule;
    if (mail.provider === undefined) return 'look-up';
    if (mail.provider.name !== undefined && providers.includes(mail.provider.name)) return rule;
  }
  return undefined;
}

/** `patterns` as in {@link RouteMatch}. Each message is matched, and a list may be of thousands of customers' domains. */
export function matchesDomain(patterns: readonly string[], domain: string): boolean {
  if (patterns.length <= FEW) {
    for (const pattern of patterns)
      if (pattern === domain || (pattern.startsWith('*.') && domain.endsWith(pattern.slice(1)))) return true;
    return false;
  }
  const set = setOf(patterns);
  if (set.has(domain)) return true;
  for (let dot = domain.indexOf('.'); dot >= 0; dot = domain.indexOf('.', dot + 1))
    if (set.has(`*${domain.slice(dot)}`)) return true;
  return false;
}

/** So many are compared faster than looked up. */
const FEW = 8;
const SETS = new WeakMap<readonly string[], ReadonlySet<string>>();

/** Lists never change: a reload brings new ones. */
function setOf(patterns: readonly string[]): ReadonlySet<string> {
  let set = SETS.get(patterns);
  if (set === undefined) SETS.set(patterns, (set = new Set(patterns)));
  return set;
}
