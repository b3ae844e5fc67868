/**
 * Messages against the storage of their account. What is kept is the store's, asked for each message of an account with a limit;
 * what is on its way into the store is added, so that the messages of one process never exceed the limit together. A message
 * whose commit is not known here yet may count twice: for that moment a message that just fits is told to come again.
 */
import type { Reply } from '../smtp/reply.ts';
import { reply } from '../smtp/server/replies.ts';
import type { Credential } from '../store/directory-records.ts';
import type { UsageReader } from '../store/usage.ts';
import type { LimitRefusal } from './usage-refusals.ts';

type Of = Pick<Credential, 'accountId' | 'accountName' | 'accountStorageBytes'>;

/** Retention gives back; whoever waits that long asks seldom. */
const RETRY_SECONDS = 60;

/** Octets that are on their way into the store; to be given back. */
export interface StorageBooking {
  readonly accountId: string;
  readonly octets: number;
}

export class StorageUse {
  readonly #reader: Pick<UsageReader, 'storageOf'>;
  readonly #underWay = new Map<string, number>();

  constructor(reader: Pick<UsageReader, 'storageOf'>) {
    this.#reader = reader;
  }

  /** The refusal of `octets` more, counting nothing. May reject with StoreError. */
  async lacking(credential: Of, octets: number): Promise<LimitRefusal | undefined> {
    const ahead = this.#underWay.get(credential.accountId) ?? 0;
    return this.#refuse(credential, ahead + octets);
  }

  /** Books `octets` or refuses them; `undefined`: the account has no limit. May reject with StoreError, having booked nothing. */
  async take(credential: Of, octets: number): Promise<StorageBooking | LimitRefusal | undefined> {
    const { accountId, accountStorageBytes } = credential;
    if (accountStorageBytes === undefined) return undefined;
    const ahead = this.#underWay.get(accountId) ?? 0;
    const booking = { accountId, octets };
    // Before the store is asked: whatever it does not answer yet is here.
    this.#underWay.set(accountId, ahead + octets);
    try {
      const refusal = await this.#refuse(credential, ahead + octets);
      if (refusal === undefined) return booking;
      this.giveBack(booking);
      return refusal;
    } catch (error) {
      this.giveBack(booking);
      throw error;
    }
  }

  /** The message is stored, where it counts, or is not going to be. */
  giveBack({ accountId, octets }: StorageBooking): void {
    const left = (this.#underWay.get(accountId) ?? 0) - octets;
    if (left > 0) this.#underWay.set(accountId, left);
    else this.#underWay.delete(accountId);
  }

  async #refuse(credential: Of, octets: number): Promise<LimitRefusal | undefined> {
    const { accountId, accountName, accountStorageBytes: most } = credential;
    if (most === undefined) return undefined;
    const kept = (await this.#reader.storageOf(accountId))?.octets ?? 0;
    if (kept + octets <= most) return undefined;
    return { ...storageFull(accountName, most), retryAfterSeconds: RETRY_SECONDS };
  }
}

/** RFC 3463 §3.4: X.3.1 is the storage of the mail system, X.2.2 would be the mailbox of a recipient. */
function storageFull(accountName: string, most: number): Reply {
  const text = `Storage limit of ${most} octets for the account reached, try again when content is removed`;
  return reply(452, '4.3.1', `${text}, or: relayctl account change ${accountName} --storage SIZE`);
}
