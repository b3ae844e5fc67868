/**
 * Sources: what mail leaves from. Each has its local addresses and its EHLO name, and belongs to a pool; routes name the
 * pool that their mail leaves from (route-rules.ts). Where no source is configured, mail leaves from the address that the
 * system chooses, under `hostname`.
 */
import type { HostPort } from '../../platform/network/host-port.ts';

/** What stands between this relay and the remote; it connects from the source's address. */
export interface SourceHop {
  /** RFC 1928, without authentication; or the PROXY protocol v2 header, to a proxy that connects onwards (as KumoMTA's). */
  readonly kind: 'socks5' | 'proxy-protocol';
  readonly at: HostPort;
}

export interface Source {
  /** Unique. */
  readonly name: string;
  /** Of this machine, or of the hop; at most one of each family. A host of a family that it lacks is not tried. */
  readonly addresses: readonly string[];
  /** The name in EHLO; the PTR record of each address should give it. RFC 5321 §4.1.1.1. */
  readonly hostname: string;
  readonly pool: string;
  /** Its share of the pool's mail, beside the others' weights: at least 1. */
  readonly weight: number;
  /** PEM; shown to remotes that ask for a certificate. */
  readonly clientCertificate: { readonly cert: string; readonly key: string } | undefined;
  readonly hop: SourceHop | undefined;
  readonly warmUp: SourceWarmUp | undefined;
}

/** A new address whose mail grows day by day. */
export interface SourceWarmUp {
  /** Name of a plan in config/warm-up.toml. */
  readonly plan: string;
  /** The first day, UTC midnight in epoch milliseconds. */
  readonly startsAtMs: number;
}

export const DEFAULT_POOL = 'default';
