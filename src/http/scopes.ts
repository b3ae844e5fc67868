/** What an API key may do. A route names one scope in its `config`; `admin` stands for all of them. */
import type { Credential } from '../store/records.ts';
import { SCOPES, type Scope } from '../admin/scopes.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The scope that a key needs. Every route has one, unless it is `open`. */
    scope?: Scope;
    /** For everybody, without a key: health, documentation. */
    open?: true;
    /** Not counted against the general limit of a key's requests: the route has limits of its own. */
    unmetered?: true;
    /** The transaction that accepts a message asks for the key once more. */
    asksOnAccept?: true;
    /** Its body may be as large as a message may be (`submission.max_message_bytes`), not what `bodyLimit` says. */
    takesMessage?: true;
  }
}

export { SCOPES, type Scope };

export function hasScope({ scopes }: Pick<Credential, 'scopes'>, scope: Scope): boolean {
  return scopes.includes(scope) || scopes.includes('admin');
}
