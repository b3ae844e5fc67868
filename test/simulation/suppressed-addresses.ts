/** Who is not to be mailed, and who once was not: by what is durable. */
import { suppressionKeyOf } from '../../src/smtp/address-keys.ts';
import type { LedgerDelivery } from './ledger-entries.ts';

export class SuppressedAddresses {
  /** Account and address; false: not any more. */
  readonly #known = new Map<string, boolean>();

  add(accountId: string, address: string): void {
    this.#known.set(`${accountId} ${address}`, true);
  }

  remove(accountId: string, address: string): void {
    const key = `${accountId} ${address}`;
    if (this.#known.has(key)) this.#known.set(key, false);
  }

  isOf(delivery: LedgerDelivery): boolean {
    return this.#known.get(keyOf(delivery)) === true;
  }

  /** Now or earlier. */
  wasOf(delivery: LedgerDelivery): boolean {
    return this.#known.has(keyOf(delivery));
  }
}

function keyOf({ message, recipient }: LedgerDelivery): string {
  return `${message.facts.accountId} ${suppressionKeyOf(recipient)}`;
}
