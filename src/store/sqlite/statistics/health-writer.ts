/**
 * Changes of what accounts and streams are under, as operations of the group commit, each with its line in the audit log
 * and, where the level became another, its event.
 */
import type { HealthChange, HealthWriter } from '../../health.ts';
import { Audit } from '../directory/audit.ts';
import type { Context } from '../engine/context.ts';
import type { GroupCommit } from '../engine/group-commit.ts';

export class SqliteHealthWriter implements HealthWriter {
  readonly #context: Context;
  readonly #commits: GroupCommit;
  readonly #audit: Audit;

  constructor(context: Context, commits: GroupCommit) {
    this.#context = context;
    this.#commits = commits;
    this.#audit = new Audit(context.db);
  }

  setHealth(change: HealthChange, actor: string): Promise<void> {
    return this.#run(() => {
      const { accounts, restrictions, events, clock } = this.#context;
      const { accountId, stream, level, reason, perMinute, atMs } = change;
      const accountKey = accounts.account(accountId);
      const before = restrictions.set(accountKey, change);
      if (before !== level) {
        const about = { accountKey, stream: stream === '' ? undefined : stream };
        const facts = { level, before, reason, ...(perMinute !== undefined && { per_minute: perMinute }) };
        events.appendOfAccount('health_changed', atMs, about, facts);
      }
      const subject = [accountId, stream, reason].filter((part) => part !== '').join(' ');
      this.#audit.record(clock.now(), actor, `health ${level}`, subject);
    });
  }

  releaseHealth(
    selection: { readonly accountId: string | undefined; readonly stream: string | undefined },
    nowMs: number,
    actor: string,
  ): Promise<number> {
    return this.#run(() => {
      const { accounts, restrictions, events, clock } = this.#context;
      const { accountId, stream } = selection;
      const accountKey = accountId === undefined ? undefined : accounts.account(accountId);
      const lifted = restrictions.release(accountKey, stream, nowMs);
      const subject = [accountId, stream].filter((part) => part !== undefined).join(' ') || 'all';
      for (const { accountKey: key, stream: name, level: before } of lifted) {
        const about = { accountKey: key, stream: name === '' ? undefined : name };
        const reason = `released by ${actor}`;
        events.appendOfAccount('health_changed', nowMs, about, { level: 'good', before, reason });
      }
      if (lifted.length > 0) this.#audit.record(clock.now(), actor, 'health release', subject);
      return lifted.length;
    });
  }

  #run<T>(run: () => T): Promise<T> {
    return this.#commits.submit({ grows: false, sizeBytes: 0, run });
  }
}
