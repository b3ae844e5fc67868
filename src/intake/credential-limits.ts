/**
 * Recent use of each credential against its limits: messages a minute and recipients a UTC day. Counters are in
 * memory; the day's count starts from the stored one, if there is one. Where several nodes take a credential's mail, the
 * tokens of a minute are leased from the store (shared-rates.ts), and the day's count is read again every second.
 */
import { spend, takeToken, type BucketState } from '../platform/token-bucket.ts';
import { takeQuota, type QuotaRequest, type QuotaState } from '../policy/daily-quota.ts';
import type { Reply } from '../smtp/reply.ts';
import type { Credential } from '../store/directory-records.ts';
import { StoreError } from '../store/errors.ts';
import { reply, STORE_UNAVAILABLE } from '../smtp/server/replies.ts';
import { DAY_MS, dayOf, MINUTE_MS } from '../platform/time-units.ts';
import type { SharedRates } from './shared-rates.ts';

/** Stored recipients accepted from a credential on a UTC day (days since the epoch). */
export type RecipientsOfDay = (credentialId: string, day: number) => Promise<number>;

/** The refusal at a limit. */
export interface LimitRefusal extends Reply {
  /** Whole seconds. */
  readonly retryAfterSeconds: number;
}

/** The rest of a limit, and the seconds until it is complete again. */
export interface LimitStanding {
  readonly quota: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

/** Other nodes count too. */
const READ_AGAIN_MS = 1_000;
const STORE_RETRY_SECONDS = 5;

export class CredentialLimits {
  readonly #buckets = new Map<string, BucketState>();
  readonly #quotas = new Map<string, QuotaState>();
  readonly #recipientsOfDay: RecipientsOfDay;
  readonly #shared: SharedRates | undefined;
  /** When the day's count was last read; only where it is shared. */
  readonly #readAtMs = new Map<string, number>();

  /** `recipientsOfDay` is asked until it has answered about a credential, and may reject. `shared`: with other nodes. */
  constructor(recipientsOfDay: RecipientsOfDay = () => Promise.resolve(0), shared?: SharedRates) {
    this.#recipientsOfDay = recipientsOfDay;
    this.#shared = shared;
  }

