/**
 * Decides what a new configuration changes while relayd runs: keys that are applied, keys that need a restart, and
 * the resulting values. Pure; readers of live keys read them at each use (app/config-in-force.ts).
 */
import { isDeepStrictEqual } from 'node:util';
import { assemble, type SettledValues } from './assemble.ts';
import type { Config } from './config.ts';
import { findContradictions } from './contradictions.ts';
import { explainConfig } from './explain.ts';
import type { LoadedConfig } from './load.ts';
import { SETTING_KEYS, type SettingKey } from './settings.ts';

/** `live`: applied at SIGHUP. `restart`: needed by something opened or shared at the start. */
export type TakeOver = 'live' | 'restart';

/** How each key is applied. */
export const TAKE_OVER: Readonly<Record<SettingKey, TakeOver>> = {
  hostname: 'live',
  data_dir: 'restart',
  data_key: 'restart',
  previous_data_keys: 'restart',

  'submission.listen': 'restart',
  'submission.listen_tls': 'restart',
  'submission.listen_certificates': 'restart',
  'submission.max_message_bytes': 'live',
  'submission.max_recipients': 'live',
  'submission.require_verified_domain': 'live',
  'submission.subdomains': 'live',
  'submission.suppressed_recipients': 'live',
  'submission.hide_client_address': 'live',
  'submission.rewrite_notice_from': 'live',
  'submission.max_connections': 'live',
  'submission.max_connections_per_address': 'live',
  'submission.trusted_proxies': 'live',

  'tls.cert': 'live',
  'tls.key': 'live',

  // The listener and what asks for certificates are there from the start, or not.
  'acme.enabled': 'restart',
  'acme.directory': 'live',
  'acme.contact': 'live',
  'acme.listen': 'restart',
  'acme.names': 'live',
  'acme.ca': 'live',

  'inbound.listen': 'restart',
  'inbound.postmaster': 'live',
  'inbound.feedback_networks': 'live',
  'inbound.feedback_sources': 'live',

  'http.listen': 'restart',
  'http.listen_tls': 'restart',
  // Part of the API description, which is made at the start.
  'http.public_url': 'restart',
  'http.public_listen': 'restart',
  'http.public_listen_tls': 'restart',
  'http.trusted_proxies': 'live',

  'dashboard.url': 'live',
  'dashboard.require_second_factor': 'live',
  'dashboard.oidc.issuer': 'live',
  'dashboard.oidc.client_id': 'live',
  'dashboard.oidc.client_secret': 'live',
  'dashboard.oidc.scopes': 'live',
  'dashboard.oidc.name': 'live',
  'dashboard.oidc.only': 'live',
  'dashboard.oidc.roles_claim': 'live',
  'dashboard.oidc.roles': 'live',

  'metrics.destinations': 'live',

  'log.level': 'live',
  // Each thread takes it at its start, when the terminal was detected.
  'log.format': 'restart',
  'log.redact': 'live',

  // Each thread opens its exporter at its start.
  'telemetry.endpoint': 'restart',
  'telemetry.sample': 'restart',

  'dns.servers': 'live',

  // Queues, connections and knowledge of hosts belong to one port.
  'delivery.port': 'restart',
  'delivery.allow_private_addresses': 'live',
  'delivery.mode': 'restart',
  'delivery.retry_schedule': 'live',
  'delivery.max_age': 'live',
  'delivery.delay_dsn': 'live',
  'delivery.bounce_rules': 'live',
  'delivery.destination_rules': 'live',

  'suppression.soft_bounce_run': 'live',
  'suppression.soft_bounce_span': 'live',
  'suppression.soft_bounce_expiry': 'live',

  'health.least_messages': 'live',
  'health.warn_bounces': 'live',
  'health.warn_complaints': 'live',
  'health.throttle_bounces': 'live',
  'health.throttle_complaints': 'live',
  'health.throttle_per_minute': 'live',
  'health.hold_bounces': 'live',
  'health.hold_complaints': 'live',
  'health.source_complaints': 'live',

  'webhooks.allow_private_addresses': 'live',
  'webhooks.allow_http': 'live',

  'checks.egress': 'live',
  'checks.blocklists': 'live',

  'operator.mail': 'live',
  'operator.from': 'live',
  'operator.webhook': 'live',
  'operator.command': 'live',
  'operator.summary': 'live',

  'dkim.rotate_every': 'live',
  'dkim.zone': 'live',

  'retention.content': 'live',
  'retention.metadata': 'live',
  'retention.events': 'live',
  'retention.refused': 'live',
  'retention.reports': 'live',
  'retention.statistics': 'live',

  'store.url': 'restart',
  'store.prepared_statements': 'restart',

  'node.name': 'restart',

  route: 'live',
  source: 'live',
};

