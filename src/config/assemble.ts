/**
 * Builds the `Config` from the value of every key, in two steps: first everything that depends on the machine and
 * working directory is resolved, so that values of two loads can be compared and mixed (reload.ts).
 */
import { isAbsolute, resolve } from 'node:path';
import { isMailbox, normalizeDomain, parseMailbox, type Mailbox } from '../smtp/address.ts';
import type { RouteRule } from '../policy/egress/route-rules.ts';
import type { Config } from './config.ts';
import type { ReadSource } from './egress/egress-secrets.ts';
import { isNodeName } from './store-kinds.ts';
import type { SettingValues } from './settings.ts';

/** Paths are absolute, the names of machine and node are set, the secrets of routes and sources are read. */
export type SettledValues = Omit<SettingValues, 'route' | 'source'> &
  EgressValues & { readonly hostname: string; readonly 'node.name': string };

/** Routes and sources with the files that they name. */
export interface EgressValues {
  readonly route: readonly RouteRule[];
  readonly source: readonly ReadSource[];
}

export interface Surroundings {
  /** The machine's name. */
  readonly defaultHostname: string;
  /** Base of relative paths. */
  readonly cwd: string;
}

export function settleValues(
  values: SettingValues,
  egress: EgressValues,
  { cwd, defaultHostname }: Surroundings,
): SettledValues {
  const absolute = (path: string) => (isAbsolute(path) ? path : resolve(cwd, path));
  const file = (path: string | undefined) => (path === undefined ? undefined : absolute(path));
  return {
    ...values,
    ...egress,
    hostname: values.hostname ?? normalizeDomain(defaultHostname) ?? 'localhost',
    data_dir: absolute(values.data_dir),
    // Not `hostname`: nodes behind one balancer may all greet by the same name.
    'node.name': values['node.name'] ?? nodeNameOf(defaultHostname),
    'tls.cert': file(values['tls.cert']),
    'tls.key': file(values['tls.key']),
    'acme.ca': file(values['acme.ca']),
    'inbound.feedback_sources': file(values['inbound.feedback_sources']),
    'delivery.bounce_rules': file(values['delivery.bounce_rules']),
    'delivery.destination_rules': file(values['delivery.destination_rules']),
    'checks.blocklists': file(values['checks.blocklists']),
  };
}

function nodeNameOf(machine: string): string {
  return isNodeName(machine) ? machine : 'localhost';
}

/** Deterministic: the values already contain everything machine-dependent. */
export function assemble(values: SettledValues): Config {
  return {
    hostname: values.hostname,
    dataDir: values.data_dir,
    dataKey: values.data_key,
    previousDataKeys: values.previous_data_keys,
    submission: submissionOf(values),
    tls: { cert: values['tls.cert'], key: values['tls.key'] },
    acme: acmeOf(values),
    inbound: {
      listen: values['inbound.listen'],
      postmaster: mailboxOf(values['inbound.postmaster']),
      feedbackNetworks: values['inbound.feedback_networks'],
      feedbackSourcesFile: values['inbound.feedback_sources'],
    },
    http: {
      listen: values['http.listen'],
      listenTls: values['http.listen_tls'],
      publicUrl: values['http.public_url'],
      publicListen: values['http.public_listen'],
      publicListenTls: values['http.public_listen_tls'],
      trustedProxies: values['http.trusted_proxies'],
    },
    dashboard: dashboardOf(values),
    metrics: { destinations: values['metrics.destinations'] },
    log: { level: values['log.level'], format: values['log.format'], redact: values['log.redact'] },
    telemetry: { endpoint: values['telemetry.endpoint'], share: values['telemetry.sample'] },
    dns: { servers: values['dns.servers'] ?? [] },
    delivery: {
      port: values['delivery.port'],
      allowPrivateAddresses: values['delivery.allow_private_addresses'],
      mode: values['delivery.mode'],
      retryScheduleMs: values['delivery.retry_schedule'],
      maxAgeMs: values['delivery.max_age'],
      delayDsnMs: values['delivery.delay_dsn'],
    },
    egress: {
      routes: values.route,
      sources: values.source.map((source) => ({ ...source, hostname: source.hostname ?? values.hostname })),
    },
    bounceRulesFile: values['delivery.bounce_rules'],
    destinationRulesFile: values['delivery.destination_rules'],
    suppression: {
      softBounces: {
        messages: values['suppression.soft_bounce_run'],
        spanMs: values['suppression.soft_bounce_span'],
        lastsMs: values['suppression.soft_bounce_expiry'],
      },
    },
    health: healthOf(values),
    webhooks: {
      allowPrivateAddresses: values['webhooks.allow_private_addresses'],
      allowHttp: values['webhooks.allow_http'],
    },
    checks: { egress: values['checks.egress'], blocklistsFile: values['checks.blocklists'] },
    operator: {
      mail: values['operator.mail'],
      from: values['operator.from'],
      webhook: values['operator.webhook'],
      command: values['operator.command'],
      summaryMinute: values['operator.summary'],
    },
    dkim: { rotateEveryMs: values['dkim.rotate_every'], zone: values['dkim.zone'] },
    retention: retentionOf(values),
    store: { url: values['store.url'], preparedStatements: values['store.prepared_statements'] },
    node: { name: values['node.name'] },
  };
}

