/** Failed logins and the blocks that follow from them are cleared, by an operator. */
import { readClientAddress } from '../platform/network/client-network.ts';
import { clearedKey, throttleKeyHash, type Cleared } from '../policy/login-throttle.ts';
import type { With } from './admin-context.ts';
import { invalid, type AdminRefusal } from './refusal.ts';

/** An address as it is typed, normalized. */
export function readLoginAddress(text: string): string | AdminRefusal {
  const address = readClientAddress(text.trim());
  return address ?? invalid('address', (nameOf) => `${nameOf('address')} ${text} is not an IP address`);
}

/** Durable when it resolves; other nodes learn of it within seconds, and a running relay has to be told as well. */
export async function clearLogins(
  cleared: Cleared,
  { logins, box, clock, actor }: With<'logins' | 'box' | 'clock'>,
): Promise<void> {
  const wanted = clearedKey(cleared);
  const hash = throttleKeyHash((text) => [box.hmac(text)]);
  const what = cleared === 'all' ? 'all' : { text: 'address' in cleared ? cleared.address : cleared.user };
  // Under the present key: it counts before what was written under another one.
  const [key] = wanted === undefined ? [] : hash(wanted.key);
  const stored = wanted && key !== undefined ? { kind: wanted.kind, key } : undefined;
  await logins.clearLogins(stored, what, clock.now(), actor);
}
