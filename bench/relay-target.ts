/**
 * The real relayd as a target: `bin/relayd.js` on a temporary data folder, set up through relayctl as an operator
 * would: a verified domain, a network credential for the cases in clear text, an SMTP one for STARTTLS and AUTH.
 * DKIM signs with both keys unless RSA alone is asked for; every commit is synchronous, the log is written at its
 * default level.
 */
import path from 'node:path';
import { DemoDns } from '../src/demo/dns.ts';
import type { DkimKeySet } from '../src/dkim/dkim-key.ts';
import { Relay, type TomlTables } from '../test/e2e/support/relay-process.ts';
import { writeRulesFile } from './rules-file.ts';
import type { Target } from './target.ts';

const SENDER_DOMAIN = 'bench.example';
const RECIPIENT_DOMAIN = 'sink.example';

interface DomainReport {
  readonly verified: boolean;
  readonly records: readonly { readonly type: string; readonly name: string; readonly value: string }[];
}

export interface RelayTargetOptions {
  readonly mxPort: number;
  readonly config?: TomlTables;
  readonly nodeArguments?: readonly string[];
  /** So many rules of shaping of the operator's own; default: none. */
  readonly rules?: number | undefined;
  /** The sender's keys; `both`, the product's default, unless said otherwise. */
  readonly dkim?: DkimKeySet | undefined;
}

export interface RelayTarget extends Target {
  readonly relay: Relay;
  readonly dns: DemoDns;
}

/** Makes `domain` a verified sending domain of `account`, as an operator would. The DKIM records are returned. */
export async function addSendingDomain(
  relay: Relay,
  dns: DemoDns,
  domain: string,
  account = 'default',
  dkim: DkimKeySet = 'both',
): Promise<ReadonlyMap<string, string>> {
  const added = await relay.ctl<DomainReport>(
    ...['--account', account, 'domain', 'add', domain, '--dkim', dkim],
  );
  const dkimRecords = new Map<string, string>();
  for (const record of added.records) {
    if (record.type !== 'TXT') continue;
    if (record.name.includes('._domainkey.')) dkimRecords.set(record.name, record.value);
    dns.add(record.name, { type: 'TXT', text: record.value });
  }
  const { verified } = await relay.ctl<DomainReport>('--account', account, 'domain', 'verify', domain);
  if (!verified) throw new Error(`${domain} could not be verified`);
  return dkimRecords;
}

export async function startDns(): Promise<DemoDns> {
  const dns = await DemoDns.start();
  dns.add(RECIPIENT_DOMAIN, { type: 'MX', preference: 10, exchange: `mx.${RECIPIENT_DOMAIN}` });
  dns.add(`mx.${RECIPIENT_DOMAIN}`, { type: 'A', address: '127.0.0.1' });
  return dns;
}

/** A verified domain and credentials, through a relay that runs. */
export async function setUp(
  relay: Relay,
  dns: DemoDns,
  dkim: DkimKeySet | undefined,
): Promise<Pick<Target, 'port' | 'auth' | 'http' | 'from' | 'to' | 'dkimRecords'>> {
  const dkimRecords = await addSendingDomain(relay, dns, SENDER_DOMAIN, 'default', dkim);
  await relay.ctl('credential', 'add', '--kind', 'network', '--name', 'bench', '--allow-ip', '127.0.0.1');
  const auth = await relay.ctl<{ username: string; password: string }>(
    ...['credential', 'add', '--kind', 'smtp', '--name', 'bench-smtp'],
  );
  const api = await relay.ctl<{ key: string }>('credential', 'add', '--kind', 'api', '--name', 'bench-api');
  const { hostname: host, port } = new URL(relay.httpUrl);
  return {
    port: relay.port,
    auth,
    http: { host, port: Number(port), key: api.key },
    from: `shop@${SENDER_DOMAIN}`,
    to: `customer@${RECIPIENT_DOMAIN}`,
    dkimRecords,
  };
}

export async function startRelayTarget(options: RelayTargetOptions): Promise<RelayTarget> {
  const dns = await startDns();
  const relay = new Relay({
    dnsServer: dns.server,
    mxPort: options.mxPort,
    config: { http: { listen: ['127.0.0.1:0'] }, ...options.config },
    ...(options.nodeArguments === undefined ? {} : { nodeArguments: options.nodeArguments }),
  });
  const { rules } = options;
  if (rules !== undefined) {
    const file = path.join(relay.folder, 'destinations.toml');
    writeRulesFile(file, rules, RECIPIENT_DOMAIN);
    relay.configure({ delivery: { destination_rules: file } });
  }
  try {
    await relay.start();
    return {
      name: rules === undefined ? 'postern' : `${rules} rules`,
      ...(await setUp(relay, dns, options.dkim)),
      relay,
      dns,
      pids: () => [relay.pid],
      stop: async () => {
        await relay.stop();
        await relay.dispose();
        await dns.stop();
      },
    };
  } catch (error) {
    await relay.dispose();
    await dns.stop();
    throw error;
  }
}