/** The configuration in force: after a reload, possibly not that of any one file. */
export interface InForce {
  /** The file read last without problems; `undefined`: none. */
  readonly file: string | undefined;
  readonly config: Config;
  readonly values: SettledValues;
  /** Each value as written or in words; secrets hidden. */
  readonly texts: ReadonlyMap<SettingKey, string>;
}

export interface ReloadPlan {
  /** Changed keys that are applied. */
  readonly changed: readonly SettingKey[];
  /** Changed keys that need a restart. */
  readonly needsRestart: readonly SettingKey[];
  /** Both, such as `delivery.max_age: "4d" -> "2d"`; for a secret only that it changed. */
  readonly described: readonly string[];
  /** The values from now on: old ones for `needsRestart`. */
  readonly inForce: InForce;
}

/** New live values contradict old values that need a restart. Nothing changes. */
export class ReloadError extends Error {
  readonly code = 'reload';
}

/** Longest text of one value in a description. */
const MAX_TEXT_CHARS = 200;

export function inForceAtStart(loaded: LoadedConfig): InForce {
  const texts = new Map(explainConfig(loaded).map(({ key, text }) => [key, text]));
  return { file: loaded.file, config: loaded.config, values: loaded.values, texts };
}

/** Changed keys, in the order of settings.ts. */
export function changedKeys(before: SettledValues, after: SettledValues): readonly SettingKey[] {
  return SETTING_KEYS.filter((key) => !isDeepStrictEqual(before[key], after[key]));
}

/** `loaded`: complete and consistent. ReloadError. */
export function planReload(before: InForce, loaded: LoadedConfig): ReloadPlan {
  const keys = changedKeys(before.values, loaded.values);
  const needsRestart = keys.filter((key) => TAKE_OVER[key] === 'restart');
  const wanted = inForceAtStart(loaded);
  const texts = new Map(wanted.texts);
  for (const key of needsRestart) texts.set(key, textOf(before, key));
  const kept = Object.fromEntries(needsRestart.map((key) => [key, before.values[key]]));
  const values: SettledValues = { ...loaded.values, ...kept };
  const config = assemble(values);
  const [contradiction] = findContradictions(config);
  if (contradiction !== undefined)
    throw new ReloadError(
      `restart needed for ${needsRestart.join(', ')}: until then ${contradiction.key} ${contradiction.message}`,
    );
  return {
    changed: keys.filter((key) => TAKE_OVER[key] === 'live'),
    needsRestart,
    described: keys.map((key) => describeChange(key, before, wanted)),
    inForce: { file: loaded.file, config, values, texts },
  };
}

function describeChange(key: SettingKey, before: InForce, after: InForce): string {
  const [old, fresh] = [textOf(before, key), textOf(after, key)];
  return old === fresh ? `${key}: ${cut(old)}` : `${key}: ${cut(old)} -> ${cut(fresh)}`;
}

function textOf({ texts }: InForce, key: SettingKey): string {
  return texts.get(key) ?? '';
}

function cut(text: string): string {
  return text.length <= MAX_TEXT_CHARS ? text : `${text.slice(0, MAX_TEXT_CHARS)}…`;
}
