/**
 * Deliveries by the names that a report may give them: the address that was sent to, ORCPT, or the local part alone. A
 * report names up to a thousand recipients of a message that has as many: each is looked up, not searched for.
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
      // Some name a local user only.
      add(this.#byName, recipient.slice(0, Math.max(recipient.lastIndexOf('@'), 0)), delivery);
      if (originalRecipient !== undefined) add(this.#byName, keyOf(addressPart(originalRecipient)), delivery);
    }
  }

  /** The only one of that name. */
  named(text: string): ReportedDelivery | undefined {
    return theOnly(this.#byName.get(keyOf(text)) ?? []);
  }

  /** There is one of that name, or more. */
  has(text: string): boolean {
    return this.#byName.has(keyOf(text));
  }

  /** The only one that was sent to any of `addresses`. */
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
