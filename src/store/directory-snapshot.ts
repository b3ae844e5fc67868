/**
 * The directory data that sessions and deliveries look up for every message (credentials, domains and their holders, keys,
 * streams), cached in memory until the directory changes. The same for every engine.
 *
 * A change or a revocation takes effect within half a second, and at once after {@link DirectoryReader.latestVersion}.
 * Additions take effect at once, because only hits are cached. Network credentials are cached as a whole list, which may lack
 * one that was added within the last half second. Memory is bounded. Everything that is not listed here is read each time.
 */
import type { Clock } from '../platform/clock.ts';
import type { DirectoryReader } from './directory.ts';

/** The maximum age of a hit. */
const CHECK_EVERY_MS = 500;
/** Maximum number of cached hits; beyond that the cache is cleared. */
const MOST_HITS = 10_000;

type SnapshotClock = Pick<Clock, 'monotonic'>;

/** `directory` with a cache of hits in front of it. */
export function createDirectorySnapshot(
  directory: DirectoryReader,
  clock: SnapshotClock,
  mostHits = MOST_HITS,
): DirectoryReader {
  const hits = new Hits(directory, clock, mostHits);
  return {
    ...directory,
    accountByName: (name) => hits.get('account', name, () => directory.accountByName(name)),
    findDomain: (accountId, name) => hits.get(accountId, name, () => directory.findDomain(accountId, name)),
    domainHolder: (name) => hits.get('holder', name, () => directory.domainHolder(name)),
    oldestVerifiedDomain: (accountId) =>
      hits.get('oldest', accountId, () => directory.oldestVerifiedDomain(accountId)),
    async dkimKeys(domainId) {
      const found = await hits.get('keys', domainId, async () => {
        const keys = await directory.dkimKeys(domainId);
        return keys.length === 0 ? undefined : keys;
      });
      return found ?? [];
    },
    credentialByUsername: (username) =>
      hits.get('user', username, () => directory.credentialByUsername(username)),
    credentialBySecretHash: (hash) =>
      hits.get('secret', Buffer.from(hash).toString('base64'), () => directory.credentialBySecretHash(hash)),
    credentialByCertificate: (fingerprint) =>
      hits.get('certificate', Buffer.from(fingerprint).toString('base64'), () =>
        directory.credentialByCertificate(fingerprint),
      ),
    networkCredentials: () => hits.get('networks', '', () => directory.networkCredentials()),
    knownStreams: (accountId) => hits.get('streams', accountId, () => directory.knownStreams(accountId)),
    hasHashedSuppressions: (accountId) =>
      hits.get('hashed', accountId, () => directory.hasHashedSuppressions(accountId)),
    latestVersion: () => hits.refresh(),
  };
}

class Hits {
  readonly #directory: Pick<DirectoryReader, 'latestVersion'>;
  readonly #clock: SnapshotClock;
  readonly #mostHits: number;
  /** By group and key. Resolved promises: a hit allocates nothing, and puts no key together. */
  readonly #groups = new Map<string, Map<string, Promise<unknown>>>();
  #size = 0;
  #knownVersion = -1;
  #checkedAtMs = -Infinity;
  /** Callers that arrive while the version is being read share the result. */
  #checking: Promise<unknown> | undefined;

  constructor(directory: Pick<DirectoryReader, 'latestVersion'>, clock: SnapshotClock, mostHits: number) {
    this.#directory = directory;
    this.#clock = clock;
    this.#mostHits = mostHits;
  }

  /** `undefined` is not cached. A group is a kind of data, or an account: its domains. */
  get<T>(group: string, key: string, read: () => Promise<T>): Promise<T> {
    if (this.#clock.monotonic() - this.#checkedAtMs >= CHECK_EVERY_MS) return this.#checked(group, key, read);
    return this.#known<T>(group, key) ?? this.#read(group, key, read);
  }

  /** Reads the version now, and returns it. */
  async refresh(): Promise<number> {
    const askedAtMs = this.#clock.monotonic();
    const version = await this.#directory.latestVersion();
    // Answers may overtake one another; versions only grow.
    if (version > this.#knownVersion) {
      this.#clear();
      this.#knownVersion = version;
    }
    this.#checkedAtMs = Math.max(this.#checkedAtMs, askedAtMs);
    return version;
  }

  #known<T>(group: string, key: string): Promise<T> | undefined {
    return this.#groups.get(group)?.get(key) as Promise<T> | undefined;
  }

  async #checked<T>(group: string, key: string, read: () => Promise<T>): Promise<T> {
    this.#checking ??= this.refresh().finally(() => (this.#checking = undefined));
    await this.#checking;
    return this.#known<T>(group, key) ?? this.#read(group, key, read);
  }

  async #read<T>(group: string, key: string, read: () => Promise<T>): Promise<T> {
    const version = this.#knownVersion;
    const value = await read();
    // An answer that was requested before the new version was known may be older than it.
    if (value !== undefined && version === this.#knownVersion) this.#keep(group, key, value);
    return value;
  }

  #keep(group: string, key: string, value: unknown): void {
    if (this.#size >= this.#mostHits) this.#clear();
    const hits = this.#groups.get(group) ?? new Map<string, Promise<unknown>>();
    this.#groups.set(group, hits);
    if (!hits.has(key)) this.#size++;
    hits.set(key, Promise.resolve(value));
  }

  #clear(): void {
    this.#groups.clear();
    this.#size = 0;
  }
}
