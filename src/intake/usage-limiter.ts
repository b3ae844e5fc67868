/**
 * The use of credentials and accounts against their limits, for every protocol: a message is checked against those of its
 * credential and of its account. Rates (usage-rates.ts) are in memory; hours and days (usage-counts.ts) are the store's, exact
 * over restarts: what was accepted counts, what was refused does not. Without limits nothing is done.
 */
import { isPromise } from 'node:util/types';
import type { AcceptedHashes } from '../platform/keyed-hash.ts';
import type { RecipientRehash } from '../store/data-keys.ts';
import {
  HOUR_SECONDS,
  LIMIT_FACTS,
  USAGE_LIMITS,
  type Counted,
  type UsageHolder,
  type UsageLimitName,
} from '../policy/usage-limits.ts';
import type { Credential } from '../store/directory-records.ts';
import type { CountedUse, UsageOfPeriod, UsageReader } from '../store/usage.ts';
import { NewRecipients } from './new-recipients.ts';
import type { SharedRates } from './shared-rates.ts';
import { haveLimitOf, holdersOf, isLimited } from './usage-holders.ts';
import { StorageUse, type StorageBooking } from './storage-use.ts';
import { isStoreCounted, NOTHING, UsageCounts, type Booking } from './usage-counts.ts';
import { ratesOf, UsageRates, type Rate } from './usage-rates.ts';
import { limitsUnknown, type LimitRefusal } from './usage-refusals.ts';

type Answer = LimitRefusal | undefined;

/** The rest of a limit, and the seconds until it is complete. */
export interface LimitStanding {
  readonly quota: number;
  readonly windowSeconds: number;
  readonly remaining: number;
  readonly resetSeconds: number;
}

/** A message that was counted and is not stored yet; to be settled. */
export interface Reservation {
  /** For the store, which counts in the accepting transaction. */
  readonly uses: readonly CountedUse[] | undefined;
  /** Of an account with a limit of storage. */
  readonly storage?: StorageBooking | undefined;
  readonly recipients: number;
  readonly rates: readonly Rate[];
  readonly bookings: readonly (Booking & {
    /** Keyed, of all its recipients where new ones are limited; and those that were not known. */
    readonly hashes: readonly string[];
    readonly unknown: readonly string[];
  })[];
}

export interface UsageLimiterOptions {
  readonly reader: UsageReader;
  readonly hashes: AcceptedHashes;
  /** With other nodes. */
  readonly shared?: SharedRates | undefined;
}

interface Limited {
  readonly holders: readonly UsageHolder[];
  /** Those with limits of hours or days. */
  readonly counted: readonly UsageHolder[];
  readonly messageRates: readonly Rate[];
  readonly recipientRates: readonly Rate[];
}

export class UsageLimiter {
  readonly #rates: UsageRates;
  readonly #counts: UsageCounts;
  readonly #newRecipients: NewRecipients;
  readonly #storage: StorageUse;
  readonly #limited = new WeakMap<Credential, Limited>();

  constructor({ reader, hashes, shared }: UsageLimiterOptions) {
    this.#rates = new UsageRates(shared);
    this.#counts = new UsageCounts(reader, shared !== undefined);
    this.#newRecipients = new NewRecipients(reader, hashes);
    this.#storage = new StorageUse(reader);
  }

  /**
   * Counts one message against the rates; the hour, the day and, of so many `octets`, the storage are only looked at. A refusal
   * gives the time to wait.
   */
  takeMessage(credential: Credential, nowMs: number, octets?: number): Answer | Promise<Answer> {
    if (!isLimited(credential)) return undefined;
    if (octets !== undefined && credential.accountStorageBytes !== undefined)
      return this.#storage
        .lacking(credential, octets)
        .then((refusal) => refusal ?? this.takeMessage(credential, nowMs), limitsUnknown);
    const { counted, messageRates } = this.#of(credential);
    const take = () => this.#rates.take(messageRates, 1, nowMs);
    if (!haveLimitOf(counted, 'messages')) return take();
    const checked = this.#check(counted, { ...NOTHING, messages: 1 }, nowMs);
    if (isPromise(checked)) return checked.then((refusal) => refusal ?? take());
    return checked ?? take();
  }

