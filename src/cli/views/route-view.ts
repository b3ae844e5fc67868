/** Routes and sources in words: what a route matches, where it leads, what takes over. */
import { formatHostPort } from '../../platform/network/host-port.ts';
import {
  matchesNothing,
  type FallbackCause,
  type RelayTls,
  type RouteAction,
  type RouteMatch,
  type RouteRule,
  type SmartHost,
} from '../../policy/egress/route-rules.ts';
import type { Source } from '../../policy/egress/source.ts';

export function matchWords(match: RouteMatch): string {
  if (matchesNothing(match)) return 'nothing: a fallback alone';
  const lists = [
    ['domain', match.domains],
    ['provider', match.providers],
    ['account', match.accounts],
    ['stream', match.streams],
  ] as const;
  const parts = lists
    .filter(([, list]) => list.length > 0)
    .map(([what, list]) => `${what} ${list.join(', ')}`);
  return parts.length === 0 ? 'everything' : parts.join('; ');
}

const TLS: Readonly<Record<RelayTls, string>> = {
  none: 'in clear',
  may: 'STARTTLS where it is offered',
  encrypt: 'STARTTLS',
  verify: 'STARTTLS with a certificate that verifies',
  implicit: 'TLS from the first octet, with a certificate that verifies',
};

/** `smtp.example.net:587, STARTTLS with a certificate that verifies, login as postern` */
export function smartHostWords({ host, port, tls, login }: SmartHost): string {
  const who =
    login === undefined
      ? 'no login'
      : `login as ${login.username}${login.mechanism === undefined ? '' : ` (${login.mechanism.toUpperCase()})`}`;
  return `${formatHostPort({ host, port })}, ${TLS[tls]}, ${who}`;
}

const ACTIONS: Readonly<Record<Exclude<RouteAction, 'relay'>, string>> = {
  direct: 'direct, to the MX hosts',
  hold: 'held until relayctl queue release',
  discard: 'discarded: it ends cancelled',
  reject: 'rejected: it bounces',
};

/** Where mail of the route goes, for a column. */
export function actionWords({ action, smartHost, reason }: RouteRule): string {
  if (action === 'relay')
    return smartHost === undefined ? 'to a smart host' : `to ${formatHostPort(smartHost)}`;
  return reason === undefined ? ACTIONS[action] : `${ACTIONS[action]} (${reason})`;
}

const CAUSES: Readonly<Record<FallbackCause, string>> = {
  unreachable: 'it cannot be reached',
  'port-closed': 'the port is closed here',
  blocked: 'this address is refused for its reputation',
};

/** `direct, when it cannot be reached or the port is closed here` */
export function fallbackWords({ fallback, fallbackOn }: RouteRule): string | undefined {
  if (fallback === undefined) return undefined;
  return `${fallback}, when ${fallbackOn.map((cause) => CAUSES[cause]).join(' or ')}`;
}

/** `192.0.2.10, 2001:db8::10 as out-1.example.com` */
export function sourceWords({ addresses, hostname, hop }: Source): string {
  const through = hop === undefined ? '' : `, through ${hop.kind} ${formatHostPort(hop.at)}`;
  return `${addresses.join(', ')} as ${hostname}${through}`;
}