function retentionOf(values: SettledValues): Config['retention'] {
  return {
    contentMs: values['retention.content'],
    metadataMs: values['retention.metadata'],
    eventsMs: values['retention.events'],
    refusedMs: values['retention.refused'],
    reportsMs: values['retention.reports'],
    statisticsMs: values['retention.statistics'],
  };
}

function oidcOf(values: SettledValues): Config['dashboard']['oidc'] {
  return {
    issuer: values['dashboard.oidc.issuer'],
    clientId: values['dashboard.oidc.client_id'],
    clientSecret: values['dashboard.oidc.client_secret'],
    scopes: values['dashboard.oidc.scopes'],
    name: values['dashboard.oidc.name'],
    only: values['dashboard.oidc.only'],
    rolesClaim: values['dashboard.oidc.roles_claim'],
    roles: values['dashboard.oidc.roles'],
  };
}

function acmeOf(values: SettledValues): Config['acme'] {
  return {
    enabled: values['acme.enabled'],
    directory: values['acme.directory'],
    contact: values['acme.contact'],
    listen: values['acme.listen'],
    names: [...new Set(values['acme.names'] ?? [values.hostname])],
    caFile: values['acme.ca'],
  };
}

function submissionOf(values: SettledValues): Config['submission'] {
  return {
    listen: values['submission.listen'],
    listenTls: values['submission.listen_tls'],
    listenCertificates: values['submission.listen_certificates'],
    maxMessageBytes: values['submission.max_message_bytes'],
    maxRecipients: values['submission.max_recipients'],
    requireVerifiedDomain: values['submission.require_verified_domain'],
    subdomains: values['submission.subdomains'],
    suppressedRecipients: values['submission.suppressed_recipients'],
    hideClientAddress: values['submission.hide_client_address'],
    rewriteNoticeFrom: values['submission.rewrite_notice_from'],
    maxConnections: values['submission.max_connections'],
    maxConnectionsPerAddress: values['submission.max_connections_per_address'],
    trustedProxies: values['submission.trusted_proxies'],
  };
}

function healthOf(values: SettledValues): Config['health'] {
  return {
    rules: {
      leastMessages: values['health.least_messages'],
      warn: { bounces: values['health.warn_bounces'], complaints: values['health.warn_complaints'] },
      throttle: {
        bounces: values['health.throttle_bounces'],
        complaints: values['health.throttle_complaints'],
      },
      hold: { bounces: values['health.hold_bounces'], complaints: values['health.hold_complaints'] },
    },
    throttlePerMinute: values['health.throttle_per_minute'],
    sourceComplaints: values['health.source_complaints'],
  };
}

/** Checked when the value was read. */
function mailboxOf(text: string | undefined): Mailbox | undefined {
  const mailbox = parseMailbox(text ?? '');
  return isMailbox(mailbox) ? mailbox : undefined;
}

function dashboardOf(values: SettledValues): Config['dashboard'] {
  return {
    url: values['dashboard.url'],
    requireSecondFactor: values['dashboard.require_second_factor'],
    oidc: oidcOf(values),
  };
}
