/**
 * The configuration after loading: defaults applied, durations in milliseconds, sizes in octets, addresses parsed.
 * Made by config/load.ts. Services are given it whole and live (live-config.ts): they read a setting where they use it, and
 * keep no copy.
 */
import type { Redacted } from '../platform/log-redaction.ts';
import type { HostPort } from '../platform/network/host-port.ts';
import type { Blocklist } from '../policy/blocklist-zones.ts';
import type { BounceRules } from '../policy/bounce-rules.ts';
import type { Providers } from '../policy/egress/providers.ts';
import type { RouteRule } from '../policy/egress/route-rules.ts';
import type { Source } from '../policy/egress/source.ts';
import type { WarmUpPlan } from '../policy/egress/warm-up-plans.ts';
import type { FeedbackSources } from '../policy/feedback-sources.ts';
import type { ClaimedRole } from './oidc-kinds.ts';
import type { HealthLimits } from '../policy/health-terms.ts';
import type { ShapingRules } from '../policy/shaping/shaping-rules.ts';
import type { SoftBounceRule } from '../policy/soft-bounces.ts';
import type { Mailbox } from '../smtp/address.ts';

export interface SubmissionConfig {
  readonly listen: readonly HostPort[];
  readonly listenTls: readonly HostPort[];
  /** Implicit TLS that asks for a client certificate, by which clients may log in. */
  readonly listenCertificates: readonly HostPort[];
  readonly maxMessageBytes: number;
  readonly maxRecipients: number;
  readonly requireVerifiedDomain: boolean;
  /** A verified domain's subdomains may be sent from as well. */
  readonly subdomains: boolean;
  readonly suppressedRecipients: 'accept' | 'reject';
  readonly hideClientAddress: boolean;
  /** Rewrite From of a satellite's own notices. */
  readonly rewriteNoticeFrom: boolean;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  /** Networks whose connections begin with a PROXY header, on every SMTP port. */
  readonly trustedProxies: readonly string[];
}

export interface DeliveryConfig {
  readonly port: number;
  readonly allowPrivateAddresses: boolean;
  readonly mode: 'live' | 'sandbox';
  /** Waits after the first, second, ... failed attempt; the last repeats. */
  readonly retryScheduleMs: readonly number[];
  readonly maxAgeMs: number;
  /** A delay DSN after that time where the sender's NOTIFY says nothing; `undefined`: none. */
  readonly delayDsnMs?: number | undefined;
}

/** Of accounts without limits of their own. */
export interface HealthConfig extends HealthLimits {
  /** The daily weight limit of one source's complaints, as a share of deliveries; `undefined`: no limit. */
  readonly sourceComplaints: number | undefined;
}

/** How mail leaves. */
export interface EgressConfig {
  /** In the order of the file. */
  readonly routes: readonly RouteRule[];
  readonly sources: readonly Source[];
}

/** What the files of rules say, the operator's before the shipped ones. A reload replaces the properties. */
export interface RuleFiles {
  readonly bounceRules: BounceRules;
  readonly feedbackSources: FeedbackSources;
}

/** All that is read beside the configuration. */
export interface DataFiles extends RuleFiles {
  readonly providers: Providers;
  readonly warmUpPlans: readonly WarmUpPlan[];
  readonly blocklists: readonly Blocklist[];
  readonly shaping: ShapingRules;
}

/** Who hears of failed checks. */
export interface OperatorConfig {
  readonly mail: string | undefined;
  /** `undefined`: postmaster at the hostname. */
  readonly from: string | undefined;
  readonly webhook: string | undefined;
  /** A program and its arguments. */
  readonly command: readonly string[] | undefined;
  /** When the daily summary is mailed, in minutes since midnight UTC. */
  readonly summaryMinute: number | undefined;
}

export interface AcmeConfig {
  readonly enabled: boolean;
  /** Of the certificate authority, https. */
  readonly directory: string;
  /** Where the authority writes to. */
  readonly contact: string | undefined;
  /** For HTTP-01; reached at port 80. */
  readonly listen: readonly HostPort[];
  /** A certificate for each; at least one, each once. */
  readonly names: readonly string[];
  /** PEM of authorities that are trusted besides the system's for the directory; an absolute path. */
  readonly caFile: string | undefined;
}

