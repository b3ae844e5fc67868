/**
 * What the operator's routes and sources make of this machine's own way out: whether mail goes direct at all, and from which
 * addresses. What no mail needs is no trouble where it is missing: port 25 behind a smart host, a PTR record of an address that
 * nothing leaves from. Pure.
 */
import { matchesEverything, matchesNothing, type RouteRule } from './route-rules.ts';
import { DEFAULT_POOL, type Source } from './source.ts';

export interface OwnWayOut {
  /**
   * `yes`: mail goes direct. `covered`: it does, and a smart host takes over where the port is closed. `fallback`: it does where
   * a smart host fails. `no`: never.
   */
  readonly direct: 'yes' | 'covered' | 'fallback' | 'no';
  /** Mail goes direct from the address that the system chooses. */
  readonly fromSystem: boolean;
  /** That mail goes direct from. */
  readonly sources: readonly Source[];
}

/** In words, where it is so. */
export const NO_DIRECT_MAIL = 'no mail goes direct: routes send all of it elsewhere';

/** `undefined` stands for the route that needs no table. */
type Rule = RouteRule | undefined;

export function ownWayOut({
  routes,
  sources,
}: {
  readonly routes: readonly RouteRule[];
  readonly sources: readonly Source[];
}): OwnWayOut {
  const reached = reachedRules(routes);
  const fallbackOf = (rule: Rule): Rule | 'none' => {
    if (rule?.fallback === undefined) return 'none';
    return routes.find(({ name }) => name === rule.fallback);
  };
  const first = reached.filter(isDirect);
  const later = reached
    .map(fallbackOf)
    .filter((rule) => rule !== 'none')
    .filter(isDirect);
  const isCovered = (rule: Rule) => {
    const fallback = fallbackOf(rule);
    return (
      fallback !== 'none' && fallback?.action === 'relay' && rule?.fallbackOn.includes('port-closed') === true
    );
  };
  const pools = new Set([...first, ...later].map((rule) => rule?.pool ?? DEFAULT_POOL));
  const leaving = sources.filter(({ pool }) => pools.has(pool));
  return {
    direct:
      first.length > 0 ? (first.every(isCovered) ? 'covered' : 'yes') : later.length > 0 ? 'fallback' : 'no',
    fromSystem: [...pools].some((pool) => leaving.every((source) => source.pool !== pool)),
    sources: leaving,
  };
}

/** Up to the one that matches everything; else what none matches goes direct. */
function reachedRules(routes: readonly RouteRule[]): readonly Rule[] {
  const matching = routes.filter(({ match }) => !matchesNothing(match));
  const last = matching.findIndex(({ match }) => matchesEverything(match));
  return last < 0 ? [...matching, undefined] : matching.slice(0, last + 1);
}

function isDirect(rule: Rule): boolean {
  return rule === undefined || rule.action === 'direct';
}
