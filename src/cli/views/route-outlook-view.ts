/** What `relayctl route test` prints of an outlook: the decision first, then why, where to, where from, what else. */
import type { Obstacle, RouteOutlook } from '../../admin/route-outlook.ts';
import type { MxLookup } from '../../dns/mx-lookup.ts';
import type { ExplainedRule, RouteVerdict } from '../../policy/egress/explain-route.ts';
import type { Source } from '../../policy/egress/source.ts';
import { routeJson, sourceJson } from '../../api-json/route-json.ts';
import { renderFields } from '../output/fields.ts';
import { fullTime } from '../output/time-words.ts';
import type { CommandContext } from '../program/command-context.ts';
import { obstacleWords as destinationWords } from './destination-view.ts';
import { shapingJson, shapingWords } from './shaping-view.ts';
import { actionWords, fallbackWords, matchWords, smartHostWords, sourceWords } from './route-view.ts';
import { limitWords } from './source-view.ts';

type Row = readonly [label: string, text: string | undefined];

export function renderOutlook(context: CommandContext, outlook: RouteOutlook): string {
  const { to, account, stream, rule } = outlook;
  const obstacles = obstacleWords(context, outlook);
  const sends = rule === undefined || rule.action === 'direct' || rule.action === 'relay';
  const rows: readonly Row[] = [
    ['outcome', outcomeWords(outlook)],
    [
      'route',
      rule === undefined ? 'direct, by no table' : `${rule.name}, which matches ${matchWords(rule.match)}`,
    ],
    ...passedOver(outlook).map((text): Row => ['passed by', text]),
    ...mxRows(outlook),
    ['smart host', rule?.smartHost && smartHostWords(rule.smartHost)],
    ...(sends ? sourceRows(outlook) : []),
    ...outlook.shaping.map((one): Row => ['limits', `rule ${one.name}: ${shapingWords(one)}`]),
    ['signed', sends ? (rule?.dkim === false ? 'no' : 'with DKIM') : undefined],
    ['fallback', rule && fallbackWords(rule)],
    ...(obstacles.length === 0 ? (['now nothing stands in its way'] as const) : obstacles).map(
      (text): Row => ['now', text.replace(/^now /, '')],
    ),
  ];
  return renderFields(context, `${to} (account ${account}, stream ${stream})`, rows);
}

/** In a sentence. */
export function outcomeWords({ rule, explained, mx, relayAddresses, domain }: RouteOutlook): string {
  if (isUndecided(explained))
    return `it waits: which route decides depends on the MX hosts of ${domain}, and DNS did not tell them`;
  if (rule !== undefined && rule.action !== 'direct' && rule.action !== 'relay') return actionWords(rule);
  if (rule?.smartHost !== undefined) {
    if (relayAddresses?.kind === 'found') return `handed ${actionWords(rule)}, the smart host`;
    return `it waits for the smart host: ${relayAddresses?.text ?? rule.smartHost.host}`;
  }
  switch (mx?.kind) {
    case 'hosts':
      return `delivered direct, to ${mx.hosts[0]?.name ?? domain}`;
    case 'null-mx':
      return `it bounces: ${domain} takes no mail (null MX)`;
    case 'no-such-domain':
      return `it bounces: ${mx.text}`;
    default:
      return `it waits: ${mx?.text ?? 'DNS did not answer'}`;
  }
}

const PASSED: Readonly<Record<Exclude<RouteVerdict, 'matches'>, string>> = {
  alone: 'it is a fallback alone',
  account: 'another account',
  stream: 'another stream',
  domain: 'another domain',
  provider: 'another provider',
  unknown: 'its MX hosts are not known',
};

function passedOver({ explained }: RouteOutlook): readonly string[] {
  return explained.flatMap(({ rule: { name }, verdict }) =>
    verdict === 'matches' ? [] : [`${name}: ${PASSED[verdict]}`],
  );
}

function isUndecided(explained: readonly ExplainedRule[]): boolean {
  return explained.at(-1)?.verdict === 'unknown';
}

function mxRows({ mx, provider }: RouteOutlook): readonly Row[] {
  if (mx?.kind !== 'hosts') return [];
  const hosts = mx.hosts.map(({ name, preference }) => (mx.implicit ? name : `${name} (${preference})`));
  return [
    [mx.implicit ? 'host' : 'MX', hosts.join(', ')],
    ['provider', provider ?? 'none that is known'],
  ];
}

function sourceRows({ sources }: RouteOutlook): readonly Row[] {
  if (sources.length === 0) return [['leaves from', 'the address that the system chooses']];
  const whole = sources.reduce((sum, { weight }) => sum + weight, 0);
  const share = ({ weight }: Source) =>
    sources.length === 1 ? '' : ` (${Math.round((100 * weight) / whole)} % of the pool)`;
  return sources.map((source) => ['leaves from', `${source.name}: ${sourceWords(source)}${share(source)}`]);
}

export function outlookJson(context: CommandContext, outlook: RouteOutlook): object {
  const { rule, mx, explained } = outlook;
  return {
    to: outlook.to,
    domain: outlook.domain,
    account: outlook.account,
    stream: outlook.stream,
    route: isUndecided(explained) ? null : (rule?.name ?? 'direct'),
    action: isUndecided(explained) ? null : (rule?.action ?? 'direct'),
    outcome: outcomeWords(outlook),
    rule: rule === undefined ? null : routeJson(rule),
    passed_over: explained.flatMap(({ rule: { name }, verdict }) =>
      verdict === 'matches' ? [] : [{ route: name, because: verdict }],
    ),
    mx: mxJson(mx),
    provider: outlook.provider ?? null,
    sources: outlook.sources.map(sourceJson),
    shaping: outlook.shaping.map(shapingJson),
    obstacles: obstacleWords(context, outlook),
  };
}

/** A sentence each. */
function obstacleWords(context: CommandContext, { obstacles }: RouteOutlook): readonly string[] {
  return obstacles.flatMap((one) => wordsOf(one, context) ?? []);
}

function wordsOf(obstacle: Obstacle, context: CommandContext): string | undefined {
  switch (obstacle.kind) {
    case 'suppressed': {
      const { address, suppression } = obstacle;
      return `${address} is suppressed (${suppression.reason}) since ${fullTime(suppression.createdAtMs)}: relayctl suppression check ${address}`;
    }
    case 'destination':
      return destinationWords(obstacle.row, context.nowMs);
    case 'source-limit':
      return `source ${obstacle.source} is not used ${limitWords(context, obstacle.limit)}`;
    case 'ceiling':
      return `source ${obstacle.source} ${ceilingWords(obstacle.today)}`;
    case 'check':
      return `${obstacle.name}: ${obstacle.detail}`;
  }
}

function ceilingWords({ ceiling, reason }: Extract<Obstacle, { kind: 'ceiling' }>['today']): string {
  return reason === 'not-begun'
    ? 'has not begun its warm-up'
    : `has given out its warm-up ceiling of today, ${ceiling}`;
}

function mxJson(mx: MxLookup | undefined): object | null {
  if (mx === undefined) return null;
  return mx.kind === 'hosts'
    ? { kind: 'hosts', implicit: mx.implicit, hosts: mx.hosts }
    : { kind: mx.kind, text: mx.kind === 'null-mx' ? 'the domain takes no mail' : mx.text };
}
