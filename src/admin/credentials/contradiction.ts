/** What a credential cannot be at the same time, new or changed. */
import type { Credential } from '../../store/directory-records.ts';
import { MOST_OF_A_LIMIT, USAGE_LIMITS } from '../../policy/usage-limits.ts';
import { invalid, type AdminRefusal } from '../refusal.ts';

export function contradiction({
  kind,
  networks,
  requireTls,
  sendDsn,
  dsnTo,
  limits = {},
}: Pick<Credential, 'kind' | 'networks' | 'requireTls' | 'sendDsn' | 'dsnTo' | 'limits'>):
  AdminRefusal | undefined {
  const wrong = USAGE_LIMITS.find((name) => !isLimit(limits[name]));
  if (wrong !== undefined)
    return invalid(
      'limits',
      (nameOf) => `${nameOf('limits')} ${wrong}: a whole number from 0 to ${MOST_OF_A_LIMIT}`,
    );
  if (kind === 'network' && networks.length === 0)
    return invalid(
      'networks',
      'a network credential needs the addresses that may send without a login',
      (nameOf) => `add ${nameOf('networks')}: 10.1.2.3 (an address or a network; may be repeated)`,
    );
  if (kind !== 'network' && requireTls)
    return invalid(
      'requireTls',
      (nameOf) =>
        `${nameOf('requireTls')} is for network credentials: a login is taken over TLS only in any case`,
    );
  if (!sendDsn && dsnTo !== undefined)
    return invalid('dsnTo', (nameOf) => `${nameOf('sendDsn')} and ${nameOf('dsnTo')} cannot both be meant`);
  return undefined;
}

function isLimit(most: number | undefined): boolean {
  return most === undefined || (Number.isInteger(most) && most >= 0 && most <= MOST_OF_A_LIMIT);
}
