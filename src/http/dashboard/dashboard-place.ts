/**
 * Where the dashboard is reached: by the Host of `dashboard.url` alone, or by one of this machine where there is none. What asks
 * by another name (a page of somebody else whose name leads here) gets nothing. RFC 9110 §7.2.
 */
import { parseHostPort } from '../../platform/network/host-port.ts';
import { isLoopback } from '../../platform/network/ip-address.ts';

export const DASHBOARD_PATH = '/ui';

interface Asked {
  /** The field Host. */
  readonly host: string | undefined;
  readonly url: string | undefined;
}

/** `url`: `dashboard.url`. */
export function isForDashboard({ host = '', url: path = '' }: Asked, url: string | undefined): boolean {
  if (
    path !== DASHBOARD_PATH &&
    !path.startsWith(`${DASHBOARD_PATH}/`) &&
    !path.startsWith(`${DASHBOARD_PATH}?`)
  )
    return false;
  return url === undefined ? isOfThisMachine(host) : host.toLowerCase() === new URL(url).host;
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
