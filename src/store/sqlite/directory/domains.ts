/**
 * The SQL of domains and their keys: adding, removing, and what a look-up of their records changes. Who holds a name is
 * policy's decision (policy/domain-claim.ts), made of the rows as they are in the transaction that writes it: of two
 * accounts that are verified at the same time one comes first. Inside transactions.
 */
import type { Statement } from 'better-sqlite3';
import { holdsName, judgeClaim } from '../../../policy/domain-claim.ts';
import { StoreError } from '../../errors.ts';
import type { DomainCheck } from '../../directory.ts';
import type { DkimKey, Domain } from '../../directory-records.ts';
import type { Context } from '../engine/context.ts';
import { DOMAIN, domainOf, HOLDS, type DomainRow } from './directory-rows.ts';
import { prepare } from '../engine/prepare.ts';

export class Domains {
  readonly #context: Context;
  readonly #insert: Statement;
  readonly #insertKey: Statement;
  readonly #delete: Statement<[string]>;
  readonly #byId: Statement<[string], DomainRow>;
  readonly #holder: Statement<[string], DomainRow>;
  readonly #update: Statement<[string, number | null, number | null, string]>;

  constructor(context: Context) {
    const { db } = context;
    this.#context = context;
    this.#insert = prepare(
      db,
      `INSERT INTO domain (public_id, account_id, name, verified_at, failing_since, record_status, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#insertKey = prepare(
      db,
      `INSERT INTO dkim_key (domain_id, selector, algorithm, sealed_private_key,
      public_key, state, created_at) SELECT id, ?, ?, ?, ?, ?, ? FROM domain WHERE public_id = ?`,
    );
    this.#delete = prepare(db, 'DELETE FROM domain WHERE public_id = ?');
    this.#byId = prepare(db, `${DOMAIN} WHERE d.public_id = ?`);
    this.#holder = prepare(db, `${DOMAIN} WHERE d.name = ? AND ${HOLDS}`);
    this.#update = prepare(
      db,
      'UPDATE domain SET record_status = ?, verified_at = ?, failing_since = ? WHERE public_id = ?',
    );
  }

  add(domain: Domain, keys: readonly DkimKey[]): void {
    this.#insert.run(
      domain.id,
      this.#context.accounts.account(domain.accountId),
      domain.name,
      domain.verifiedAtMs ?? null,
      domain.failingSinceMs ?? null,
      JSON.stringify(domain.recordStatus),
      Math.round(domain.createdAtMs),
    );
    for (const key of keys) {
      const { selector, algorithm, sealedPrivateKey, publicKey, state, createdAtMs } = key;
      const at = Math.round(createdAtMs);
      this.#insertKey.run(selector, algorithm, sealedPrivateKey, publicKey, state, at, domain.id);
    }
  }

  /** What it was. StoreError `not-found`. */
  remove(id: string): Domain {
    const row = this.#byId.get(id);
    if (row === undefined) throw notFound(id);
    this.#delete.run(id);
    return domainOf(row);
  }

  /** `former`: the domain of another account that lost the name to it. StoreError `not-found`. */
  recordCheck(check: DomainCheck): { readonly domain: Domain; readonly former: Domain | undefined } {
    const row = this.#byId.get(check.domainId);
    if (row === undefined) throw notFound(check.domainId);
    const before = domainOf(row);
    const holder = found(this.#holder.get(before.name), before.id);
    // Another one may hold the name by now than the one that was looked up: nothing is known of its records.
    const ofHolder = check.holder?.domainId === holder?.id ? check.holder : undefined;
    const decision = judgeClaim(
      { claim: before, dkim: check.dkim },
      holder === undefined ? undefined : { claim: holder, dkim: ofHolder?.dkim },
      check.atMs,
    );
    // The holder first: there is one at most at any moment.
    if (holder !== undefined && decision.holder !== undefined) {
      const recordStatus = { ...holder.recordStatus, ...ofHolder?.recordStatus };
      this.#write({ ...holder, ...decision.holder, recordStatus });
    }
    const domain = { ...before, ...decision.claim, recordStatus: check.recordStatus };
    this.#write(domain);
    const isOver = holder !== undefined && decision.holder !== undefined && !holdsName(decision.holder);
    if (!isOver) return { domain, former: undefined };
    this.#tell(holder, false, check.atMs);
    this.#tell(domain, true, check.atMs);
    return { domain, former: holder };
  }

  #write({ id, recordStatus, verifiedAtMs, failingSinceMs }: Domain): void {
    this.#update.run(
      JSON.stringify(recordStatus),
      verifiedAtMs === undefined ? null : Math.round(verifiedAtMs),
      failingSinceMs === undefined ? null : Math.round(failingSinceMs),
      id,
    );
  }

  /** Whose the other domain is, is nobody's business. */
  #tell({ name, accountId }: Domain, verified: boolean, atMs: number): void {
    const { accounts, events } = this.#context;
    const reason = verified ? 'its DKIM records are there' : 'its DKIM records failed for long';
    const about = { accountKey: accounts.account(accountId), stream: undefined };
    events.appendOfAccount('domain_changed', atMs, about, { domain: name, verified, reason });
  }
}

function found(row: DomainRow | undefined, otherThan: string): Domain | undefined {
  return row === undefined || row.public_id === otherThan ? undefined : domainOf(row);
}

function notFound(id: string): StoreError {
  return new StoreError('not-found', `there is no domain ${id}`);
}
