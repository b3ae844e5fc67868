/**
 * One `[[route]]` table as a rule (policy/egress/route-rules.ts), all of it but the password, which may stand elsewhere
 * (login-secrets.ts). Keys that the action has no use for are refused: a `host` under `action = "direct"` is a mistake.
 */
import {
  AUTH_MECHANISMS,
  FALLBACK_CAUSES,
  MATCHES_NOTHING,
  RELAY_TLS_MODES,
  ROUTE_ACTIONS,
  type FallbackCause,
  type RelayLogin,
  type RelayTls,
  type RouteAction,
  type RouteMatch,
  type RouteRule,
  type SmartHost,
} from '../../policy/egress/route-rules.ts';
import { isLoopback } from '../../platform/network/ip-address.ts';
import { booleanKind, choiceKind, integerKind, textKind } from '../value-kinds.ts';
import { listOf } from '../value-kind.ts';
import {
  domainPatternsKind,
  egressNameKind,
  loginTextKind,
  namesKind,
  reasonKind,
  smartHostKind,
} from './egress-kinds.ts';
import { tablesKind, type TableFields } from './table-fields.ts';

/** A login whose password may still have to be read. */
export interface LoginTable extends Omit<RelayLogin, 'password'> {
  readonly password: string | undefined;
  /** As written. */
  readonly passwordFile: string | undefined;
}

export interface RouteTable extends Omit<RouteRule, 'smartHost'> {
  readonly smartHost: (Omit<SmartHost, 'login'> & { readonly login: LoginTable | undefined }) | undefined;
}

const ALWAYS = ['name', 'match', 'action'];
const SENDING = ['dkim', 'fallback', 'fallback_on', 'pool', 'keep_source'];
const LOGIN = ['username', 'password', 'password_file', 'auth'];
const KEYS: Readonly<Record<RouteAction, readonly string[]>> = {
  direct: [...ALWAYS, ...SENDING],
  relay: [...ALWAYS, 'host', 'port', 'tls', ...LOGIN, ...SENDING],
  hold: [...ALWAYS, 'reason'],
  discard: [...ALWAYS, 'reason'],
  reject: [...ALWAYS, 'reason'],
};
/** In the order in which help names them. */
export const ROUTE_KEYS = [...new Set(Object.values(KEYS).flat())];

const actionKind = choiceKind(ROUTE_ACTIONS);
const tlsKind = choiceKind(RELAY_TLS_MODES);
const mechanismKind = choiceKind(AUTH_MECHANISMS);
const portKind = integerKind(1, 65_535);
const causesKind = listOf<FallbackCause>(
  `${FALLBACK_CAUSES.map((cause) => `"${cause}"`).join(', ')}, or a list of them`,
  (value) =>
    FALLBACK_CAUSES.find((cause) => cause === value) ?? { problem: `has "${value}", which is no cause` },
);

export const routesKind = tablesKind<RouteTable>('route', readRoute);

/** Where a login is not asked for: as the ports of RFC 6409 §3.1 and RFC 8314 §3.3 say. */
const PORTS = { submission: 587, submissions: 465, relay: 25 };

function readRoute(fields: TableFields): RouteTable {
  const name = fields.need('name', egressNameKind) ?? '';
  const action = fields.need('action', actionKind);
  if (name === 'direct' && action !== undefined && action !== 'direct')
    fields.refuse('name', '"direct" is the name of the route that needs no table; give this one another');
  fields.refuseOthers(ROUTE_KEYS);
  if (action !== undefined)
    for (const key of ROUTE_KEYS)
      if (fields.has(key) && !KEYS[action].includes(key))
        fields.refuse(key, `is of no use with action = "${action}": remove it, or the action is another`);
  const fallback = fields.take('fallback', egressNameKind);
  if (fields.has('fallback_on') && !fields.has('fallback'))
    fields.refuse('fallback_on', 'needs fallback, the name of the route that takes over');
  return {
    name,
    match: readMatch(fields),
    action: action ?? 'direct',
    smartHost: action === 'relay' ? readSmartHost(fields) : undefined,
    dkim: fields.take('dkim', booleanKind) ?? true,
    fallback,
    fallbackOn: fields.take('fallback_on', causesKind) ?? FALLBACK_CAUSES,
    pool: fields.take('pool', egressNameKind),
    keepSource: fields.take('keep_source', booleanKind) ?? false,
    reason: fields.take('reason', reasonKind),
  };
}

