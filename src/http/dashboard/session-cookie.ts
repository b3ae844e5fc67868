/** The cookie of a session: not for scripts, not sent along from other sites, over TLS alone where there is TLS. RFC 6265bis. */
import { parseCookie, stringifySetCookie } from 'cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DASHBOARD_PATH, isSecure } from './dashboard-place.ts';

/** `url`: `dashboard.url`. */
export function cookieOf(
  { headers }: Pick<FastifyRequest, 'headers'>,
  url: string | undefined,
): string | undefined {
  return headers.cookie === undefined ? undefined : parseCookie(headers.cookie)[nameOf(url)];
}

/** Without an end: it goes with the browser, and the session ends by itself. */
export function setCookie(reply: FastifyReply, token: string, url: string | undefined): void {
  void reply.header('set-cookie', stringifySetCookie({ ...attributesOf(url), value: token }));
}

export function clearCookie(reply: FastifyReply, url: string | undefined): void {
  void reply.header('set-cookie', stringifySetCookie({ ...attributesOf(url), value: '', maxAge: 0 }));
}

/** `__Host-`: browsers take it over TLS and from this very host alone, which asks for the path `/`. */
function nameOf(url: string | undefined): string {
  return isSecure(url) ? '__Host-postern' : 'postern';
}

function attributesOf(url: string | undefined) {
  const secure = isSecure(url);
  const path = secure ? '/' : DASHBOARD_PATH;
  return { name: nameOf(url), httpOnly: true, sameSite: 'strict', secure, path } as const;
}
