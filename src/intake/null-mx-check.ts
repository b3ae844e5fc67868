/**
 * Whether a recipient domain accepts no mail (null MX, RFC 7505). Looked up at RCPT so that a typing error is
 * reported at once; after half a second the answer counts as no.
 */
import { withTimeout, type Clock } from '../platform/clock.ts';
import { BoundedTable } from '../platform/bounded-table.ts';

/** True for a null MX. Rejections count as false. */
export type NullMxLookup = (domain: string) => Promise<boolean>;

const PATIENCE_MS = 500;
const REMEMBERED_FOR_MS = 60_000;
const REMEMBERED_DOMAINS = 10_000;

export class NullMxCheck {
  readonly #lookup: NullMxLookup;
  readonly #clock: Clock;
  readonly #known = new BoundedTable<{ readonly isNull: boolean; readonly untilMs: number }>(
    REMEMBERED_DOMAINS,
  );

  constructor(lookup: NullMxLookup, clock: Clock) {
    this.#lookup = lookup;
    this.#clock = clock;
  }

  /** Synchronous for domains looked up in the last minute. Never rejects. */
  refuses(domain: string): boolean | Promise<boolean> {
    if (domain.startsWith('[')) return false;
    const known = this.#known.get(domain);
    if (known !== undefined && known.untilMs > this.#clock.monotonic()) return known.isNull;
    return this.#ask(domain);
  }

  async #ask(domain: string): Promise<boolean> {
    let isNull = false;
    try {
      isNull = await withTimeout(this.#clock, PATIENCE_MS, 'the MX look-up', this.#lookup(domain));
    } catch {
      // Unknown: left to delivery. Cached too, otherwise every RCPT to a dead zone would wait.
    }
    this.#known.set(domain, { isNull, untilMs: this.#clock.monotonic() + REMEMBERED_FOR_MS });
    return isNull;
  }
}