  /** Whether a transaction may have so many recipients, the last of them `recipient`. Counts nothing. */
  checkRecipients(
    credential: Credential,
    recipients: number,
    recipient: string,
    nowMs: number,
  ): Answer | Promise<Answer> {
    if (!isLimited(credential)) return undefined;
    const { counted, recipientRates } = this.#of(credential);
    const refusal = this.#rates.lacking(recipientRates, recipients, nowMs);
    if (refusal !== undefined) return refusal;
    if (!haveLimitOf(counted, 'recipients') && !haveLimitOf(counted, 'newRecipients')) return undefined;
    return this.#checkRecipients(counted, recipients, recipient, nowMs);
  }

  /**
   * Counts a message that is about to be stored, all or nothing; `undefined`: nothing counts it. To be settled, whatever becomes
   * of it. May reject with StoreError.
   */
  reserve(
    credential: Credential,
    recipients: readonly string[],
    nowMs: number,
    octets = 0,
  ): Reservation | Answer | Promise<Reservation | Answer> {
    if (isLimited(credential)) return this.#reserve(credential, recipients, nowMs, octets);
    this.#counts.forget(credential.id);
    return undefined;
  }

  /** The message of `reservation` was accepted, or was not. */
  settle(reservation: Reservation | undefined, accepted: boolean, nowMs: number): void {
    if (reservation === undefined) return;
    if (reservation.storage !== undefined) this.#storage.giveBack(reservation.storage);
    if (!accepted) this.#rates.giveBack(reservation.rates, reservation.recipients, nowMs);
    for (const booking of reservation.bookings) {
      const given = this.#newRecipients.end(booking.holder.id, booking.unknown, accepted);
      if (!accepted) this.#counts.subtract(booking, { ...booking.amount, newRecipients: given });
    }
  }

  /** Of each kind the limit of which least is left, counting nothing. May reject with StoreError. */
  async standing(
    credential: Credential,
    nowMs: number,
  ): Promise<Readonly<Partial<Record<Counted, LimitStanding>>>> {
    const { holders, counted, messageRates, recipientRates } = this.#of(credential);
    for (const holder of counted) await this.#counts.load(holder, nowMs);
    const nearest: Partial<Record<Counted, LimitStanding>> = {};
    for (const holder of holders)
      for (const name of USAGE_LIMITS) {
        const quota = holder.limits[name];
        if (quota === undefined) continue;
        const { counts: what, seconds: windowSeconds } = LIMIT_FACTS[name];
        const rate = [...messageRates, ...recipientRates].find(
          (one) => one.holder === holder && one.limit === name,
        );
        const left =
          rate === undefined ? this.#counts.standing(holder, name, nowMs) : this.#rates.standing(rate, nowMs);
        if (left.remaining < (nearest[what]?.remaining ?? Infinity))
          nearest[what] = { quota, windowSeconds, ...left };
      }
    return nearest;
  }

  /** What this process knows of a limit by the second or minute of the credential's account; `undefined`: it has none. */
  accountRate(credential: Credential, limit: UsageLimitName, nowMs: number) {
    const { messageRates, recipientRates } = this.#of(credential);
    const rate = [...messageRates, ...recipientRates].find(
      (one) => one.holder.kind === 'account' && one.limit === limit,
    );
    return rate && this.#rates.standing(rate, nowMs);
  }

