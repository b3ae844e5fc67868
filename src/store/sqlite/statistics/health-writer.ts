/**
 * Changes of what accounts and streams are under, as operations of the group commit, each with its line in the audit log
 * and, where the level became another, its event.
 */
import type { HealthChange, HealthWriter } from '../../health.ts';
import { audit } from '../../sql/directory/audit.ts';
import type { Context } from '../engine/context.ts';
import type { GroupCommit } from '../engine/group-commit.ts';

export class SqliteHealthWriter implements HealthWriter {
  readonly #context: Context;
  readonly #commits: GroupCommit;

  constructor(context: Context, commits: GroupCommit) {
    this.#context = context;
    this.#commits = commits;
  }

  setHealth(change: HealthChange, actor: string): Promise<void> {
    return this.#run(() => {
      const { accounts, restrictions, events, steps } = this.#context;
      const { accountId, stream, level, reason, perMinute, atMs } = change;
      const accountKey = accounts.account(accountId);
      const before = restrictions.set(accountKey, change);
      if (before !== level) {
        const about = { accountKey, stream: stream === '' ? undefined : stream };
        const facts = { level, before, reason, ...(perMinute !== undefined && { per_minute: perMinute }) };
        events.appendOfAccount({ type: 'health_changed', atMs, about, data: facts });
      }
      const subject = [accountId, stream, reason].filter((part) => part !== '').join(' ');
      steps.run(audit(atMs, actor, `health ${level}`, subject));
    });
  }

  releaseHealth(
    selection: { readonly accountId: string | undefined; readonly stream: string | undefined },
    nowMs: number,
    actor: string,
  ): Promise<number> {
    return this.#run(() => {
      const { accounts, restrictions, events, steps } = this.#context;
      const { accountId, stream } = selection;
      const accountKey = accountId === undefined ? undefined : accounts.account(accountId);
      const lifted = restrictions.release(accountKey, stream, nowMs);
      const subject = [accountId, stream].filter((part) => part !== undefined).join(' ') || 'all';
      for (const { accountKey: key, stream: name, level: before } of lifted) {
        const about = { accountKey: key, stream: name === '' ? undefined : name };
        const reason = `released by ${actor}`;
        const data = { level: 'good', before, reason };
        events.appendOfAccount({ type: 'health_changed', atMs: nowMs, about, data });
      }
      if (lifted.length > 0) steps.run(audit(nowMs, actor, 'health release', subject));
      return lifted.length;
    });
  }

  #run<T>(run: () => T): Promise<T> {
    return this.#commits.submit({ grows: false, sizeBytes: 0, run });
  }
}
