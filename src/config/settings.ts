/**
 * Every key of the configuration: its kind, its default as TOML, whether it is a secret, and whether its capability
 * exists yet. The only list of keys: the file, the environment, `config show` and the check of config/relay.toml use
 * it. config/relay.toml documents the keys.
 */
import {
  domainsKind,
  hostNamesKind,
  hostnameKind,
  httpsUrlKind,
  listenKind,
  mailboxKind,
  networksKind,
  originKind,
  receiverKind,
  serversKind,
  urlKind,
} from './address-kinds.ts';
import {
  booleanKind,
  choiceKind,
  commandKind,
  durationKind,
  durationListKind,
  durationOrOffKind,
  integerKind,
  masterKeyKind,
  masterKeysKind,
  redactedKind,
  shareKind,
  sizeKind,
  textKind,
  timeOfDayKind,
} from './value-kinds.ts';
import { routesKind } from './egress/route-table.ts';
import { sourcesKind } from './egress/source-table.ts';
import { claimedRolesKind, issuerKind, labelKind, scopesKind } from './oidc-kinds.ts';
import { nodeNameKind, preparedStatementsKind, storeUrlKind } from './store-kinds.ts';
import type { ValueKind } from './value-kind.ts';

export interface Setting<T> {
  readonly kind: ValueKind<T>;
  /** As TOML; `undefined`: none, or determined at the start (`hostname`, `dns.servers`). */
  readonly default: string | number | boolean | readonly string[] | undefined;
  /** In words, where TOML cannot express the default. */
  readonly defaultInWords: string | undefined;
  /** Never shown; may be given as a file (`RELAY_…_FILE`). */
  readonly secret: boolean;
  /** The missing capability of the key: setting it has no effect and gives a warning. */
  readonly pending: string | undefined;
}

interface Marks {
  readonly secret?: true;
  readonly pending?: string;
}

function setting<T>(
  kind: ValueKind<T>,
  value: string | number | boolean | readonly string[],
  marks: Marks = {},
): Setting<T> {
  return { kind, default: value, defaultInWords: undefined, secret: false, pending: undefined, ...marks };
}

function optional<T>(kind: ValueKind<T>, inWords: string, marks: Marks = {}): Setting<T | undefined> {
  return { kind, default: undefined, defaultInWords: inWords, secret: false, pending: undefined, ...marks };
}

