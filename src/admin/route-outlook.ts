/**
 * What would happen to mail to one address at this moment, and why: the route that decides, the MX hosts or the smart host, the
 * sources, and what stands in the way. It asks DNS and the store and connects to nobody.
 */
import { isIP } from 'node:net';
import type { Config, DataFiles } from '../config/config.ts';
import { bestHost } from '../dns/best-host.ts';
import {
  lookupAddresses,
  lookupMx,
  type AddressLookup,
  type LookupContext,
  type MxLookup,
} from '../dns/mx-lookup.ts';
import type { CheckName, CheckResult } from '../policy/checks/registry.ts';
import { explainRoute, type ExplainedRule } from '../policy/egress/explain-route.ts';
import { providerOf } from '../policy/egress/providers.ts';
import type { RouteRule, SmartHost } from '../policy/egress/route-rules.ts';
import { isProvider, OTHER_PROVIDERS, type ProviderForecast } from '../policy/egress/source-forecast.ts';
import type { SourceLimit } from '../policy/egress/source-limit.ts';
import { DEFAULT_POOL, type Source } from '../policy/egress/source.ts';
import { matchesMail } from '../policy/shaping/match-rules.ts';
import type { ShapingRule } from '../policy/shaping/shaping-rules.ts';
import { readSuppressionKey } from '../smtp/address-keys.ts';
import { isMailbox, normalizeDomain, parseMailbox } from '../smtp/address.ts';
import type { StoreReads } from '../store/store.ts';
import type { Suppression } from '../store/suppression-records.ts';
import type { DestinationView } from '../store/views.ts';
import { sourceStates } from './source-state.ts';

/** Why mail does not go at once. */
export type Obstacle =
  | { readonly kind: 'suppressed'; readonly address: string; readonly suppression: Suppression }
  /** Suspended, or blocked for a time. */
  | { readonly kind: 'destination'; readonly row: DestinationView }
  | { readonly kind: 'source-limit'; readonly source: string; readonly limit: SourceLimit }
  /** Of its warm-up. */
  | { readonly kind: 'ceiling'; readonly source: string; readonly today: ProviderForecast['today'] }
  | { readonly kind: 'check'; readonly name: string; readonly detail: string };

/** The mail that is asked about. */
export interface AskedMail {
  /** An address, or a domain alone; {@link askedDomain} of it is `domain`. */
  readonly to: string;
  readonly domain: string;
  readonly account: string;
  /** `undefined`: the store is not there, so suppressions are not looked up. */
  readonly accountId: string | undefined;
  readonly stream: string;
}

export interface OutlookContext extends LookupContext {
  /** `undefined`: there is no store yet. */
  readonly reader:
    | Pick<StoreReads, 'suppressionFor' | 'destination' | 'sourceLimits' | 'sourceDays' | 'suspensions'>
    | undefined;
  readonly config: Pick<Config, 'egress'>;
  readonly files: Pick<DataFiles, 'providers' | 'shaping' | 'warmUpPlans'>;
  /** Of relayd, as far as they are known. */
  readonly checks: () => Promise<readonly Pick<CheckResult, 'name' | 'ok' | 'detail'>[]>;
  readonly nowMs: number;
}

export interface RouteOutlook {
  /** As it was typed: an address, or a domain alone. */
  readonly to: string;
  readonly domain: string;
  readonly account: string;
  readonly stream: string;
  /** The routes that were asked, the last of them decides unless its verdict says otherwise. */
  readonly explained: readonly ExplainedRule[];
  /** `undefined`: no table matches, it goes direct. */
  readonly rule: RouteRule | undefined;
  /** Of the domain; `undefined`: not asked for, since a route decided without. */
  readonly mx: MxLookup | undefined;
  readonly provider: string | undefined;
  /** Of the smart host. */
  readonly relayAddresses: AddressLookup | undefined;
  /** Of the pool; empty: the address that the system chooses. */
  readonly sources: readonly Source[];
  /** Rules of shaping that are about it, from one of `sources` at least; in their order. */
  readonly shaping: readonly ShapingRule[];
  /** Empty: nothing stands in its way. */
  readonly obstacles: readonly Obstacle[];
}

/** Of an address, or a domain alone; `undefined`: it is neither. */
export function askedDomain(to: string): string | undefined {
  const mailbox = parseMailbox(to.trim());
  if (isMailbox(mailbox)) return mailbox.domain;
  const domain = to.includes('@') ? undefined : normalizeDomain(to.trim());
  return domain?.includes('.') === true ? domain : undefined;
}

