/**
 * Deliveries by the names that a report may use: the recipient's address, ORCPT, or the local part alone. A report
 * names up to a thousand recipients of a message with as many, so they are indexed.
 */
import { suppressionKeyOf } from '../smtp/address-keys.ts';
import type { ReportedDelivery } from '../store/reports.ts';

export class DeliveryIndex {
  readonly #byName = new Map<string, Set<ReportedDelivery>>();
  readonly #byRecipient = new Map<string, Set<ReportedDelivery>>();

  constructor(deliveries: readonly ReportedDelivery[]) {
    for (const delivery of deliveries) {
      const { originalRecipient } = delivery;
      const recipient = keyOf(delivery.recipient);
      add(this.#byRecipient, recipient, delivery);
      add(this.#byName, recipient, delivery);
      // Some reports name a local user only.
      add(this.#byName, recipient.slice(0, Math.max(recipient.lastIndexOf('@'), 0)), delivery);
      if (originalRecipient !== undefined) add(this.#byName, keyOf(addressPart(originalRecipient)), delivery);
    }
  }

  /** The delivery with that name, if there is only one. */
  named(text: string): ReportedDelivery | undefined {
    return theOnly(this.#byName.get(keyOf(text)) ?? []);
  }

  /** True when there is at least one. */
  has(text: string): boolean {
    return this.#byName.has(keyOf(text));
  }

  /** The delivery to any of `addresses`, if there is only one. */
  sentToAny(addresses: readonly string[]): ReportedDelivery | undefined {
    return theOnly(
      new Set(addresses.flatMap((address) => [...(this.#byRecipient.get(keyOf(address)) ?? [])])),
    );
  }
}

function add(map: Map<string, Set<ReportedDelivery>>, name: string, delivery: ReportedDelivery): void {
  if (name === '') return;
  const found = map.get(name);
  if (found === undefined) map.set(name, new Set([delivery]));
  else found.add(delivery);
}

/** `rfc822;user@example.org` without its type. */
function addressPart(typed: string): string {
  return typed.slice(typed.indexOf(';') + 1).trim();
}

function keyOf(text: string): string {
  return suppressionKeyOf(text.trim().replace(/^<(.*)>$/, '$1'));
}

function theOnly<T>(found: Iterable<T>): T | undefined {
  const [only, another] = found;
  return another === undefined ? only : undefined;
}
