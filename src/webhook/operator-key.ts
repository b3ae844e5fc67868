/**
 * The key that signs requests to `operator.webhook`: made from the master key and the address, so that nothing is stored,
 * and no receiver can pass a notice on to another as its own.
 */
import type { SecretBox } from '../platform/secret-box.ts';

/** 32 octets; webhookSecret writes them as receivers take them. */
export function operatorWebhookKey(url: string, box: Pick<SecretBox, 'hmac'>): Uint8Array {
  return box.hmac(`operator webhook ${url}`);
}
