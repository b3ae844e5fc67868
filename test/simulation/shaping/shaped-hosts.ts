/**
 * Hosts that have limits, as the world's network asks them: the same provider that other tests meet over loopback
 * (support/provider-limits.ts), on the world's own time. Hosts of one provider count together.
 */
import type { Reply } from '../../../src/smtp/reply.ts';
import { ProviderLimits, type Violation } from '../../support/provider-limits.ts';
import type { HostLimits, ShapingPlan } from './shaping-plan.ts';

export interface ShapedConnection {
  /** The refusal of a new connection. */
  greeting(): Reply | undefined;
  /** The refusal of MAIL. */
  mail(): Reply | undefined;
  closed(): void;
}

const RELAY = 'the relay';

export class ShapedHosts {
  readonly #bySite = new Map<string, ProviderLimits>();
  readonly #all: readonly ProviderLimits[];
  #calm = false;

  constructor(plan: ShapingPlan, elapsedMs: () => number) {
    const clock = { now: elapsedMs, monotonic: elapsedMs, after: () => ({ cancel: () => undefined }) };
    const shared = new Map<HostLimits, ProviderLimits>();
    for (const [site, limits] of plan.hostLimits) {
      const provider = shared.get(limits) ?? new ProviderLimits({ ...limits, clock });
      shared.set(limits, provider);
      this.#bySite.set(site, provider);
    }
    this.#all = [...shared.values()];
  }

  /** All that was refused. */
  get violations(): readonly Violation[] {
    return this.#all.flatMap(({ violations }) => violations);
  }

  /** Nothing is refused any more. */
  calm(): void {
    this.#calm = true;
  }

  /** `undefined`: the site takes what comes. */
  opened(site: string): ShapedConnection | undefined {
    const connection = this.#bySite.get(site)?.opened(RELAY);
    if (connection === undefined) return undefined;
    const ask = (command: string) => (this.#calm ? undefined : replyOf(connection.answer(command)));
    return {
      greeting: () => ask('GREETING'),
      mail: () => ask('MAIL'),
      closed: () => connection.closed(),
    };
  }
}

function replyOf(line: string | undefined): Reply | undefined {
  if (line === undefined) return undefined;
  const [code, status, ...text] = line.split(' ');
  return { code: Number(code), status, text: text.join(' ') };
}
