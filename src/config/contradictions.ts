/** Finds settings that are valid separately and contradict each other. Pure. */
import type { Config } from './config.ts';
import type { Contradiction } from './contradiction.ts';
import { egressContradictions } from './egress/egress-contradictions.ts';
import { isOfThisMachine } from './oidc-kinds.ts';
import { oidcContradictions } from './oidc-contradictions.ts';
import { unorderedThresholds } from '../policy/health-terms.ts';
import { MOST_PREVIOUS_KEYS } from '../platform/secret-box.ts';
import { formatHostPort, type HostPort } from '../platform/network/host-port.ts';

export function findContradictions(config: Config): readonly Contradiction[] {
  const found: Contradiction[] = [];
  if (config.inbound.listen.length > 0 && config.inbound.postmaster === undefined) {
    found.push({
      key: 'inbound.listen',
      message:
        'needs inbound.postmaster, the address that takes mail to postmaster (RFC 5321 §4.5.1), such as "you@example.com"',
    });
  }
  if (config.inbound.listen.length > 0 && comesBack(config)) {
    found.push({
      key: 'inbound.postmaster',
      message: `is on ${config.hostname} itself, so its mail would come back here; name a mailbox elsewhere`,
    });
  }
  if (config.previousDataKeys.length > MOST_PREVIOUS_KEYS + 1)
    found.push({
      key: 'previous_data_keys',
      message: `has ${config.previousDataKeys.length} keys: ${MOST_PREVIOUS_KEYS} are accepted beside the present one (relayctl data-key show says which can go)`,
    });
  if (config.tls.cert !== undefined && config.tls.key === undefined)
    found.push({ key: 'tls.cert', message: 'needs tls.key, the private key of that certificate' });
  if (config.tls.key !== undefined && config.tls.cert === undefined)
    found.push({ key: 'tls.key', message: 'needs tls.cert, the certificate of that key' });
  found.push(...acmeContradictions(config));
  if (config.delivery.mode === 'sandbox') {
    // Delivering anyway would send mail that its owner believes is kept.
    found.push({
      key: 'delivery.mode',
      message: '"sandbox" is not available in this version: mail would leave the machine; accepted: "live"',
    });
  }
  found.push(...dashboardContradictions(config), ...oidcContradictions(config));
  found.push(...storeContradictions(config), ...operatorContradictions(config));
  found.push(...unorderedHealth(config), ...doubledListeners(config));
  found.push(...egressContradictions(config.egress));
  return found;
}

/** Passwords and cookies would cross the network in clear. */
function dashboardContradictions({ dashboard }: Config): readonly Contradiction[] {
  if (dashboard.url === undefined || dashboard.url.startsWith('https:')) return [];
  const { hostname } = new URL(dashboard.url);
  if (isOfThisMachine(hostname)) return [];
  return [
    { key: 'dashboard.url', message: 'must begin with https:// for a host other than this machine itself' },
  ];
}

/** A key of its own in each node would make every login and signature of the others unreadable. */
function storeContradictions({ store, dataKey }: Config): readonly Contradiction[] {
  if (store.url === 'sqlite:' || dataKey !== undefined) return [];
  return [
    {
      key: 'data_key',
      message:
        'is needed with store.url = "postgres://…", the same for every node: give it with RELAY_DATA_KEY_FILE ' +
        '(of a store that was copied from SQLite: the text of its master.key; of a new one: openssl rand -hex 32)',
    },
  ];
}

function operatorContradictions({ operator, webhooks }: Config): readonly Contradiction[] {
  const found: Contradiction[] = [];
  if (operator.summaryMinute !== undefined && operator.mail === undefined)
    found.push({ key: 'operator.summary', message: 'needs operator.mail, the address that it is sent to' });
  if (operator.webhook?.startsWith('http:') === true && !webhooks.allowHttp)
    found.push({
      key: 'operator.webhook',
      message: 'must begin with https:// (webhooks.allow_http allows http://)',
    });
  return found;
}

/** More names would take hours at the first start: authorities limit orders. */
const MOST_NAMES = 50;
/** With `.pem` and what a temporary file has, within 255 octets. */
const LONGEST_NAME = 220;

function acmeContradictions({ acme, tls, http }: Config): readonly Contradiction[] {
  if (!acme.enabled) return [];
  const found: Contradiction[] = [];
  const say = (key: string, message: string) => found.push({ key, message });
  if (tls.cert !== undefined || tls.key !== undefined)
    say('acme.enabled', 'and tls.cert are two sources of the certificate: remove one of them');
  if (acme.listen.length + http.listenTls.length + http.publicListenTls.length === 0)
    say(
      'acme.enabled',
      'needs acme.listen, such as ["0.0.0.0:80", "[::]:80"], which the authority reaches at port 80 of each name; ' +
        'or http.listen_tls or http.public_listen_tls where it reaches that at port 443',
    );
  if (acme.names.length === 0 || acme.names.length > MOST_NAMES)
    say('acme.names', `has ${acme.names.length} names: from 1 to ${MOST_NAMES} are possible`);
  const [odd] = acme.names.filter((name) => !isPublicName(name));
  if (odd !== undefined)
    say(
      'acme.names',
      `has ${odd}, which no authority gives a certificate for: a name in public DNS is needed, such as "mail.example.com"`,
    );
  return found;
}

/** Of two labels or more, the last of them no number. */
function isPublicName(name: string): boolean {
  return name.length <= LONGEST_NAME && /\.(?!\d+$)[a-z0-9-]+$/.test(name);
}

/** A milder threshold that is above a stricter one. */
function unorderedHealth({ health: { rules } }: Config): readonly Contradiction[] {
  return unorderedThresholds(rules).map(({ name, milder }) => ({
    key: `health.${name}`,
    message: `is lower than health.${milder}`,
  }));
}

/** The same address and port twice: the second bind would fail. Port 0 is a new port each time. */
function doubledListeners(config: Config): readonly Contradiction[] {
  const lists: readonly (readonly [string, readonly HostPort[]])[] = [
    ['submission.listen', config.submission.listen],
    ['submission.listen_tls', config.submission.listenTls],
    ['submission.listen_certificates', config.submission.listenCertificates],
    ['acme.listen', config.acme.enabled ? config.acme.listen : []],
    ['inbound.listen', config.inbound.listen],
    ['http.listen', config.http.listen],
    ['http.listen_tls', config.http.listenTls],
    ['http.public_listen', config.http.publicListen],
    ['http.public_listen_tls', config.http.publicListenTls],
  ];
  const keyOf = new Map<string, string>();
  const found: Contradiction[] = [];
  for (const [key, listeners] of lists) {
    for (const listener of listeners) {
      if (listener.port === 0) continue;
      const address = formatHostPort(listener);
      const other = keyOf.get(address);
      if (other !== undefined) {
        const where = other === key ? ' twice' : `, which ${other} has too`;
        found.push({ key, message: `has ${address}${where}` });
      }
      keyOf.set(address, key);
    }
  }
  return found;
}

function comesBack({ inbound, hostname }: Config): boolean {
  return inbound.postmaster?.domain.toLowerCase() === hostname.toLowerCase();
}