  async #checkRecipients(
    counted: readonly UsageHolder[],
    recipients: number,
    recipient: string,
    nowMs: number,
  ): Promise<Answer> {
    const checked = await this.#check(counted, { ...NOTHING, recipients }, nowMs);
    if (checked !== undefined) return checked;
    for (const holder of counted) {
      if (holder.limits.new_recipients_per_day === undefined) continue;
      const amount = { ...NOTHING, newRecipients: 1 };
      const used = this.#counts.lacking(holder, amount, nowMs);
      if (used === undefined) continue;
      const hashes = this.#newRecipients.hashesOf([recipient]);
      await this.#newRecipients.learn(holder.id, hashes);
      if (this.#newRecipients.unknownOf(holder.id, hashes).length > 0) return used;
    }
    return undefined;
  }

  #check(counted: readonly UsageHolder[], amount: UsageOfPeriod, nowMs: number): Answer | Promise<Answer> {
    const look = () => firstOf(counted, (holder) => this.#counts.lacking(holder, amount, nowMs));
    const loading = counted.flatMap((holder) => this.#counts.load(holder, nowMs) ?? []);
    if (loading.length === 0) return look();
    return Promise.all(loading).then(look, limitsUnknown);
  }

  async #reserve(
    credential: Credential,
    recipients: readonly string[],
    nowMs: number,
    octets: number,
  ): Promise<Reservation | Answer> {
    const storage = await this.#storage.take(credential, octets);
    if (storage === undefined) return this.#reserveUse(credential, recipients, nowMs);
    if ('code' in storage) return storage;
    let reserved: Reservation | Answer;
    try {
      reserved = await this.#reserveUse(credential, recipients, nowMs);
      if (reserved !== undefined && 'bookings' in reserved) return { ...reserved, storage };
    } catch (error) {
      this.#storage.giveBack(storage);
      throw error;
    }
    this.#storage.giveBack(storage);
    return reserved;
  }

  /** Known recipients to be hashed under the present master key. */
  takeRehashes(limit: number): readonly RecipientRehash[] {
    return this.#newRecipients.takeRehashes(limit);
  }

  async #reserveUse(
    credential: Credential,
    recipients: readonly string[],
    nowMs: number,
  ): Promise<Reservation | Answer> {
    const { holders, counted, recipientRates: rates } = this.#of(credential);
    for (const holder of holders) if (!counted.includes(holder)) this.#counts.forget(holder.id);
    const asksNew = haveLimitOf(counted, 'newRecipients');
    const hashes = asksNew ? this.#newRecipients.hashesOf(recipients) : [];
    const hashesFor = ({ limits: { new_recipients_per_day: most } }: UsageHolder) =>
      most === undefined ? [] : hashes;
    for (const holder of counted) {
      await this.#counts.load(holder, nowMs);
      await this.#newRecipients.learn(holder.id, hashesFor(holder));
    }
    const refusal = await this.#rates.take(rates, recipients.length, nowMs);
    if (refusal !== undefined) return refusal;
    // Looked at and counted without a wait in between.
    const amounts = counted.map((holder) => {
      const unknown = this.#newRecipients.unknownOf(holder.id, hashesFor(holder));
      const newRecipients = this.#newRecipients.countNew(holder.id, unknown);
      return { holder, unknown, amount: { messages: 1, recipients: recipients.length, newRecipients } };
    });
    const atLimit = firstOf(amounts, ({ holder, amount }) => this.#counts.lacking(holder, amount, nowMs));
    if (atLimit !== undefined) {
      this.#rates.giveBack(rates, recipients.length, nowMs);
      return atLimit;
    }
    const bookings = amounts.map(({ holder, unknown, amount }) => {
      this.#newRecipients.begin(holder.id, unknown);
      const stored = this.#newRecipients.storedOf(holder.id, hashesFor(holder));
      return { ...this.#counts.add(holder, amount, nowMs), hashes: stored, unknown };
    });
    return { uses: usesOf(bookings), recipients: recipients.length, rates, bookings };
  }

  #of(credential: Credential): Limited {
    const known = this.#limited.get(credential);
    if (known !== undefined) return known;
    const holders = holdersOf(credential);
    const limited = {
      holders,
      counted: holders.filter(({ limits }) =>
        USAGE_LIMITS.some((name) => limits[name] !== undefined && LIMIT_FACTS[name].seconds >= HOUR_SECONDS),
      ),
      messageRates: ratesOf(holders, 'messages'),
      recipientRates: ratesOf(holders, 'recipients'),
    };
    this.#limited.set(credential, limited);
    return limited;
  }
}

function usesOf(bookings: Reservation['bookings']): readonly CountedUse[] | undefined {
  const uses = bookings
    .filter(({ holder }) => isStoreCounted(holder))
    .map(({ holder, hashes }) =>
      hashes.length === 0 ? { holder: holder.id } : { holder: holder.id, recipientHashes: hashes },
    );
  return uses.length === 0 ? undefined : uses;
}

function firstOf<T>(all: readonly T[], refusalOf: (one: T) => Answer): Answer {
  for (const one of all) {
    const refusal = refusalOf(one);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}
