/** The paths that recipients' browsers ask for: `/u/TOKEN` and `/u/TOKEN/undo`. Nothing else is there. */
import { UNSUBSCRIBE_PATH } from '../../links/list-unsubscribe.ts';

export interface LinkPath {
  readonly token: string;
  /** It takes back what the link did. */
  readonly undo: boolean;
}

const UNDO = '/undo';

/** `target`: of the request. A query that some program added is nothing to us. `undefined`: another path. */
export function readLinkPath(target: string): LinkPath | undefined {
  const [path = ''] = target.split('?', 1);
  if (!path.startsWith(UNSUBSCRIBE_PATH)) return undefined;
  const rest = path.slice(UNSUBSCRIBE_PATH.length);
  const undo = rest.endsWith(UNDO);
  const token = undo ? rest.slice(0, -UNDO.length) : rest;
  return token === '' || token.includes('/') ? undefined : { token, undo };
}
