/**
 * Where the dashboard is reached: by the Host of `dashboard.url` alone. Where there is none, from this machine itself by one of its
 * names: passwords would cross a network in clear. What asks by another name (a page of somebody else whose name leads here) gets
 * nothing. RFC 9110 §7.2.
 */
import type { IncomingMessage } from 'node:http';
import { parseHostPort } from '../../platform/network/host-port.ts';
import { isLoopback } from '../../platform/network/ip-address.ts';
import { isFromHere, type CameFrom } from '../local-request.ts';

export const DASHBOARD_PATH = '/ui';

type Asked = CameFrom & Pick<IncomingMessage, 'url'>;

/** `url`: `dashboard.url`. */
export function isForDashboard(request: Asked, url: string | undefined): boolean {
  const { url: path = '' } = request;
  const { host = '' } = request.headers;
  if (
    path !== DASHBOARD_PATH &&
    !path.startsWith(`${DASHBOARD_PATH}/`) &&
    !path.startsWith(`${DASHBOARD_PATH}?`)
  )
    return false;
  return url === undefined
    ? isOfThisMachine(host) && isFromHere(request)
    : host.toLowerCase() === new URL(url).host;
}

/** What a browser that has a page of the dashboard sends as Origin. RFC 6454. */
export function originOf(host: string | undefined, url: string | undefined): string {
  return url === undefined ? `http://${host?.toLowerCase() ?? ''}` : new URL(url).origin;
}

/** Its cookie goes over TLS alone. */
export function isSecure(url: string | undefined): boolean {
  return url?.startsWith('https:') === true;
}

function isOfThisMachine(host: string): boolean {
  const place = parseHostPort(host, 80);
  return place !== undefined && (place.host.toLowerCase() === 'localhost' || isLoopback(place.host));
}
