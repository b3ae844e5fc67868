/**
 * Ends sessions whose credential was revoked, has expired, got another secret, or no longer allows the client, also
 * when they are idle, in the middle of a message, or held back. Polls the store for changed credentials four times a
 * second, which costs one read of a number while nothing has changed; expiry needs no read. A session that is new, or
 * has another credential, is rechecked once: its credential may have been looked up before the change was seen.
 */
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { DirectoryReader } from '../store/directory.ts';
import type { Credential } from '../store/directory-records.ts';

export interface WatchedSession {
  /** The session's credential; `undefined` before login. */
  readonly holder: Credential | undefined;
  /** Ends the session when its credential is no longer valid. Rejects with errors of the store. */
  recheck(): Promise<void>;
}

export interface SessionWatchOptions {
  readonly directory: Pick<DirectoryReader, 'latestVersion' | 'credentialsChangedSince'>;
  readonly clock: Clock;
  readonly log: Log;
}

const LOOK_EVERY_MS = 250;
const NONE: ReadonlySet<string> = new Set();

export class SessionWatch {
  readonly #options: SessionWatchOptions;
  readonly #sessions = new Set<WatchedSession>();
  /** Sessions whose holder was looked up since the last poll, possibly before a change that this one has seen. */
  #fresh = new Set<WatchedSession>();
  /** `undefined`: recheck all sessions. */
  #seenVersion: number | undefined;
  #timer: Timer | undefined;
  #looking = false;

  constructor(options: SessionWatchOptions) {
    this.#options = options;
  }

  /** Whenever it has another holder, or the same in another version. */
  add(session: WatchedSession): void {
    this.#sessions.add(session);
    this.#fresh.add(session);
    this.#arm();
  }

  remove(session: WatchedSession): void {
    this.#sessions.delete(session);
    this.#fresh.delete(session);
    if (this.#sessions.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    // No polling until the next session.
    this.#seenVersion = undefined;
  }

  #arm(): void {
    if (this.#looking) return;
    this.#timer ??= this.#options.clock.after(LOOK_EVERY_MS, () => {
      this.#timer = undefined;
      void this.#look();
    });
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    const { clock, log } = this.#options;
    this.#looking = true;
    const fresh = this.#fresh;
    this.#fresh = new Set();
    try {
      const changed = await this.#changes();
      const nowMs = clock.now();
      for (const session of this.#sessions) {
        const { holder } = session;
        if (holder === undefined) continue;
        const expired = holder.expiresAtMs !== undefined && holder.expiresAtMs <= nowMs;
        const isAsked = expired || changed === undefined || changed.has(holder.id) || fresh.has(session);
        if (isAsked) await session.recheck();
      }
    } catch (error) {
      // A store that cannot be read revokes nothing; the next poll catches up.
      this.#seenVersion = undefined;
      log.error('credentials cannot be looked up', { reason: String(error) });
    }
    this.#looking = false;
    if (this.#sessions.size > 0) this.#arm();
    else this.#seenVersion = undefined;
  }

  /** Credentials changed since the last poll; `undefined`: unknown. */
  async #changes(): Promise<ReadonlySet<string> | undefined> {
    const { directory } = this.#options;
    const seen = this.#seenVersion;
    const version = await directory.latestVersion();
    this.#seenVersion = version;
    if (version === seen) return NONE;
    const changed = seen === undefined ? undefined : await directory.credentialsChangedSince(seen);
    return changed && new Set(changed);
  }
}
