/**
 * Hosts where TLS is established and then fails: the session ends at MAIL, RCPT or DATA, or a reply there reports that TLS
 * is broken. After two such sessions in a row the host gets clear text for a while, since opportunistic TLS that prevents
 * delivery protects nobody. RFC 7435 §3. Not used where TLS is required.
 */
import type { Attempt } from '../attempt/attempt.ts';

const FAILURES_IN_ROW = 2;
/** In clear for this long, then TLS gets its next chance. */
const REMEMBERED_MS = 3_600_000;
/** The oldest is forgotten first. */
const MAX_ADDRESSES = 10_000;

export class TlsTroubles {
  readonly #failures = new Map<
    string,
    { readonly count: number; readonly atMs: number; readonly text: string }
  >();

  /** Records the TLS result of an attempt; true when TLS broke. `nowMs` is monotonic. */
  heard(attempt: Attempt, nowMs: number): boolean {
    const { remote, tls, result } = attempt;
    if (tls === undefined) return false;
    const text = troubleOf(attempt);
    if (text === undefined) {
      if (result.kind === 'replied') this.#failures.delete(remote.address);
      return false;
    }
    const count = (this.#failures.get(remote.address)?.count ?? 0) + 1;
    this.#failures.delete(remote.address);
    this.#failures.set(remote.address, { count, atMs: nowMs, text });
    if (this.#failures.size > MAX_ADDRESSES)
      for (const oldest of this.#failures.keys()) {
        this.#failures.delete(oldest);
        break;
      }
    return true;
  }

  /** Why TLS is not to be used with the host at `address`; `undefined`: it is. */
  reason(address: string, nowMs: number): string | undefined {
    const trouble = this.#failures.get(address);
    if (trouble === undefined || trouble.count < FAILURES_IN_ROW) return undefined;
    if (nowMs - trouble.atMs < REMEMBERED_MS) return trouble.text;
    this.#failures.delete(address);
    return undefined;
  }
}

/** The end of a reused session is no evidence: hosts close those for many reasons. */
function troubleOf({ result, reused }: Attempt): string | undefined {
  if (result.kind === 'lost')
    return reused || result.afterFinalDot || result.reply !== undefined
      ? undefined
      : `in TLS: ${result.text}`;
  if (result.kind !== 'replied') return undefined;
  const refusal = result.replies.find(({ reply, stage }) => reply.code === 454 && stage !== 'final');
  return refusal && `in TLS: 454 ${refusal.reply.text}`;
}
