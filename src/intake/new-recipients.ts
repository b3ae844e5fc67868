/**
 * Which recipients of a message are new to a holder with a limit of them: neither known to the store, nor in a message that is on
 * its way there. Addresses are hashed with the relay's key before they are kept or asked for.
 */
import { BoundedTable } from '../platform/bounded-table.ts';
import type { SecretBox } from '../platform/secret-box.ts';
import { suppressionKeyOf } from '../smtp/address-keys.ts';
import type { UsageReader } from '../store/usage.ts';

/** Hashes that the store is not asked about again. */
const KNOWN = 20_000;
const HASH_OCTETS = 16;

export class NewRecipients {
  readonly #reader: Pick<UsageReader, 'knownRecipients'>;
  readonly #hmac: SecretBox['hmac'];
  readonly #known = new BoundedTable<true>(KNOWN);
  /** Messages on their way, by holder and hash. */
  readonly #underWay = new Map<string, number>();

  constructor(reader: Pick<UsageReader, 'knownRecipients'>, hmac: SecretBox['hmac']) {
    this.#reader = reader;
    this.#hmac = hmac;
  }

  /** Each once. */
  hashesOf(recipients: readonly string[]): readonly string[] {
    const hashes = recipients.map((recipient) => {
      const hash = this.#hmac(`recipient ${suppressionKeyOf(recipient)}`).subarray(0, HASH_OCTETS);
      return Buffer.from(hash).toString('base64');
    });
    return [...new Set(hashes)];
  }

  /** Learns from the store which of them are known. */
  async learn(holder: string, hashes: readonly string[]): Promise<void> {
    const asked = hashes.filter((hash) => this.#known.get(`${holder} ${hash}`) === undefined);
    if (asked.length === 0) return;
    for (const hash of await this.#reader.knownRecipients(holder, asked))
      this.#known.set(`${holder} ${hash}`, true);
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