export async function outlookOf(asked: AskedMail, context: OutlookContext): Promise<RouteOutlook> {
  const { config, files } = context;
  const { routes, sources } = config.egress;
  const { to, domain, account, stream } = asked;
  const mail = { domain, account, stream };
  const early = explainRoute(routes, { ...mail, provider: undefined });
  const undecided = early.at(-1)?.verdict === 'unknown';
  const first = ruleOf(early);
  const asksMx = undecided || (first?.action ?? 'direct') === 'direct';
  const mx = asksMx ? await lookupMx(domain, context) : undefined;
  const best = mx?.kind === 'hosts' ? bestHost(mx.hosts) : undefined;
  const { providers, shaping } = files;
  const provider = providerOf(best === undefined ? [] : [best], providers);
  // Without MX hosts no provider is one that a route names; after a failure that is not known.
  const known = mx === undefined || mx.kind === 'failed' ? undefined : { name: provider };
  const explained = explainRoute(routes, { ...mail, provider: known });
  const rule = ruleOf(explained);
  const smartHost = rule?.smartHost;
  const sends = rule === undefined || rule.action === 'direct' || rule.action === 'relay';
  const own = sends ? sources.filter(({ pool }) => pool === (rule?.pool ?? DEFAULT_POOL)) : [];
  const leavesFrom = own.length === 0 ? [undefined] : own.map(({ name }) => name);
  const isShaped = ({ match }: ShapingRule) =>
    leavesFrom.some((source) =>
      matchesMail(match, { ...mail, ...shapedHosts(smartHost, best, provider), source }),
    );
  const countedWith = smartHost === undefined ? (provider ?? best) : `relay:${rule?.name ?? ''}`;
  return {
    ...{ to, domain, account, stream, explained, rule, mx, provider },
    relayAddresses: smartHost && (await lookupAddresses(literalOf(smartHost.host), context)),
    sources: own,
    shaping: sends ? shaping.rules.filter(isShaped) : [],
    obstacles: [
      ...(await obstaclesOf(asked, context)),
      ...(await limitsOf(context, own, countedWith)),
      ...(await failedChecks(context, smartHost === undefined ? DIRECT_CHECKS : RELAY_CHECKS)),
    ],
  };
}

/** A smart host is no MX host, and of no provider. */
function shapedHosts(smartHost: SmartHost | undefined, mx: string | undefined, provider: string | undefined) {
  return smartHost === undefined ? { mx, provider } : { mx: undefined, provider: undefined };
}

/** The one that matches. */
function ruleOf(explained: readonly ExplainedRule[]): RouteRule | undefined {
  const last = explained.at(-1);
  return last?.verdict === 'matches' ? last.rule : undefined;
}

/** An address as `lookupAddresses` takes it. */
function literalOf(host: string): string {
  return isIP(host) === 0 ? host : `[${host}]`;
}

/** What relayd has found wrong, of what mail by this way needs. */
const DIRECT_CHECKS: readonly CheckName[] = ['dns', 'sources', 'egress'];
const RELAY_CHECKS: readonly CheckName[] = ['dns', 'sources', 'smart_hosts'];

async function failedChecks(
  { checks }: OutlookContext,
  names: readonly string[],
): Promise<readonly Obstacle[]> {
  return (await checks()).flatMap(({ name, ok, detail }): readonly Obstacle[] =>
    !ok && names.includes(name) ? [{ kind: 'check', name, detail }] : [],
  );
}

/** Sources that are not used for whom their mail to this address is counted with, or have reached their ceiling there. */
async function limitsOf(
  context: OutlookContext,
  sources: readonly Source[],
  provider: string | undefined,
): Promise<readonly Obstacle[]> {
  if (sources.length === 0) return [];
  const states = await sourceStates(context, sources);
  return states.flatMap(({ source: { name: source }, limits, forecasts }): readonly Obstacle[] => [
    ...limits
      .filter((limit) => limit.provider === provider)
      .map((limit) => ({ kind: 'source-limit' as const, source, limit })),
    ...forecasts
      .filter((forecast) => forecast.provider === warmedUpWith(provider) && isSpent(forecast))
      .map(({ today }) => ({ kind: 'ceiling' as const, source, today })),
  ]);
}

/** `undefined`: a smart host has no plan. */
function warmedUpWith(provider: string | undefined): string | undefined {
  if (provider === undefined || provider.startsWith('relay:')) return undefined;
  return isProvider(provider) ? provider : OTHER_PROVIDERS;
}

function isSpent({ warm, today }: ProviderForecast): boolean {
  return !warm && today.reserved >= today.ceiling;
}

async function obstaclesOf(
  { to, domain, accountId, stream }: AskedMail,
  { reader, nowMs }: OutlookContext,
): Promise<readonly Obstacle[]> {
  if (reader === undefined) return [];
  const obstacles: Obstacle[] = [];
  const address = readSuppressionKey(to.trim());
  if (typeof address === 'string' && accountId !== undefined) {
    const suppression = await reader.suppressionFor(accountId, stream, address, nowMs);
    if (suppression !== undefined) obstacles.push({ kind: 'suppressed', address, suppression });
  }
  const row = await reader.destination(domain);
  if (row !== undefined && (row.suspended || (row.blockedUntilMs ?? 0) > nowMs))
    obstacles.push({ kind: 'destination', row });
  return obstacles;
}
