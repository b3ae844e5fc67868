/** Routes for tests: a direct one that matches everything, but for what is given. */
import type { RouteMatch, RouteRule } from '../../src/policy/egress/route-rules.ts';

export const MATCHES_EVERYTHING: RouteMatch = { domains: [], providers: [], accounts: [], streams: [] };

export function routeRule(
  name: string,
  match: Partial<RouteMatch> = {},
  parts: Partial<RouteRule> = {},
): RouteRule {
  return {
    name,
    match: { ...MATCHES_EVERYTHING, ...match },
    action: 'direct',
    smartHost: undefined,
    dkim: true,
    fallback: undefined,
    fallbackOn: [],
    pool: undefined,
    keepSource: false,
    reason: undefined,
    ...parts,
  };
}
