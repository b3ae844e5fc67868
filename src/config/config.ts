/**
 * The configuration after loading: defaults filled in, durations in milliseconds, sizes in octets, addresses
 * parsed. Made by config/load.ts; everything else takes the slice that it needs.
 */
import type { HostPort } from '../platform/network/host-port.ts';
import type { HealthRules } from '../policy/health.ts';
import type { SoftBounceRule } from '../policy/soft-bounces.ts';

export interface SubmissionConfig {
  readonly listen: readonly HostPort[];
  readonly listenTls: readonly HostPort[];
  readonly maxMessageBytes: number;
  readonly maxRecipients: number;
  readonly requireVerifiedDomain: boolean;
  readonly suppressedRecipients: 'accept' | 'reject';
  readonly hideClientAddress: boolean;
  /** From of the notices that a satellite's own mail system writes. */
  readonly rewriteNoticeFrom: boolean;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
}

export interface DeliveryConfig {
  readonly port: number;
  readonly allowPrivateAddresses: boolean;
  readonly mode: 'live' | 'sandbox';
  /** Waits after the first, second, ... failed attempt; the last repeats. */
  readonly retryScheduleMs: readonly number[];
  readonly maxAgeMs: number;
}

export interface HealthConfig {
  readonly rules: HealthRules;
  /** Deliveries a minute that a throttled account or stream is let through. */
  readonly throttlePerMinute: number;
  /** How many complaints of one source weigh a day, as a share of what was delivered; `undefined`: all. */
  readonly sourceComplaints: number | undefined;
}

export interface Config {
  readonly hostname: string;
  /** Absolute. */
  readonly dataDir: string;
  /** The 32 octets of the master key, when it is given as a secret and not kept in the data folder. */
  readonly dataKey: Uint8Array | undefined;
  readonly submission: SubmissionConfig;
  /** Absolute paths of PEM files; both or neither. */
  readonly tls: { readonly cert: string | undefined; readonly key: string | undefined };
  readonly inbound: {
    readonly listen: readonly HostPort[];
    readonly postmaster: string | undefined;
    /** Addresses and networks whose feedback reports count. */
    readonly feedbackNetworks: readonly string[];
    /** The operator's own list of feedback sources, beside the shipped one; an absolute path. */
    readonly feedbackSourcesFile: string | undefined;
  };
  readonly http: {
    readonly listen: readonly HostPort[];
    readonly listenTls: readonly HostPort[];
    readonly publicUrl: string | undefined;
    /** Addresses and networks whose X-Forwarded-For is believed. */
    readonly trustedProxies: readonly string[];
  };
  readonly log: {
    readonly level: 'debug' | 'info' | 'warn' | 'error';
    readonly format: 'json' | 'text' | 'auto';
  };
  readonly dns: { readonly servers: readonly HostPort[] };
  readonly delivery: DeliveryConfig;
  /** The operator's own bounce rules, read before the shipped ones; an absolute path. */
  readonly bounceRulesFile: string | undefined;
  readonly suppression: { readonly softBounces: SoftBounceRule };
  readonly health: HealthConfig;
  readonly webhooks: { readonly allowPrivateAddresses: boolean; readonly allowHttp: boolean };
  readonly retention: {
    readonly contentMs: number;
    readonly metadataMs: number;
    readonly eventsMs: number;
    /** Of messages that were turned away. */
    readonly refusedMs: number;
    /** Of unverified reports. */
    readonly reportsMs: number;
    /** Of statistics by day. */
    readonly statisticsMs: number;
  };
  readonly store: { readonly url: string };
}
