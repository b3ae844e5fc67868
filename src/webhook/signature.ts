/**
 * Signatures by Standard Webhooks (standardwebhooks.com, 1.0.0): HMAC-SHA-256 over `id.timestamp.body`, with a secret
 * shared with the receiver. While a secret is being rotated, both sign and a receiver accepts either.
 */
import { createHmac } from 'node:crypto';
import type { Random } from '../platform/random.ts';

/** Octets of a secret: the length of the hash. The scheme allows 24 to 64. */
const SECRET_BYTES = 32;
const SECRET_PREFIX = 'whsec_';

export function makeWebhookKey(random: Random): Uint8Array {
  return random.bytes(SECRET_BYTES);
}

/** In the form that receivers' libraries take: `whsec_` and base64. */
export function webhookSecret(key: Uint8Array): string {
  return SECRET_PREFIX + Buffer.from(key).toString('base64');
}

export interface Signed {
  /** The same at every attempt. Contains no full stop. */
  readonly id: string;
  /** Of this attempt: receivers refuse signatures that are minutes old. */
  readonly atMs: number;
  readonly body: string;
  /** One or more; each signs. */
  readonly keys: readonly Uint8Array[];
}

export interface SignatureHeaders {
  readonly 'webhook-id': string;
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
}

export function signatureHeaders({ id, atMs, body, keys }: Signed): SignatureHeaders {
  const timestamp = String(Math.floor(atMs / 1000));
  const signatures = keys.map((key) => {
    const digest = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`, 'utf8').digest('base64');
    return `v1,${digest}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
