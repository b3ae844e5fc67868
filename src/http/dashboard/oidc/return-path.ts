/** Where a browser goes after a sign-in: a page of the dashboard, whatever was asked for. RFC 3986 §5.2.4. */
import { DASHBOARD_PATH } from '../dashboard-place.ts';

export const FRONT_PAGE = `${DASHBOARD_PATH}/`;
export const MOST_PATH_CHARS = 1_000;

const NOWHERE = 'http://dashboard.invalid';

/** Path and query of a page; the first page where `wanted` is none. */
export function returnPath(wanted: string | undefined): string {
  if (wanted === undefined || wanted.length > MOST_PATH_CHARS || !/^\/ui\/[\x21-\x7e]*$/.test(wanted))
    return FRONT_PAGE;
  // Browsers take a backslash for a slash, and resolve `..`.
  const url = wanted.includes('\\') ? null : URL.parse(wanted, NOWHERE);
  const isPage = url?.origin === NOWHERE && url.pathname.startsWith(FRONT_PAGE);
  return isPage && !url.pathname.startsWith(`${FRONT_PAGE}api/`) ? url.pathname + url.search : FRONT_PAGE;
}