export const SETTINGS = {
  hostname: optional(hostnameKind, "the machine's name"),
  data_dir: setting(textKind, './data'),
  data_key: optional(masterKeyKind, 'made at the first start and kept in data_dir', { secret: true }),
  previous_data_keys: setting(masterKeysKind, [], { secret: true }),

  'submission.listen': setting(listenKind, ['0.0.0.0:587', '[::]:587']),
  'submission.listen_tls': setting(listenKind, ['0.0.0.0:465', '[::]:465']),
  'submission.listen_certificates': setting(listenKind, []),
  'submission.max_message_bytes': setting(sizeKind, 26_214_400),
  'submission.max_recipients': setting(integerKind(1, 100_000), 1000),
  'submission.require_verified_domain': setting(booleanKind, true),
  'submission.subdomains': setting(booleanKind, false),
  'submission.suppressed_recipients': setting(choiceKind(['accept', 'reject']), 'accept'),
  'submission.hide_client_address': setting(booleanKind, true),
  'submission.rewrite_notice_from': setting(booleanKind, true),
  'submission.max_connections': setting(integerKind(1, 1_000_000), 5000),
  'submission.max_connections_per_address': setting(integerKind(1, 1_000_000), 1000),
  'submission.trusted_proxies': setting(networksKind, []),

  'tls.cert': optional(textKind, 'a self-signed certificate made at the first start'),
  'tls.key': optional(textKind, 'the key of that certificate'),

  'acme.enabled': setting(booleanKind, false),
  'acme.directory': setting(httpsUrlKind, 'https://acme-v02.api.letsencrypt.org/directory'),
  'acme.contact': optional(mailboxKind, 'none'),
  'acme.listen': setting(listenKind, []),
  'acme.names': optional(hostNamesKind, 'the hostname'),
  'acme.ca': optional(textKind, "the system's authorities alone"),

  'inbound.listen': setting(listenKind, []),
  'inbound.postmaster': optional(mailboxKind, 'none'),
  'inbound.feedback_networks': setting(networksKind, []),
  'inbound.feedback_sources': optional(textKind, 'none'),

  'http.listen': setting(listenKind, ['127.0.0.1:8080']),
  'http.listen_tls': setting(listenKind, []),
  'http.public_url': optional(urlKind, 'none'),
  'http.public_listen': setting(listenKind, []),
  'http.public_listen_tls': setting(listenKind, []),
  'http.trusted_proxies': setting(networksKind, []),

  'dashboard.url': optional(originKind, 'loopback'),
  'dashboard.require_second_factor': setting(booleanKind, false),
  'dashboard.oidc.issuer': optional(issuerKind, 'none'),
  'dashboard.oidc.client_id': optional(textKind, 'none'),
  'dashboard.oidc.client_secret': optional(textKind, 'none', { secret: true }),
  'dashboard.oidc.scopes': setting(scopesKind, ['openid', 'email', 'profile']),
  'dashboard.oidc.name': setting(labelKind, 'OpenID Connect'),
  'dashboard.oidc.only': setting(booleanKind, false),
  'dashboard.oidc.roles_claim': optional(textKind, 'none'),
  'dashboard.oidc.roles': setting(claimedRolesKind, []),

  'metrics.destinations': setting(booleanKind, false),

  'log.level': setting(choiceKind(['debug', 'info', 'warn', 'error']), 'info'),
  'log.format': setting(choiceKind(['auto', 'json', 'text']), 'auto'),
  'log.redact': setting(redactedKind, []),

  'telemetry.endpoint': optional(urlKind, 'none'),
  'telemetry.sample': setting(shareKind, '100%'),

  'dns.servers': optional(serversKind, "the system's"),

  'delivery.port': setting(integerKind(1, 65_535), 25),
  'delivery.allow_private_addresses': setting(booleanKind, false),
  'delivery.mode': setting(choiceKind(['live', 'sandbox']), 'live'),
  'delivery.retry_schedule': setting(durationListKind, ['1m', '5m', '15m', '30m', '1h', '2h', '4h']),
  'delivery.max_age': setting(durationKind, '4d'),
  'delivery.delay_dsn': setting(durationOrOffKind, 'off'),
  'delivery.bounce_rules': optional(textKind, 'none'),
  'delivery.destination_rules': optional(textKind, 'none'),

  'suppression.soft_bounce_run': setting(integerKind(0, 1000), 5),
  'suppression.soft_bounce_span': setting(durationKind, '7d'),
  'suppression.soft_bounce_expiry': setting(durationKind, '30d'),

  'health.least_messages': setting(integerKind(1, 1_000_000_000), 1000),
  'health.warn_bounces': setting(shareKind, '4%'),
  'health.warn_complaints': setting(shareKind, '0.1%'),
  'health.throttle_bounces': setting(shareKind, 'off'),
  'health.throttle_complaints': setting(shareKind, 'off'),
  'health.throttle_per_minute': setting(integerKind(1, 1_000_000), 60),
  'health.hold_bounces': setting(shareKind, '10%'),
  'health.hold_complaints': setting(shareKind, '0.5%'),
  'health.source_complaints': setting(shareKind, '0.4%'),

  'webhooks.allow_private_addresses': setting(booleanKind, false),
  'webhooks.allow_http': setting(booleanKind, false),

  'checks.egress': setting(domainsKind, ['gmail.com', 'outlook.com', 'yahoo.com']),
  'checks.blocklists': optional(textKind, 'the lists in config/blocklists.toml'),

  'operator.mail': optional(mailboxKind, 'none'),
  'operator.from': optional(mailboxKind, 'postmaster at hostname'),
  // Its address is often all that a receiver asks for.
  'operator.webhook': optional(receiverKind, 'none', { secret: true }),
  'operator.command': optional(commandKind, 'none'),
  'operator.summary': optional(timeOfDayKind, 'none'),

  'dkim.rotate_every': setting(durationOrOffKind, 'off'),
  'dkim.zone': optional(hostnameKind, 'none'),

  'retention.content': setting(durationKind, '3d'),
  'retention.metadata': setting(durationKind, '30d'),
  'retention.events': setting(durationKind, '90d'),
  'retention.refused': setting(durationKind, '1d'),
  'retention.reports': setting(durationKind, '7d'),
  'retention.statistics': setting(durationKind, '730d'),

  // It may carry a password.
  'store.url': setting(storeUrlKind, 'sqlite:', { secret: true }),
  'store.prepared_statements': setting(preparedStatementsKind, 'auto'),

  'node.name': optional(nodeNameKind, "the machine's name"),

  route: setting(routesKind, []),
  source: setting(sourcesKind, []),
};

export type SettingKey = keyof typeof SETTINGS;

/** The parsed value of every key. */
export type SettingValues = {
  readonly [K in SettingKey]: (typeof SETTINGS)[K] extends Setting<infer T> ? T : never;
};

export const SETTING_KEYS = Object.keys(SETTINGS) as readonly SettingKey[];

export function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(SETTINGS, key);
}

/** The sections, such as `submission`. */
export const SECTIONS: readonly string[] = [
  ...new Set(SETTING_KEYS.filter((key) => key.includes('.')).map((key) => key.slice(0, key.indexOf('.')))),
];

/** `submission.listen_tls` as `RELAY_SUBMISSION__LISTEN_TLS`. */
export function variableName(key: SettingKey): string {
  return `RELAY_${key.replaceAll('.', '__').toUpperCase()}`;
}
