/**
 * "Nothing waits when it may go": mail to a site that is well, which nobody holds and no limit concerns, is not left lying,
 * in the database or in the relay's hands. Asked every minute. A limit concerns it when half of it was used at any time
 * while it waited: what is being given out to nodes, and what a process took with it, is nobody's to see from outside.
 */
import type { LedgerDelivery } from '../ledger-entries.ts';
import { MINUTE_MS } from '../durations.ts';
import type { Promises } from '../promises.ts';
import { kindOf, type LimitWatch } from './limit-watch.ts';
import type { SeenMail } from './planned-rules.ts';

/** A destination that waits for a limit is looked at again within ten minutes; a look-up and a queue lie behind it. */
export const LONGEST_IDLE_MS = 12 * MINUTE_MS;
/** What a site said has an effect for the time that the rules say, and a while longer by steps. */
const AFTER_REFUSAL_MS = 6 * 60 * MINUTE_MS;

export interface IdleWatchOptions {
  readonly promises: Promises;
  readonly limits: LimitWatch;
  readonly elapsedMs: () => number;
  /** Mail to a site with limits as it is seen there; `undefined`: to another site. */
  readonly seen: (delivery: LedgerDelivery) => SeenMail | undefined;
}

export interface IdleLook {
  /** World time since which process and disk are well. */
  readonly calmSinceMs: number;
  /** Deliveries that wait in the database (WaitingMail), or are in hand and not under way. */
  readonly waiting: Iterable<LedgerDelivery>;
  /** Connections, or room in memory, are not to be had. */
  readonly isFull: boolean;
}

export class IdleWatch {
  readonly counts = { looked: 0 };
  readonly #options: IdleWatchOptions;
  #waitsSinceMs = new Map<LedgerDelivery, number>();
  /** World time at which a site refused something, by its name and its provider's. */
  readonly #refusedAtMs = new Map<string, number>();

  constructor(options: IdleWatchOptions) {
    this.#options = options;
  }

  /** A host of the site did not take a connection or a message. */
  refused({ site, provider }: Pick<SeenMail, 'site' | 'provider'>): void {
    for (const name of [site, provider])
      if (name !== undefined) this.#refusedAtMs.set(name, this.#options.elapsedMs());
  }

  /** A limit that the relay has set itself then lasts, from now on, as long as it was to last at first. */
  clockSetBack(): void {
    const nowMs = this.#options.elapsedMs();
    for (const [name, atMs] of this.#refusedAtMs)
      if (nowMs - atMs < AFTER_REFUSAL_MS) this.#refusedAtMs.set(name, nowMs);
  }

  look({ calmSinceMs, waiting, isFull }: IdleLook): void {
    const nowMs = this.#options.elapsedMs();
    const before = this.#waitsSinceMs;
    this.#waitsSinceMs = new Map();
    if (isFull) return;
    const rooms = new Map<string, boolean>();
    for (const delivery of waiting) {
      const mail = this.#options.seen(delivery);
      if (mail === undefined) continue;
      const sinceMs = before.get(delivery) ?? nowMs;
      this.#waitsSinceMs.set(delivery, sinceMs);
      this.#check(delivery, mail, { waitsSinceMs: Math.max(sinceMs, calmSinceMs), rooms });
    }
  }

  /** `rooms`: whether there was room, for mail of which that was asked in this look. */
  #check(
    { id }: LedgerDelivery,
    mail: SeenMail,
    { waitsSinceMs, rooms }: { readonly waitsSinceMs: number; readonly rooms: Map<string, boolean> },
  ): void {
    const { limits, promises, elapsedMs } = this.#options;
    const nowMs = elapsedMs();
    this.counts.looked++;
    const refusedAtMs = Math.max(
      this.#refusedAtMs.get(mail.site) ?? -Infinity,
      this.#refusedAtMs.get(mail.provider ?? '') ?? -Infinity,
    );
    if (nowMs - refusedAtMs < AFTER_REFUSAL_MS) return;
    const idleMs = nowMs - Math.max(waitsSinceMs, limits.lastBegunAtMs(mail));
    if (idleMs <= LONGEST_IDLE_MS) return;
    const kind = kindOf(mail);
    const room = rooms.get(kind) ?? limits.hadRoom(mail, nowMs - LONGEST_IDLE_MS);
    rooms.set(kind, room);
    if (!room) return;
    promises.breaks(
      `${id} to ${mail.domain} waits for ${Math.round(idleMs / MINUTE_MS)} minutes, and may go`,
    );
  }
}
