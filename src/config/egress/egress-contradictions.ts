/** Routes and sources that are right by themselves and do not go together. Pure. */
import { matchesEverything, matchesNothing, type RouteRule } from '../../policy/egress/route-rules.ts';
import { DEFAULT_POOL, type Source } from '../../policy/egress/source.ts';
import type { EgressConfig } from '../config.ts';
import { nearestName } from '../nearest-name.ts';
import type { Contradiction } from '../contradiction.ts';

/** The route that needs no table. */
const DIRECT = 'direct';

export function egressContradictions({ routes, sources }: EgressConfig): readonly Contradiction[] {
  const found: Contradiction[] = [];
  const pools = new Set(sources.map(({ pool }) => pool));
  const names = [...new Set([...routes.map(({ name }) => name), DIRECT])];
  for (const [position, { name, fallback, pool }] of routes.entries()) {
    const say = (key: string, message: string) =>
      found.push({ key: `route.${name}.${key}`, at: `route.${position}.${key}`, message });
    const wrong = fallback === undefined ? undefined : fallbackFault(name, fallback, names, routes);
    if (wrong !== undefined) say('fallback', wrong);
    if (pool !== undefined && pool !== DEFAULT_POOL && !pools.has(pool))
      say(
        'pool',
        `"${pool}" has no source: ${suggestion(pool, [...pools], `write a [[source]] with pool = "${pool}"`)}`,
      );
  }
  return found;
}

function fallbackFault(
  name: string,
  fallback: string,
  names: readonly string[],
  routes: readonly RouteRule[],
): string | undefined {
  if (fallback === name) return 'is the route itself';
  if (!names.includes(fallback)) {
    const others = names.filter((other) => other !== name);
    return `there is no route "${fallback}"; ${suggestion(fallback, others, `others are ${others.join(', ')}`)}`;
  }
  const target = routes.find((route) => route.name === fallback);
  if (target === undefined) return undefined;
  if (target.action !== 'direct' && target.action !== 'relay')
    return `"${fallback}" does not send: its action is "${target.action}", and has to be "direct" or "relay"`;
  return target.fallback === undefined
    ? undefined
    : `"${fallback}" has a fallback itself: mail goes on by one fallback, not by several`;
}

function suggestion(name: string, known: readonly string[], otherwise: string): string {
  const meant = nearestName(name, known);
  return meant === undefined ? otherwise : `did you mean "${meant}"?`;
}

/** What may stand and is likely not meant: sentences that name their key. */
export function egressWarnings({ routes, sources }: EgressConfig): readonly string[] {
  return [...unreachedRoutes(routes), ...doubledAddresses(sources), ...unusedPools({ routes, sources })];
}

function unreachedRoutes(routes: readonly RouteRule[]): readonly string[] {
  const catchAll = routes.findIndex(({ match }) => matchesEverything(match));
  const fallbacks = new Set(routes.map(({ fallback }) => fallback));
  return routes.flatMap(({ name, match }, position) => {
    if (fallbacks.has(name)) return [];
    if (matchesNothing(match)) return [`route.${name}.match: is false, and no route has it as its fallback`];
    const before = catchAll >= 0 && position > catchAll ? routes[catchAll]?.name : undefined;
    return before === undefined
      ? []
      : [`route.${name}: is never reached: route.${before} before it matches everything`];
  });
}

function doubledAddresses(sources: readonly Source[]): readonly string[] {
  const first = new Map<string, string>();
  const found: string[] = [];
  for (const { name, pool, addresses, hop } of sources)
    for (const address of addresses) {
      const place = JSON.stringify([pool, address, hop]);
      const other = first.get(place);
      if (other === undefined) first.set(place, name);
      else
        found.push(`source.${name}.address: has ${address}, which source.${other} of the same pool has too`);
    }
  return found;
}

function unusedPools({ routes, sources }: EgressConfig): readonly string[] {
  const used = new Set([DEFAULT_POOL, ...routes.map(({ pool }) => pool)]);
  return [...new Set(sources.map(({ pool }) => pool))]
    .filter((pool) => !used.has(pool))
    .map((pool) => `source.pool: no route has pool = "${pool}", so nothing leaves from its sources`);
}
