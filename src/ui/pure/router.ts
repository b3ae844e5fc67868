/** Paths of the dashboard and the pages they show. Pure: the shell reads and writes the address bar. */

export type Route =
  | { readonly page: ListName | 'overview' | 'suppressions' | 'invite' | 'unknown' }
  | { readonly page: 'new-template' | 'statistics' | 'audit' | 'security' }
  | RelayRoute
  | { readonly page: ThingName; readonly id: string };

/** Of the relay and not of one account: `/ui/relay/NAME`, and `/ui/relay/NAME/ID`, where a page has things with pages of their own. */
export interface RelayRoute {
  readonly page: RelayPage;
  readonly thing: string | undefined;
}

/** In the order of the navigation; `true`: has things with pages of their own. */
const RELAY_THINGS = {
  health: false,
  queue: true,
  routes: false,
  refused: true,
  reports: true,
  settings: false,
} as const;
export type RelayPage = keyof typeof RELAY_THINGS;
export const RELAY_PAGES = Object.keys(RELAY_THINGS) as readonly RelayPage[];

/** Lists whose rows have pages of their own, and what such a page is called. */
const THINGS = {
  messages: 'message',
  domains: 'domain',
  streams: 'stream',
  templates: 'template',
  webhooks: 'webhook',
  credentials: 'credential',
} as const;

type ListName = keyof typeof THINGS;
type ThingName = (typeof THINGS)[ListName];

const BASE = '/ui/';
const RELAY = `${BASE}relay/`;

/** The page of a path such as `/ui/messages/msg_…`; `unknown` where there is none. */
export function routeOf(pathname: string): Route {
  if (pathname === '/ui') return { page: 'overview' };
  if (!pathname.startsWith(BASE)) return { page: 'unknown' };
  const parts = pathname.slice(BASE.length).replace(/\/$/, '').split('/').map(decoded);
  const [name, id, thing] = parts;
  if (name === 'relay') return relayRouteOf(id, thing, parts.length);
  if (parts.length === 2 && isList(name) && id) return { page: THINGS[name], id };
  if (parts.length > 1) return { page: 'unknown' };
  if (isList(name)) return { page: name };
  switch (name) {
    case '':
      return { page: 'overview' };
    case 'suppressions':
    case 'invite':
    case 'new-template':
    case 'statistics':
    case 'audit':
    case 'security':
      return { page: name };
    default:
      return { page: 'unknown' };
  }
}

export const PATHS = {
  overview: BASE,
  messages: `${BASE}messages`,
  suppressions: `${BASE}suppressions`,
  domains: `${BASE}domains`,
  streams: `${BASE}streams`,
  webhooks: `${BASE}webhooks`,
  credentials: `${BASE}credentials`,
  invite: `${BASE}invite`,
  templates: `${BASE}templates`,
  'new-template': `${BASE}new-template`,
  statistics: `${BASE}statistics`,
  audit: `${BASE}audit`,
  security: `${BASE}security`,
} as const;

export function messagePath(id: string): string {
  return pathIn('messages', id);
}

export function relayPath(page: RelayPage, thing?: string): string {
  return `${RELAY}${page}${thing === undefined ? '' : `/${encodeURIComponent(thing)}`}`;
}

export function isRelayRoute(route: Route): route is RelayRoute {
  return Object.hasOwn(RELAY_THINGS, route.page);
}

/** Of one thing of a list: a domain and a stream by name, others by id. */
export function pathIn(list: ListName, id: string): string {
  return `${PATHS[list]}/${encodeURIComponent(id)}`;
}

/** The list that a page belongs to: of a message's page the messages; else the page itself. */
export function listOf({ page }: Route): Route['page'] {
  if (page === 'new-template') return 'templates';
  return (Object.keys(THINGS) as ListName[]).find((list) => THINGS[list] === page) ?? page;
}

function relayRouteOf(name: string | undefined, thing: string | undefined, depth: number): Route {
  const unknown = { page: 'unknown' } as const;
  if (name === undefined || !Object.hasOwn(RELAY_THINGS, name)) return unknown;
  const page = name as RelayPage;
  if (depth === 2) return { page, thing: undefined };
  return depth === 3 && RELAY_THINGS[page] && thing ? { page, thing } : unknown;
}

function isList(name: string | undefined): name is ListName {
  return name !== undefined && Object.hasOwn(THINGS, name);
}

/** A part with a broken escape is no part of any path. */
function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
