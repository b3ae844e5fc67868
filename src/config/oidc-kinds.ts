/** Kinds of values of `dashboard.oidc`: the provider, what it is asked for, and what its words mean here. */
import { isLoopback } from '../platform/network/ip-address.ts';
import { PERSON_ROLES, type PersonRole } from '../policy/person-roles.ts';
import { listOf, parsed, text, type ValueKind } from './value-kind.ts';

/** What a value of the claim means. */
export interface ClaimedRole {
  readonly value: string;
  readonly role: PersonRole;
}

const LONGEST_NAME = 60;
/** A token of a scope. RFC 6749 §3.3. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Kept as it is written: the provider's own name of itself is compared with it. OpenID Connect Core §2, `iss`. */
export const issuerKind: ValueKind<string> = {
  writtenAs: 'text',
  accepted: 'the address of the provider such as "https://id.example.com/realms/staff"',
  schema: parsed(text, (value) => {
    const url = URL.parse(value);
    if (url === null || !['http:', 'https:'].includes(url.protocol))
      return { problem: 'is not an https address' };
    if (url.username !== '' || url.password !== '') return { problem: 'carries a user name or password' };
    if (/[?#]/.test(value)) return { problem: 'carries a query or a fragment' };
    if (value.includes('/.well-known/'))
      return {
        problem: 'is the address of its configuration; the issuer is what stands before /.well-known/',
      };
    return url.protocol === 'https:' || isOfThisMachine(url.hostname)
      ? value
      : { problem: 'must begin with https:// for a host other than this machine itself' };
  }),
};

/** With `openid`, without which there is no ID token. */
export const scopesKind: ValueKind<readonly string[]> = {
  writtenAs: 'list',
  accepted: 'a list such as ["openid", "email", "profile"], with "openid"',
  schema: parsed(
    listOf<string>('', (value) =>
      SCOPE.test(value) ? value : { problem: `has "${value}", which is no scope` },
    ).schema,
    (scopes): readonly string[] | { readonly problem: string } =>
      scopes.includes('openid') ? [...new Set(scopes)] : { problem: 'lacks "openid"' },
  ),
};

/** What a button says. */
export const labelKind: ValueKind<string> = {
  writtenAs: 'text',
  accepted: `a name of up to ${LONGEST_NAME} characters such as "Example Ltd"`,
  schema: parsed(text, (value) => {
    const name = value.trim();
    return name !== '' && name.length <= LONGEST_NAME && !/\p{Cc}/u.test(name)
      ? name
      : { problem: `is empty, of more than one line or longer than ${LONGEST_NAME} characters` };
  }),
};

/** `mail-admins=admin`: the last `=` counts. */
export const claimedRolesKind = listOf<ClaimedRole>(
  `VALUE=ROLE such as "mail-admins=admin", or a list of them; roles: ${PERSON_ROLES.join(', ')}`,
  (entry) => {
    const at = entry.lastIndexOf('=');
    const value = entry.slice(0, Math.max(at, 0)).trim();
    const role = PERSON_ROLES.find((one) => one === entry.slice(at + 1).trim());
    return value === '' || role === undefined
      ? { problem: `has "${entry}", which is not VALUE=ROLE with a role of ${PERSON_ROLES.join(', ')}` }
      : { value, role };
  },
);

export function isOfThisMachine(hostname: string): boolean {
  return hostname === 'localhost' || isLoopback(hostname.replace(/^\[|\]$/g, ''));
}