  /** Counts one message; a refusal (451) gives the time to wait. */
  takeMessage(
    credential: Credential,
    nowMs: number,
  ): LimitRefusal | undefined | Promise<LimitRefusal | undefined> {
    const { id, ratePerMinute } = credential;
    if (ratePerMinute === undefined) return undefined;
    if (this.#shared !== undefined) return this.#takeShared(id, ratePerMinute, nowMs, this.#shared);
    const { state, retryAfterSeconds } = takeToken(this.#buckets.get(id), { ratePerMinute, nowMs });
    this.#buckets.set(id, state);
    return retryAfterSeconds === undefined ? undefined : tooFast(ratePerMinute, retryAfterSeconds);
  }

  async #takeShared(
    id: string,
    ratePerMinute: number,
    nowMs: number,
    shared: SharedRates,
  ): Promise<LimitRefusal | undefined> {
    try {
      const retryAfterSeconds = await shared.take(`credential ${id}`, ratePerMinute);
      if (retryAfterSeconds !== undefined) return tooFast(ratePerMinute, retryAfterSeconds);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return { ...STORE_UNAVAILABLE, retryAfterSeconds: STORE_RETRY_SECONDS };
    }
    // What this node took, to show what is left: others may have taken more.
    this.#buckets.set(id, spend(this.#buckets.get(id), 1, { ratePerMinute, nowMs }));
    return undefined;
  }

  /** Whether `recipients` more fit the daily quota. Counts nothing. */
  checkRecipients(
    { id, dailyQuota }: Credential,
    recipients: number,
    nowMs: number,
  ): LimitRefusal | undefined | Promise<LimitRefusal | undefined> {
    return dailyQuota === undefined ? undefined : this.#checkQuota(id, { dailyQuota, recipients, nowMs });
  }

  async #checkQuota(id: string, wanted: QuotaRequest): Promise<LimitRefusal | undefined> {
    const { retryAfterSeconds } = takeQuota(await this.#quota(id, wanted.nowMs), wanted);
    return retryAfterSeconds === undefined ? undefined : quotaUsedUp(wanted.dailyQuota, retryAfterSeconds);
  }

  /** Counts `recipients`, all or none. */
  takeRecipients(
    { id, dailyQuota }: Credential,
    recipients: number,
    nowMs: number,
  ): LimitRefusal | undefined | Promise<LimitRefusal | undefined> {
    if (dailyQuota !== undefined) return this.#takeQuota(id, { dailyQuota, recipients, nowMs });
    // What is sent without a quota is counted by the store alone, which is asked when there is one again.
    this.#quotas.delete(id);
    return undefined;
  }

  async #takeQuota(id: string, wanted: QuotaRequest): Promise<LimitRefusal | undefined> {
    await this.#quota(id, wanted.nowMs);
    // Looked at and counted without a wait in between.
    const { state, retryAfterSeconds } = takeQuota(this.#quotas.get(id), wanted);
    this.#quotas.set(id, state);
    return retryAfterSeconds === undefined ? undefined : quotaUsedUp(wanted.dailyQuota, retryAfterSeconds);
  }

  /** Returns what {@link takeRecipients} counted for a message that was not accepted. */
  releaseRecipients(credential: Credential, recipients: number): void {
    const state = this.#quotas.get(credential.id);
    if (state !== undefined)
      this.#quotas.set(credential.id, { ...state, used: Math.max(0, state.used - recipients) });
  }

  /** A credential's use, counting nothing; `undefined`: no such limit. May throw errors of the store. */
  async standing(
    credential: Credential,
    nowMs: number,
  ): Promise<{
    readonly messages: LimitStanding | undefined;
    readonly recipients: LimitStanding | undefined;
  }> {
    const { id, ratePerMinute, dailyQuota } = credential;
    return {
      messages:
        ratePerMinute === undefined
          ? undefined
          : messageStanding(this.#buckets.get(id), ratePerMinute, nowMs),
      recipients:
        dailyQuota === undefined
          ? undefined
          : recipientStanding(await this.#quota(id, nowMs), dailyQuota, nowMs),
    };
  }

  async #quota(id: string, nowMs: number): Promise<QuotaState> {
    const known = this.#quotas.get(id);
    const isFresh =
      this.#shared === undefined || nowMs - (this.#readAtMs.get(id) ?? -Infinity) < READ_AGAIN_MS;
    if (known !== undefined && isFresh) return known;
    const day = dayOf(nowMs);
    if (this.#shared !== undefined) this.#readAtMs.set(id, nowMs);
    const used = await this.#recipientsOfDay(id, day);
    // Another message of the credential may have asked at the same time, and been counted; so may other nodes have.
    const now = this.#quotas.get(id);
    const state = now?.day === day ? { day, used: Math.max(now.used, used) } : { day, used };
    this.#quotas.set(id, state);
    return state;
  }
}

function tooFast(ratePerMinute: number, retryAfterSeconds: number): LimitRefusal {
  const text = `Rate limit of ${ratePerMinute} messages a minute reached, try again in ${retryAfterSeconds} seconds`;
  return { ...reply(451, '4.7.1', text), retryAfterSeconds };
}

function messageStanding(
  state: BucketState | undefined,
  ratePerMinute: number,
  nowMs: number,
): LimitStanding {
  const elapsedMs = state === undefined ? 0 : Math.max(0, nowMs - state.atMs);
  const tokens =
    state === undefined
      ? ratePerMinute
      : Math.min(ratePerMinute, state.tokens + (elapsedMs * ratePerMinute) / MINUTE_MS);
  const resetMs = ratePerMinute === 0 ? MINUTE_MS : ((ratePerMinute - tokens) * MINUTE_MS) / ratePerMinute;
  return { quota: ratePerMinute, remaining: Math.floor(tokens), resetSeconds: Math.ceil(resetMs / 1000) };
}

function recipientStanding(state: QuotaState, dailyQuota: number, nowMs: number): LimitStanding {
  const today = dayOf(nowMs);
  const used = state.day >= today ? state.used : 0;
  const resetMs = (Math.max(state.day, today) + 1) * DAY_MS - nowMs;
  return {
    quota: dailyQuota,
    remaining: Math.max(0, dailyQuota - used),
    resetSeconds: Math.ceil(resetMs / 1000),
  };
}

function quotaUsedUp(dailyQuota: number, retryAfterSeconds: number): LimitRefusal {
  const text = `Daily quota of ${dailyQuota} recipients used up, try again in ${retryAfterSeconds} seconds`;
  return { ...reply(452, '4.7.1', text), retryAfterSeconds };
}
