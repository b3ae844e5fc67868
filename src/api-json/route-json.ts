/** Routes and sources as `--json` and the dashboard have them, without their secrets. The keys are part of the contract. */
import { matchesNothing, type RouteRule } from '../policy/egress/route-rules.ts';
import type { Source } from '../policy/egress/source.ts';
import { formatHostPort } from '../platform/network/host-port.ts';

export function routeJson(rule: RouteRule) {
  const { match, smartHost, fallback } = rule;
  const { domains, providers, accounts, streams } = match;
  return {
    name: rule.name,
    action: rule.action,
    match: matchesNothing(match) ? null : { domains, providers, accounts, streams },
    host: smartHost?.host ?? null,
    port: smartHost?.port ?? null,
    tls: smartHost?.tls ?? null,
    username: smartHost?.login?.username ?? null,
    auth: smartHost?.login?.mechanism ?? null,
    dkim: rule.dkim,
    fallback: fallback ?? null,
    fallback_on: fallback === undefined ? [] : rule.fallbackOn,
    pool: rule.pool ?? null,
    keep_source: rule.keepSource,
    reason: rule.reason ?? null,
  };
}

export function sourceJson({ name, addresses, hostname, pool, weight, ...rest }: Source) {
  return {
    name,
    addresses,
    hostname,
    pool,
    weight,
    client_certificate: rest.clientCertificate !== undefined,
    hop: rest.hop === undefined ? null : { kind: rest.hop.kind, at: formatHostPort(rest.hop.at) },
    warm_up:
      rest.warmUp === undefined
        ? null
        : { plan: rest.warmUp.plan, start: new Date(rest.warmUp.startsAtMs).toISOString().slice(0, 10) },
  };
}
