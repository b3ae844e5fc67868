/**
 * The paths that recipients' browsers ask for: `/u/TOKEN` and `/u/TOKEN/undo`. Nothing else is there. Read in each form that names
 * the same: with scheme and host before it (RFC 9112 §3.2.2), letters and digits percent-encoded (RFC 3986 §6.2.2.2).
 */
import { UNSUBSCRIBE_PATH } from '../../links/list-unsubscribe.ts';

export interface LinkPath {
  readonly token: string;
  /** It takes back what the link did. */
  readonly undo: boolean;
}

const UNDO = '/undo';
const SCHEME_AND_HOST = /^https?:\/\/[^/?]+/i;
/** Of a character that needs no encoding. */
const NEEDLESS = /%(?:2[de]|3\d|[46][1-9a-f]|[57][\da]|5f|7e)/gi;

/** `target`: of the request. A query that some program added is nothing to us. `undefined`: another path. */
export function readLinkPath(target: string): LinkPath | undefined {
  const [given = ''] = target.replace(SCHEME_AND_HOST, '').split('?', 1);
  const path = given.replace(NEEDLESS, decodeURIComponent);
  if (!path.startsWith(UNSUBSCRIBE_PATH)) return undefined;
  const rest = path.slice(UNSUBSCRIBE_PATH.length);
  const undo = rest.endsWith(UNDO);
  const token = undo ? rest.slice(0, -UNDO.length) : rest;
  return token === '' || token.includes('/') ? undefined : { token, undo };
}
