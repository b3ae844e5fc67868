/**
 * Which recipients of a message are new to a holder with a limit of them: neither known to the store, nor in a message that is on
 * its way there. Addresses are hashed with the relay's key before they are kept or asked for. Recipients that the store knows by
 * a hash under a previous key are known, and get one under the present key (upkeep/rehash-memory.ts).
 */
import { BoundedTable } from '../platform/bounded-table.ts';
import type { AcceptedHashes } from '../platform/keyed-hash.ts';
import { suppressionKeyOf } from '../smtp/address-keys.ts';
import { knownRecipientHashes } from '../store/hashed-addresses.ts';
import type { UsageReader } from '../store/usage.ts';
import type { RecipientRehash } from '../store/data-keys.ts';

/** Hashes that the store is not asked about again. */
const KNOWN = 20_000;

export class NewRecipients {
  readonly #reader: Pick<UsageReader, 'knownRecipients'>;
  readonly #hashes: AcceptedHashes;
  /** Hashes under previous keys, by that under the present one; empty without previous keys. */
  readonly #before = new BoundedTable<readonly string[]>(KNOWN);
  /** By holder and hash under the present key: the one that the store has. */
  readonly #stored = new BoundedTable<RecipientRehash>(KNOWN);
  readonly #known = new BoundedTable<true>(KNOWN);
  /** Messages on their way, by holder and hash. */
  readonly #underWay = new Map<string, number>();

  constructor(reader: Pick<UsageReader, 'knownRecipients'>, hashes: AcceptedHashes) {
    this.#reader = reader;
    this.#hashes = hashes;
  }

  /** Under the present key, each once. */
  hashesOf(recipients: readonly string[]): readonly string[] {
    const hashes = recipients.flatMap((recipient) => {
      const [present, ...before] = knownRecipientHashes(suppressionKeyOf(recipient), this.#hashes);
      if (present !== undefined && before.length > 0) this.#before.set(present, before);
      return present ?? [];
    });
    return [...new Set(hashes)];
  }

  /** Learns from the store which of them are known. */
  async learn(holder: string, hashes: readonly string[]): Promise<void> {
    const asked = hashes.filter((hash) => this.#known.get(`${holder} ${hash}`) === undefined);
    if (asked.length === 0) return;
    const presentOf = new Map(
      asked.flatMap((present) =>
        (this.#before.get(present) ?? []).map((before) => [before, present] as const),
      ),
    );
    for (const hash of await this.#reader.knownRecipients(holder, [...asked, ...presentOf.keys()])) {
      const present = presentOf.get(hash);
      this.#known.set(`${holder} ${present ?? hash}`, true);
      if (present !== undefined)
        this.#stored.set(`${holder} ${present}`, { holder, from: hash, to: present });
    }
  }

  /** As the store has them, which counts those that it does not have as new. */
  storedOf(holder: string, hashes: readonly string[]): readonly string[] {
    return this.#stored.size === 0
      ? hashes
      : hashes.map((hash) => this.#stored.get(`${holder} ${hash}`)?.from ?? hash);
  }

  /** At most `limit` of those that the store knows under a previous key; from now on it is given the present hash. */
  takeRehashes(limit: number): readonly RecipientRehash[] {
    const taken = [...this.#stored.entries()].slice(0, limit);
    for (const [key] of taken) this.#stored.delete(key);
    return taken.map(([, rehash]) => rehash);
  }

  /** Those that are not known, after {@link learn}. */
  unknownOf(holder: string, hashes: readonly string[]): readonly string[] {
    return hashes.filter((hash) => this.#known.get(`${holder} ${hash}`) === undefined);
  }

  /** How many of those that are not known are in no other message. */
  countNew(holder: string, unknown: readonly string[]): number {
    return unknown.filter((hash) => !this.#underWay.has(`${holder} ${hash}`)).length;
  }

  begin(holder: string, unknown: readonly string[]): void {
    for (const hash of unknown) {
      const key = `${holder} ${hash}`;
      this.#underWay.set(key, (this.#underWay.get(key) ?? 0) + 1);
    }
  }

  /** Returns the number of those that nothing mails now, which had been counted as new. */
  end(holder: string, unknown: readonly string[], accepted: boolean): number {
    let given = 0;
    for (const hash of unknown) {
      const key = `${holder} ${hash}`;
      const others = (this.#underWay.get(key) ?? 1) - 1;
      if (others > 0) this.#underWay.set(key, others);
      else this.#underWay.delete(key);
      if (accepted) this.#known.set(key, true);
      else if (others === 0 && this.#known.get(key) === undefined) given++;
    }
    return given;
  }
}
