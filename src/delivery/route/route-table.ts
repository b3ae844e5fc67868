/** The operator's routes, asked for one entry. They are read anew each time, since a reload may change them. */
import { leavesOneWay } from '../../policy/egress/one-way.ts';
import { chooseRoute, type RouteRule } from '../../policy/egress/route-rules.ts';
import { AccountNames, type ListAccounts } from './account-names.ts';
import { bestHost } from '../../dns/best-host.ts';
import type { Route } from './routes.ts';

export interface EgressSettings {
  /** In their order. */
  readonly rules: readonly RouteRule[];
  /** The provider behind MX hosts, by their names; `undefined`: none that is known. */
  providerOf(hosts: readonly string[]): string | undefined;
  /** All there are. */
  readonly accounts: ListAccounts;
}

export const NO_ROUTES: EgressSettings = {
  rules: [],
  providerOf: () => undefined,
  accounts: () => Promise.resolve([]),
};

/** What a route is asked for. */
export interface RoutedEntry {
  readonly domain: string;
  /** Public id. */
  readonly accountId: string;
  readonly stream: string;
  /** A route held it, and an operator released it since: no route holds it again. */
  readonly wasHeld: boolean;
}

/** `look-up`: its MX hosts must be known first. A promise: ask again when it resolves. `undefined`: direct, by no table. */
export type FoundRule = RouteRule | 'look-up' | Promise<void> | undefined;

export interface RouteTableOptions {
  readonly names?: AccountNames;
  /** The names of accounts have to be known whether a route asks for them or not. */
  readonly needsNames?: () => boolean;
}

export class RouteTable {
  readonly #settings: EgressSettings;
  readonly #names: AccountNames;
  readonly #options: RouteTableOptions;

  constructor(settings: EgressSettings, options: RouteTableOptions = {}) {
    this.#settings = settings;
    this.#options = options;
    this.#names = options.names ?? new AccountNames(() => settings.accounts());
  }

  get isEmpty(): boolean {
    return this.#settings.rules.length === 0;
  }

  /** `mx`: of its domain, where it is known. */
  ruleOf({ domain, accountId, stream, wasHeld }: RoutedEntry, mx: Route | undefined): FoundRule {
    let { rules } = this.#settings;
    const asked = this.#options.needsNames?.() === true;
    if (rules.length === 0 && !asked) return undefined;
    let account = '';
    if (asked || rules.some(({ match }) => match.accounts.length > 0)) {
      const name = this.#names.of(accountId);
      if (name === undefined) return this.#names.load(accountId);
      account = name;
    }
    if (wasHeld) rules = rules.filter(({ action }) => action !== 'hold');
    const provider = mx && { name: this.providerOf(mx) };
    return chooseRoute(rules, { domain, provider, account, stream });
  }

  /** The route of that name, if it sends mail; `direct` needs no table. */
  named(name: string): RouteRule | 'direct' | undefined {
    const rule = this.#settings.rules.find((one) => one.name === name);
    if (rule === undefined) return name === 'direct' ? 'direct' : undefined;
    return rule.action === 'direct' || rule.action === 'relay' ? rule : undefined;
  }

  providerOf(mx: Route): string | undefined {
    if (mx.kind !== 'hosts') return undefined;
    // Hosts of equal preference come in any order.
    const best = bestHost(mx.hosts);
    return best === undefined ? undefined : this.#settings.providerOf([best]);
  }

  /**
   * What `host` says of a source counts for `provider` (see LeavingMail): MX records may name hosts of others before it. A smart
   * host is the operator's word.
   */
  readonly speaksFor = (host: string | undefined, provider: string): boolean =>
    host === undefined ||
    host === provider ||
    provider.startsWith('relay:') ||
    this.#settings.providerOf([host]) === provider;

  /** What takes over where `rule` leads nowhere; `direct`: the route that needs no table. `undefined`: nothing. */
  fallbackOf(rule: RouteRule | undefined): RouteRule | 'direct' | undefined {
    if (rule?.fallback === undefined) return undefined;
    // The configuration names no other route that there is not.
    return this.#settings.rules.find(({ name }) => name === rule.fallback) ?? 'direct';
  }

  /** All mail of the domain has the same way: what blocks it blocks the domain. */
  leavesOneWay(domain: string, mx: Route | undefined): boolean {
    if (this.isEmpty) return true;
    return leavesOneWay(this.#settings.rules, { domain, provider: mx && this.providerOf(mx) });
  }
}
