/**
 * What sessions and deliveries look up for every message (credentials, domains and who holds them, keys, streams), kept in
 * memory until the directory changes. In front of any engine; the same for all.
 *
 * Promises: a change or a revocation counts within half a second, and at once after {@link DirectoryReader.latestVersion};
 * what was added counts at once, since only hits are kept. Network credentials are kept as a whole list, which may lack one that
 * was added within the last half second. Memory is bounded. What is not listed here is asked each time.
 */
import type { Clock } from '../platform/clock.ts';
import type { DirectoryReader } from './directory.ts';

/** A hit may be this old. */
const CHECK_EVERY_MS = 500;
/** Hits kept; beyond that the memory starts afresh. */
const MOST_HITS = 10_000;

type SnapshotClock = Pick<Clock, 'monotonic'>;

/** `directory` with hits kept in front of it. */
export function createDirectorySnapshot(
  directory: DirectoryReader,
  clock: SnapshotClock,
  mostHits = MOST_HITS,
): DirectoryReader {
  const hits = new Hits(directory, clock, mostHits);
  return {
    ...directory,
    accountByName: (name) => hits.get(`account ${name}`, () => directory.accountByName(name)),
    findDomain: (accountId, name) =>
      hits.get(`domain ${accountId} ${name}`, () => directory.findDomain(accountId, name)),
    domainHolder: (name) => hits.get(`holder ${name}`, () => directory.domainHolder(name)),
    oldestVerifiedDomain: (accountId) =>
      hits.get(`oldest ${accountId}`, () => directory.oldestVerifiedDomain(accountId)),
    async dkimKeys(domainId) {
      const found = await hits.get(`keys ${domainId}`, async () => {
        const keys = await directory.dkimKeys(domainId);
        return keys.length === 0 ? undefined : keys;
      });
      return found ?? [];
    },
    credentialByUsername: (username) =>
      hits.get(`user ${username}`, () => directory.credentialByUsername(username)),
    credentialBySecretHash: (hash) =>
      hits.get(`secret ${Buffer.from(hash).toString('base64')}`, () =>
        directory.credentialBySecretHash(hash),
      ),
    networkCredentials: async () => (await hits.get('networks', () => directory.networkCredentials())) ?? [],
    streamByName: (accountId, name) =>
      hits.get(`stream ${accountId} ${name}`, () => directory.streamByName(accountId, name)),
    latestVersion: () => hits.refresh(),
  };
}

class Hits {
  readonly #directory: Pick<DirectoryReader, 'latestVersion'>;
  readonly #clock: SnapshotClock;
  readonly #mostHits: number;
  /** The answers as they are returned, so that a hit makes nothing. */
  readonly #values = new Map<string, Promise<unknown>>();
  #knownVersion = -1;
  #checkedAtMs = -Infinity;
  /** Those who come while the version is asked for wait for the same answer. */
  #checking: Promise<unknown> | undefined;

  constructor(directory: Pick<DirectoryReader, 'latestVersion'>, clock: SnapshotClock, mostHits: number) {
    this.#directory = directory;
    this.#clock = clock;
    this.#mostHits = mostHits;
  }

  get<T>(key: string, read: () => Promise<T | undefined>): Promise<T | undefined> {
    if (this.#clock.monotonic() - this.#checkedAtMs >= CHECK_EVERY_MS) return this.#checked(key, read);
    return (this.#values.get(key) as Promise<T> | undefined) ?? this.#read(key, read);
  }

  /** Looks at the version now, and returns it. */
  async refresh(): Promise<number> {
    const askedAtMs = this.#clock.monotonic();
    const version = await this.#directory.latestVersion();
    // Answers may overtake one another; versions only grow.
    if (version > this.#knownVersion) {
      this.#values.clear();
      this.#knownVersion = version;
    }
    this.#checkedAtMs = Math.max(this.#checkedAtMs, askedAtMs);
    return version;
  }

  async #checked<T>(key: string, read: () => Promise<T | undefined>): Promise<T | undefined> {
    this.#checking ??= this.refresh().finally(() => (this.#checking = undefined));
    await this.#checking;
    return (this.#values.get(key) as Promise<T> | undefined) ?? this.#read(key, read);
  }

  async #read<T>(key: string, read: () => Promise<T | undefined>): Promise<T | undefined> {
    const version = this.#knownVersion;
    const value = await read();
    // What was read before the directory is known to have moved may be of before.
    if (value !== undefined && version === this.#knownVersion) this.#keep(key, value);
    return value;
  }

  #keep(key: string, value: unknown): void {
    if (this.#values.size >= this.#mostHits) this.#values.clear();
    this.#values.set(key, Promise.resolve(value));
  }
}
