/** Signing keys of webhooks: sealed in the store, in clear in memory only. */
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import type { SecretBox } from '../platform/secret-box.ts';
import type { Webhook } from '../store/webhooks.ts';
import { makeWebhookKey, webhookSecret } from './signature.ts';

/** A new key, sealed for the store and in the form shown once to the user. */
export function makeSealedKey(
  webhookId: string,
  box: Pick<SecretBox, 'seal'>,
  random: Random,
): { readonly sealed: Uint8Array; readonly secret: string } {
  const key = makeWebhookKey(random);
  return { sealed: box.seal(key, webhookSealContext(webhookId)), secret: webhookSecret(key) };
}

type Sealed = Pick<Webhook, 'id' | 'sealedSecret' | 'sealedPreviousSecret' | 'previousUntilMs'>;

/** The present key, and the previous one during its overlap. SecretBoxError `cannot-open`. */
export function signingKeys(
  webhook: Sealed,
  box: Pick<SecretBox, 'open'>,
  nowMs: number,
): readonly Uint8Array[] {
  return validKeys(webhook, openAll(webhook, box), nowMs);
}

/** Keys opened once for each state of a webhook: opening costs more than signing. */
export class OpenedKeys {
  readonly #box: Pick<SecretBox, 'open'>;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #opened = new WeakMap<Sealed, readonly Uint8Array[]>();

  constructor(box: Pick<SecretBox, 'open'>, clock: Pick<Clock, 'now'>) {
    this.#box = box;
    this.#clock = clock;
  }

  /** SecretBoxError `cannot-open`. */
  of(webhook: Sealed): readonly Uint8Array[] {
    const keys = this.#opened.get(webhook) ?? openAll(webhook, this.#box);
    this.#opened.set(webhook, keys);
    return validKeys(webhook, keys, this.#clock.now());
  }
}

function openAll(
  { id, sealedSecret, sealedPreviousSecret }: Sealed,
  box: Pick<SecretBox, 'open'>,
): readonly Uint8Array[] {
  const sealed = sealedPreviousSecret === undefined ? [sealedSecret] : [sealedSecret, sealedPreviousSecret];
  return sealed.map((one) => box.open(one, webhookSealContext(id)));
}

function validKeys(
  { previousUntilMs = 0 }: Sealed,
  keys: readonly Uint8Array[],
  nowMs: number,
): readonly Uint8Array[] {
  return nowMs < previousUntilMs ? keys : keys.slice(0, 1);
}

/** Sealing context of a webhook's key (platform/secret-box.ts). */
export function webhookSealContext(webhookId: string): string {
  return `webhook:${webhookId}`;
}
