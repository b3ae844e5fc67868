/**
 * What would happen to mail to one address at this moment, and why: the route that decides, the MX hosts or the smart host, the
 * sources, and what stands in the way. It asks DNS and the store and connects to nobody.
 */
import { isIP } from 'node:net';
import { DEFAULT_STREAM, unknownStream } from '../admin/streams.ts';
import { bestHost } from '../delivery/route/candidates.ts';
import { lookupAddresses, lookupMx, type AddressLookup, type MxLookup } from '../dns/mx-lookup.ts';
import { explainRoute, type ExplainedRule } from '../policy/egress/explain-route.ts';
import { providerOf } from '../policy/egress/providers.ts';
import type { RouteRule, SmartHost } from '../policy/egress/route-rules.ts';
import { isProvider, OTHER_PROVIDERS, type ProviderForecast } from '../policy/egress/source-forecast.ts';
import { DEFAULT_POOL, type Source } from '../policy/egress/source.ts';
import { matchesMail } from '../policy/shaping/match-rules.ts';
import type { ShapingRule } from '../policy/shaping/shaping-rules.ts';
import { readSuppressionKey } from '../smtp/address-keys.ts';
import { isMailbox, normalizeDomain, parseMailbox } from '../smtp/address.ts';
import type { CheckName } from '../policy/checks/registry.ts';
import { viewRelay } from './own-checks.ts';
import { fullTime } from './output/time-words.ts';
import { usage } from './program/cli-failure.ts';
import type { CommandContext } from './program/command-context.ts';
import { unlessRefused } from './program/refusal.ts';
import { sourceStates } from './source-state.ts';
import { limitWords } from './views/source-view.ts';
import { isOfInterest, obstacleWords } from './views/destination-view.ts';

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
  /** Sentences; empty: nothing stands in its way. */
  readonly obstacles: readonly string[];
}

export async function outlookOf(
  context: CommandContext,
  to: string,
  typedStream: string | undefined,
): Promise<RouteOutlook> {
  const { services, config } = context;
  const { routes, sources } = config.egress;
  const domain = domainOf(to);
  const stream = typedStream ?? DEFAULT_STREAM;
  const hasStore = services.storeExists(config);
  const account = await accountName(context, hasStore, typedStream);
  const mail = { domain, account, stream };
  const lookups = { resolver: services.createResolver(config), random: services.random };

  const early = explainRoute(routes, { ...mail, provider: undefined });
  const undecided = early.at(-1)?.verdict === 'unknown';
  const first = ruleOf(early);
  const asksMx = undecided || (first?.action ?? 'direct') === 'direct';
  const mx = asksMx ? await lookupMx(domain, lookups) : undefined;
  const best = mx?.kind === 'hosts' ? bestHost(mx.hosts) : undefined;
  const { providers, shaping } = services.readRuleFiles(config);
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
    relayAddresses: smartHost && (await lookupAddresses(literalOf(smartHost.host), lookups)),
    sources: own,
    shaping: sends ? shaping.rules.filter(isShaped) : [],
    obstacles: [
      ...(hasStore ? await obstaclesOf(context, to, domain, stream) : []),
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

function domainOf(to: string): string {
  const mailbox = parseMailbox(to.trim());
  if (isMailbox(mailbox)) return mailbox.domain;
  const domain = to.includes('@') ? undefined : normalizeDomain(to.trim());
  if (domain?.includes('.') !== true)
    throw usage(`${to} is not an address`, 'type one as alice@example.com, or a domain alone');
  return domain;
}

/** Exists, as the stream does, where there is a store to ask. */
async function accountName(
  context: CommandContext,
  hasStore: boolean,
  stream: string | undefined,
): Promise<string> {
  if (!hasStore) return context.global.account ?? 'default';
  const { id, name } = await context.account();
  if (stream !== undefined) {
    const refusal = await unknownStream(id, stream, context.reader);
    if (refusal !== undefined) unlessRefused(refusal);
  }
  return name;
}

/** What relayd has found wrong, of what mail by this way needs. */
const DIRECT_CHECKS: readonly CheckName[] = ['dns', 'sources', 'egress'];
const RELAY_CHECKS: readonly CheckName[] = ['dns', 'sources', 'smart_hosts'];

async function failedChecks(
  context: CommandContext,
  names: readonly CheckName[],
): Promise<readonly string[]> {
  const { state, checks } = await viewRelay(context, undefined);
  if (state !== 'heard') return [];
  return checks.flatMap(({ name, ok, detail }) =>
    !ok && names.includes(name) ? [`${name}: ${detail}`] : [],
  );
}

/** Sources that are not used for whom their mail to this address is counted with, or have reached their ceiling there. */
async function limitsOf(
  context: CommandContext,
  sources: readonly Source[],
  provider: string | undefined,
): Promise<readonly string[]> {
  if (sources.length === 0) return [];
  const states = await sourceStates(context, sources);
  return states.flatMap(({ source, limits, forecasts }) => [
    ...limits
      .filter((limit) => limit.provider === provider)
      .map((limit) => `source ${source.name} is not used ${limitWords(context, limit)}`),
    ...forecasts
      .filter((forecast) => forecast.provider === warmedUpWith(provider) && isSpent(forecast))
      .map(({ today }) => `source ${source.name} ${ceilingWords(today)}`),
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

function ceilingWords({ ceiling, reason }: ProviderForecast['today']): string {
  return reason === 'not-begun'
    ? 'has not begun its warm-up'
    : `has given out its warm-up ceiling of today, ${ceiling}`;
}

async function obstaclesOf(
  context: CommandContext,
  to: string,
  domain: string,
  stream: string,
): Promise<readonly string[]> {
  const { reader, nowMs } = context;
  const obstacles: string[] = [];
  const key = readSuppressionKey(to.trim());
  if (typeof key === 'string') {
    const { id } = await context.account();
    const found = await reader.suppressionFor(id, stream, key, nowMs);
    if (found !== undefined)
      obstacles.push(
        `${key} is suppressed (${found.reason}) since ${fullTime(found.createdAtMs)}: relayctl suppression check ${key}`,
      );
  }
  const row = await reader.destination(domain);
  const words = row && isOfInterest(row, nowMs) ? obstacleWords(row, nowMs) : undefined;
  return words === undefined ? obstacles : [...obstacles, words];
}
