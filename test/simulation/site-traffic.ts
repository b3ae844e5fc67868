/** What the relay does to one site, held against its limits: connections at a time, transactions a second. */
import type { DeliveryLimits } from '../../src/delivery/limits.ts';
import type { SitePlan } from './site-plan.ts';
import type { SimulatedTime } from './simulated-time.ts';
import type { Witness } from './witness.ts';

export interface TrafficPorts {
  readonly time: SimulatedTime;
  readonly ledger: Pick<Witness, 'promises'>;
  readonly limits: DeliveryLimits;
}

export class SiteTraffic {
  readonly #site: SitePlan;
  readonly #ports: TrafficPorts;
  /** Mail that requires TLS has connections of its own. */
  readonly #open = { plain: 0, requireTls: 0 };
  /** By what tells connections of one site apart. */
  readonly #recent = new Map<string, number[]>();
  #movedAtMs = -Infinity;

  constructor(site: SitePlan, ports: TrafficPorts) {
    this.#site = site;
    this.#ports = ports;
  }

  /** World time at which a connection or a transaction began or ended last. */
  get movedAtMs(): number {
    return this.#movedAtMs;
  }

  /** Connections, those being opened included. */
  get open(): number {
    return this.#open.plain + this.#open.requireTls;
  }

  moved(): void {
    this.#movedAtMs = this.#ports.time.elapsedMs;
  }

  /** The result ends it. */
  connectionBegins(requireTls: boolean): () => void {
    const { ledger, limits } = this.#ports;
    this.moved();
    const kind = requireTls ? 'requireTls' : 'plain';
    const open = ++this.#open[kind];
    // Rules may say more, and count themselves (shaping/limit-watch.ts).
    const maxConnectionsPerSite = this.#site.kind === 'shaped' ? Infinity : limits.maxConnectionsPerSite;
    ledger.promises.holds(open <= maxConnectionsPerSite, `${open} connections to ${this.#site.name}`);
    return () => {
      this.#open[kind]--;
      this.moved();
    };
  }

  /**
   * With a pace of n a second, n of the second before may be made up for. `apart`: where rules tell the connections of domains
   * apart, those of each have a pace of their own.
   */
  transactionBegins(apart: string): void {
    this.moved();
    const { time, ledger, limits } = this.#ports;
    const { messagesPerSecondPerSite: perSecond } = limits;
    if (perSecond === undefined) return;
    const nowMs = time.elapsedMs;
    const recent = (this.#recent.get(apart) ?? []).filter((atMs) => atMs > nowMs - 10_000);
    recent.push(nowMs);
    this.#recent.set(apart, recent);
    // Two of it: mail that requires TLS is counted by itself.
    const allowed = 2 * (11 * perSecond + 2);
    ledger.promises.holds(
      recent.length <= allowed,
      `${recent.length} transactions in ten seconds to ${this.#site.name}`,
    );
  }
}
