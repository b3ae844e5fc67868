/**
 * The key that signs requests to `operator.webhook`: made from the master key and the address, so that nothing is stored,
 * and no receiver can pass a notice on to another as its own. Another master key makes another key of it: while a previous one
 * is accepted requests are signed with both, so that the receiver can be given the new one.
 */
import type { KeyedHash } from '../platform/keyed-hash.ts';

/** 32 octets, under the present master key; webhookSecret writes them as receivers take them. */
export function operatorWebhookKey(url: string, box: Pick<KeyedHash, 'hmac'>): Uint8Array {
  return box.hmac(nameOf(url));
}

/** Under each accepted master key, the present one first. */
export function operatorWebhookKeys(url: string, box: Pick<KeyedHash, 'hmacs'>): readonly Uint8Array[] {
  return box.hmacs(nameOf(url));
}

function nameOf(url: string): string {
  return `operator webhook ${url}`;
}