const MATCH_KEYS = ['domain', 'provider', 'account', 'stream'];
const EVERYTHING: RouteMatch = { domains: [], providers: [], accounts: [], streams: [] };

/** A text or list is of domains; `false` matches nothing: the route is a fallback alone. */
function readMatch(fields: TableFields): RouteMatch {
  const written = fields.raw('match');
  refuseEmptyLists(fields, ['match']);
  if (written === undefined) return EVERYTHING;
  if (written === false) return MATCHES_NOTHING;
  const inner = fields.within('match');
  if (inner === undefined) return { ...EVERYTHING, domains: fields.take('match', domainPatternsKind) ?? [] };
  const keys = MATCH_KEYS.map((key) => `match.${key}`);
  inner.refuseOthers(['name', ...keys]);
  refuseEmptyLists(inner, keys);
  return {
    domains: inner.take('match.domain', domainPatternsKind) ?? [],
    providers: inner.take('match.provider', namesKind) ?? [],
    accounts: inner.take('match.account', namesKind) ?? [],
    streams: inner.take('match.stream', namesKind) ?? [],
  };
}

/** A list that came out empty where it was made must not send, hold or discard all mail. */
function refuseEmptyLists(fields: TableFields, keys: readonly string[]): void {
  for (const key of keys) {
    const written = fields.raw(key);
    if (Array.isArray(written) && written.length === 0)
      fields.refuse(
        key,
        'is an empty list: without the key everything matches, and nothing with match = false',
      );
  }
}

function readSmartHost(fields: TableFields): RouteTable['smartHost'] {
  const host = fields.need('host', smartHostKind);
  const login = readLogin(fields);
  const given = fields.take('port', portKind);
  const tls = fields.take('tls', tlsKind) ?? usualTls(host, given, login);
  if (host === undefined) return undefined;
  if (login !== undefined && (tls === 'none' || tls === 'may') && !isThisMachine(host))
    fields.refuse(
      fields.has('tls') ? 'tls' : 'username',
      `"${tls}" would send the password in clear to whoever answers as ${host}: tls = "verify", "encrypt" or "implicit"`,
    );
  const usualPort = tls === 'implicit' ? PORTS.submissions : login ? PORTS.submission : PORTS.relay;
  return { host, port: given ?? usualPort, tls, login };
}

function usualTls(
  host: string | undefined,
  port: number | undefined,
  login: LoginTable | undefined,
): RelayTls {
  if (port === PORTS.submissions) return 'implicit';
  return login === undefined || (host !== undefined && isThisMachine(host)) ? 'may' : 'verify';
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || isLoopback(host);
}

function readLogin(fields: TableFields): LoginTable | undefined {
  const username = fields.take('username', loginTextKind);
  const login = {
    password: fields.take('password', loginTextKind, 'secret'),
    passwordFile: fields.take('password_file', textKind),
    mechanism: fields.take('auth', mechanismKind),
  };
  if (fields.has('password') && fields.has('password_file'))
    fields.refuse('password_file', 'and password are two places of one secret: remove one of them');
  if (username !== undefined) return { username, ...login };
  const [orphan] = LOGIN.slice(1).filter((key) => fields.has(key));
  if (orphan !== undefined && !fields.has('username'))
    fields.refuse(orphan, 'needs username, whose secret it is');
  return undefined;
}
