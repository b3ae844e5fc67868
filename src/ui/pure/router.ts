/** Paths of the dashboard and the pages they show. Pure: the shell reads and writes the address bar. */

export type Route =
  | { readonly page: 'overview' | 'messages' | 'suppressions' | 'invite' | 'unknown' }
  | { readonly page: 'templates' | 'new-template' | 'statistics' | 'audit' }
  | { readonly page: 'message' | 'template'; readonly id: string };

const BASE = '/ui/';

/** The page of a path such as `/ui/messages/msg_…`; `unknown` where there is none. */
export function routeOf(pathname: string): Route {
  if (pathname === '/ui') return { page: 'overview' };
  if (!pathname.startsWith(BASE)) return { page: 'unknown' };
  const parts = pathname.slice(BASE.length).replace(/\/$/, '').split('/').map(decoded);
  const [name, id] = parts;
  if (parts.length === 2 && name === 'messages' && id) return { page: 'message', id };
  if (parts.length === 2 && name === 'templates' && id) return { page: 'template', id };
  if (parts.length > 1) return { page: 'unknown' };
  switch (name) {
    case '':
      return { page: 'overview' };
    case 'messages':
    case 'suppressions':
    case 'invite':
    case 'templates':
    case 'new-template':
    case 'statistics':
    case 'audit':
      return { page: name };
    default:
      return { page: 'unknown' };
  }
}

export const PATHS = {
  overview: BASE,
  messages: `${BASE}messages`,
  suppressions: `${BASE}suppressions`,
  invite: `${BASE}invite`,
  templates: `${BASE}templates`,
  'new-template': `${BASE}new-template`,
  statistics: `${BASE}statistics`,
  audit: `${BASE}audit`,
} as const;

export function messagePath(id: string): string {
  return `${PATHS.messages}/${encodeURIComponent(id)}`;
}

export function templatePath(id: string): string {
  return `${PATHS.templates}/${encodeURIComponent(id)}`;
}

/** A part with a broken escape is no part of any path. */
function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
