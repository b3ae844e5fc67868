/**
 * Lets a person use the routes of the API by the cookie of a session, for one account, as far as the role goes. To the routes
 * the person looks like a key of that account. Bearer tokens count for nothing here, and cookies for nothing elsewhere.
 */
import type { FastifyRequest } from 'fastify';
import type { Log } from '../../platform/log.ts';
import { formatActor } from '../../policy/actor.ts';
import type { AuditWriter } from '../../store/audit.ts';
import type { Account, Credential } from '../../store/directory-records.ts';
import type { Grant, Person } from '../../store/people-records.ts';
import type { DirectoryReader } from '../../store/directory.ts';
import type { Doorkeeper } from '../admit-request.ts';
import { ApiError, forbidden, unavailable } from '../api-error.ts';
import { clientAddress } from '../authenticate.ts';
import type { Scope } from '../scopes.ts';
import { hasFactor } from './factors/second-step.ts';
import { signedInBy, type SessionOptions, type SignedIn } from './people-sessions.ts';
import { allows, grantFor, relayGrantOf, scopesOf } from './role-rights.ts';
import { refuseOtherOrigins } from './same-origin.ts';
import { cookieOf } from './session-cookie.ts';

export interface DoorkeeperOptions extends SessionOptions {
  readonly reader: SessionOptions['reader'] & Pick<DirectoryReader, 'listAccounts'>;
  readonly audit: Pick<AuditWriter, 'noteAudit'>;
  readonly log: Log;
  /** `dashboard.url`, live. */
  readonly url: () => string | undefined;
  /** `dashboard.require_second_factor`, live. */
  readonly requiresFactor: () => boolean;
}

/** Names the account; default: the first one of the person's. */
const ACCOUNT_FIELD = 'x-account';

export class PersonDoorkeeper implements Doorkeeper {
  readonly #options: DoorkeeperOptions;
  /** Of the cookie that a request came with. */
  readonly #tokens = new WeakMap<Credential, string>();

  constructor(options: DoorkeeperOptions) {
    this.#options = options;
  }

  async admit(request: FastifyRequest, scope: Scope): Promise<Credential> {
    refuseOtherOrigins(request, this.#options.url());
    const credential = await this.#credential(request, scope);
    if (request.route.config.content === true) await this.#noteView(request, credential);
    return credential;
  }

  admitAgain(request: FastifyRequest, scope: Scope): Promise<Credential> {
    return this.#credential(request, scope);
  }

  /** Whether an event stream that `held` opened may go on. Rejects with StoreError. */
  async stillMay(held: Credential): Promise<boolean> {
    const signedIn = await signedInBy(this.#tokens.get(held), this.#options);
    if (signedIn === undefined || this.needsFactor(signedIn.person)) return false;
    const grant = grantFor(signedIn.person, held.accountId);
    return grant !== undefined && allows(grant.role, 'GET', 'messages:read');
  }

  /** The person may do nothing but enrol a second factor. */
  needsFactor(person: Person): boolean {
    return this.#options.requiresFactor() && !hasFactor(person);
  }

  /** Rejects with ApiError 401 or 503. */
  async signedIn(request: FastifyRequest): Promise<SignedIn> {
    const found = await this.ifSignedIn(request);
    if (found === undefined) throw notSignedIn();
    return found;
  }

  /** Rejects with ApiError 503. */
  ifSignedIn(request: FastifyRequest): Promise<SignedIn | undefined> {
    return this.signedInBy(cookieOf(request, this.#options.url()));
  }

  /** Rejects with ApiError 503. */
  async signedInBy(token: string | undefined): Promise<SignedIn | undefined> {
    try {
      return await signedInBy(token, this.#options);
    } catch (error) {
      this.#options.log.error('sessions cannot be looked up', { reason: String(error) });
      throw unavailable('sessions cannot be looked up at the moment');
    }
  }

  async #credential(request: FastifyRequest, scope: Scope): Promise<Credential> {
    const { person } = await this.signedIn(request);
    if (this.needsFactor(person))
      throw forbidden(
        'second-factor-required',
        'this relay asks for a second factor: set one up at /ui/security first',
      );
    const { content, relayWide } = request.route.config;
    const account = await this.#account(request, person);
    const grant = relayWide === true ? relayGrantOf(person) : grantFor(person, account.id);
    if (grant === undefined) throw relayWide === true ? notOfTheRelay() : noAccount();
    const { method } = request;
    if (content !== undefined) {
      if (!grant.readsContent)
        throw forbidden(
          'role-missing',
          'this needs the right to read content (relayctl user change --content yes)',
        );
    } else if (!allows(grant.role, method, scope))
      throw forbidden(
        'role-missing',
        `the role ${grant.role} may not do this${relayWide === true ? '' : ` in the account ${account.name}`}`,
      );
    const credential = credentialOf(person, account, grant);
    const token = cookieOf(request, this.#options.url());
    if (token !== undefined) this.#tokens.set(credential, token);
    return credential;
  }

  async #account(request: FastifyRequest, person: Person): Promise<Account> {
    const wanted = accountNamedBy(request);
    const accounts = await this.#options.reader.listAccounts();
    const own = accounts.filter(({ id }) => grantFor(person, id) !== undefined);
    const account = wanted === undefined ? own[0] : own.find(({ id }) => id === wanted);
    if (account === undefined) throw noAccount();
    return account;
  }

  /** Before the content goes out. */
  async #noteView(request: FastifyRequest, { id, accountId }: Credential): Promise<void> {
    const { audit, clock } = this.#options;
    const { id: message = '' } = request.params as { readonly id?: string };
    const actor = formatActor({ kind: 'user', name: id, origin: clientAddress(request) });
    await audit.noteAudit({
      ...{ atMs: clock.now(), actor, account: accountId },
      ...{ action: 'message read', subject: message },
    });
  }
}

function accountNamedBy({ headers, query, route }: FastifyRequest): unknown {
  if (route.config.accountInQuery !== true) return headers[ACCOUNT_FIELD];
  return (query as { readonly account?: unknown }).account;
}

export function notSignedIn(): ApiError {
  return new ApiError(401, 'unauthorized', 'sign in first');
}

function noAccount(): ApiError {
  return forbidden('role-missing', 'you have no role in this account');
}

function notOfTheRelay(): ApiError {
  return forbidden('role-missing', 'this is for people with a role in every account');
}

/** As the routes know whoever asks: without limits of a key. */
function credentialOf({ id, email, createdAtMs }: Person, account: Account, grant: Grant): Credential {
  return {
    ...{ id, kind: 'api', name: email, accountId: account.id, accountName: account.name },
    ...{ scopes: scopesOf(grant), stream: 'transactional', networks: [], domains: [], fromAddresses: [] },
    ...{ username: undefined, secretHash: undefined, ratePerMinute: undefined, dailyQuota: undefined },
    ...{
      requireTls: false,
      sendDsn: true,
      expiresAtMs: undefined,
      revokedAtMs: undefined,
      createdAtMs,
      version: 0,
    },
  };
}
