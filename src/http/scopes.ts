/** Scopes of API keys. A route names one scope in its `config`; `admin` includes all of them. */
import { hasScope, SCOPES, type Scope } from '../admin/credentials/scopes.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The required scope. Every route has one, unless it is `open`. */
    scope?: Scope;
    /**
     * What a message says is in the answer: of people it needs a right of its own, and each answer is a line in the audit log.
     * `part`: of a view that is there already.
     */
    content?: true | 'part';
    /** Of the dashboard: a frame asks for it, which cannot name the account in a header field: `account` in the query does. */
    accountInQuery?: true;
    /** Of the dashboard: what is of the relay and not of one account, for people with a role in every account. */
    relayWide?: true;
    /** Public, without a key: health, documentation. */
    open?: true;
    /** Not counted against the key's request rate: the route has limits of its own. */
    unmetered?: true;
    /** The transaction that accepts the message checks the key again. */
    asksOnAccept?: true;
    /** The body may be as large as a message (`submission.max_message_bytes`), regardless of `bodyLimit`. */
    takesMessage?: true;
    /** Lasts for as long as its client listens: its length says nothing of the relay. */
    streams?: true;
  }
}

export { hasScope, SCOPES, type Scope };
