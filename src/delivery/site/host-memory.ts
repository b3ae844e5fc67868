/**
 * What is remembered of hosts for a while, whichever site has found it out: a host that many domains name, each beside others,
 * is found dead once, and its broken TLS too. Sites are forgotten when they are quiet; this is not. Bounded.
 *
 * What does not reach a host from one source may from another, and what does with any certificate may not with one that has
 * to verify: these are apart. Broken TLS is the host's, whoever comes; where TLS is required nobody asks.
 */
import { FailedAddresses } from '../route/candidates.ts';
import type { Egress } from '../route/egress.ts';
import { TlsTroubles } from './tls-troubles.ts';

/** As one kind of site has it. */
export interface KnownHosts {
  readonly failed: FailedAddresses;
  readonly tlsTroubles: TlsTroubles;
}

export class HostMemory {
  readonly #failed = new Map<string, FailedAddresses>();
  readonly #tlsTroubles = new Map<number | undefined, TlsTroubles>();

  /** For sites whose connections leave like that. */
  of({ source, smartHost }: Pick<Egress, 'source' | 'smartHost'>, requireTls: boolean): KnownHosts {
    const port = smartHost?.port;
    const key = `${source?.name ?? ''} ${String(port)} ${String(requireTls)}`;
    let failed = this.#failed.get(key);
    if (failed === undefined) this.#failed.set(key, (failed = new FailedAddresses()));
    let tlsTroubles = this.#tlsTroubles.get(port);
    if (tlsTroubles === undefined) this.#tlsTroubles.set(port, (tlsTroubles = new TlsTroubles()));
    return { failed, tlsTroubles };
  }
}