/** Signing in by an OpenID Connect provider. With `issuer`, id and secret are there too. */
export interface OidcConfig {
  /** `undefined`: off. */
  readonly issuer: string | undefined;
  readonly clientId: string | undefined;
  readonly clientSecret: string | undefined;
  readonly scopes: readonly string[];
  /** On the button. */
  readonly name: string;
  /** Passwords do not sign in. */
  readonly only: boolean;
  /** What the claim's values mean; with it the provider decides about the role in every account. */
  readonly rolesClaim: string | undefined;
  readonly roles: readonly ClaimedRole[];
}

export interface StoreConfig {
  /** `sqlite:` or `postgres://…`, which may carry a password. */
  readonly url: string;
  /** `auto`: used until the server refuses them. */
  readonly preparedStatements: 'auto' | boolean;
}

export interface Config {
  readonly hostname: string;
  /** Absolute. */
  readonly dataDir: string;
  /** The 32 octets of the master key, when it is given as a secret instead of in the data folder. */
  readonly dataKey: Uint8Array | undefined;
  /** Keys that are accepted beside the present one, which may be among them. */
  readonly previousDataKeys: readonly Uint8Array[];
  readonly submission: SubmissionConfig;
  /** Absolute paths of PEM files; both or neither. */
  readonly tls: { readonly cert: string | undefined; readonly key: string | undefined };
  readonly acme: AcmeConfig;
  readonly inbound: {
    readonly listen: readonly HostPort[];
    /** The mailbox of `<postmaster>`; there is one where `listen` is not empty. */
    readonly postmaster: Mailbox | undefined;
    /** Addresses and networks whose feedback reports are trusted. */
    readonly feedbackNetworks: readonly string[];
    /** The operator's list of feedback sources, in addition to the shipped one; an absolute path. */
    readonly feedbackSourcesFile: string | undefined;
  };
  readonly http: {
    readonly listen: readonly HostPort[];
    readonly listenTls: readonly HostPort[];
    readonly publicUrl: string | undefined;
    /** For recipients' browsers and mail programs: links in mail, and nothing else. */
    readonly publicListen: readonly HostPort[];
    readonly publicListenTls: readonly HostPort[];
    /** Addresses and networks whose X-Forwarded-For is trusted. */
    readonly trustedProxies: readonly string[];
  };
  readonly dashboard: {
    /** Its Host alone serves /ui/; `undefined`: loopback. */
    readonly url: string | undefined;
    readonly oidc: OidcConfig;
    /** Who has none may do nothing but enrol one. */
    readonly requireSecondFactor: boolean;
  };
  readonly metrics: {
    /** Names of destinations may be labels. */
    readonly destinations: boolean;
  };
  readonly log: {
    readonly level: 'debug' | 'info' | 'warn' | 'error';
    readonly format: 'json' | 'text' | 'auto';
    /** What log lines do not show. */
    readonly redact: readonly Redacted[];
  };
  readonly telemetry: {
    /** Of an OpenTelemetry collector. */
    readonly endpoint: string | undefined;
    /** Of all messages; `undefined`: none. */
    readonly share: number | undefined;
  };
  readonly dns: { readonly servers: readonly HostPort[] };
  readonly delivery: DeliveryConfig;
  readonly egress: EgressConfig;
  /** The operator's bounce rules, which precede the shipped ones; an absolute path. */
  readonly bounceRulesFile: string | undefined;
  /** The operator's rules of shaping, over the shipped ones; an absolute path. */
  readonly destinationRulesFile: string | undefined;
  readonly suppression: { readonly softBounces: SoftBounceRule };
  readonly health: HealthConfig;
  readonly webhooks: { readonly allowPrivateAddresses: boolean; readonly allowHttp: boolean };
  readonly checks: {
    /** Domains whose mail hosts are greeted, to see whether mail can leave; none: it is not looked at. */
    readonly egress: readonly string[];
    /** The operator's blocklists, instead of the shipped ones; an absolute path. */
    readonly blocklistsFile: string | undefined;
  };
  readonly operator: OperatorConfig;
  readonly dkim: {
    /** How old a domain's keys get before they are rotated; `undefined`: until somebody does. */
    readonly rotateEveryMs: number | undefined;
    /** Of this relay: delegated DKIM names are CNAMEs to names in it. */
    readonly zone: string | undefined;
  };
  readonly retention: {
    readonly contentMs: number;
    readonly metadataMs: number;
    readonly eventsMs: number;
    /** Of refused messages. */
    readonly refusedMs: number;
    /** Of unverified reports. */
    readonly reportsMs: number;
    /** Of daily statistics. */
    readonly statisticsMs: number;
  };
  readonly store: StoreConfig;
  /** What other nodes on the same PostgreSQL know this one by. */
  readonly node: { readonly name: string };
}
