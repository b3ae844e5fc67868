/** The facts of a running relayd for its checks (policy/checks/). Bounded in time: no answer is a fact too. */
import path from 'node:path';
import type { Config } from '../config/config.ts';
import { serversWords } from '../doctor/surroundings.ts';
import type { Resolver } from '../dns/resolver.ts';
import { createSystemResolver } from '../dns/system-resolver.ts';
import type { Clock } from '../platform/clock.ts';
import { readMasterKey, readPreviousKeys } from '../platform/master-key.ts';
import { createProbe } from '../platform/probe.ts';
import type { MasterKeys } from '../platform/secret-box.ts';
import { unknownMail } from '../admin/unknown-mail.ts';
import { dayOf } from '../policy/egress/warm-up.ts';
import type { CertificateFacts } from '../policy/certificate.ts';
import type { ConfigurationFacts } from '../policy/checks/configuration.ts';
import type { DnsFacts } from '../policy/checks/dns.ts';
import type { MasterKeyFacts } from '../policy/checks/master-key.ts';
import type { CheckFacts } from '../policy/checks/registry.ts';
import type { StoreFacts } from '../policy/checks/store.ts';
import type { ShapingRules } from '../policy/shaping/shaping-rules.ts';
import type { DirectoryReader } from '../store/directory.ts';
import { StoreError } from '../store/errors.ts';
import type { EgressReader } from '../store/egress.ts';
import type { FleetReader } from '../store/fleet.ts';
import type { NodeStanding } from '../store/node-standing.ts';
import type { EventReader } from '../store/queue-admin.ts';
import type { Spool } from '../store/spool.ts';
import { createDomainSource, type DomainSourceOptions } from '../upkeep/look-at-domains.ts';
import type { DataKeyFacts } from '../upkeep/data-key-watch.ts';
import type { WatchedFacts } from '../upkeep/surroundings-watch.ts';
import { lookAtDisk } from './look-at-disk.ts';
import { MASTER_KEY_FILE } from './master-key.ts';
import { databaseFile } from './store-place.ts';

export interface FactSourceOptions {
  /** Live (config/live-config.ts). */
  readonly config: Config;
  /** What the last reload left to do. */
  readonly configuration: () => ConfigurationFacts;
  /** Of shaping, in force. */
  readonly rules: () => ShapingRules;
  readonly spool: Pick<Spool, 'abandonUpload'>;
  readonly reader: Pick<EventReader, 'newestEventMs'> &
    FleetReader &
    EgressReader &
    Pick<DirectoryReader, 'listAccounts' | 'streamByName'> &
    DomainSourceOptions['reader'];
  /** Of the relay: it keeps answers. */
  readonly resolver: Resolver;
  readonly masterKeys: MasterKeys;
  /** Of the last look. */
  readonly dataKeys: () => DataKeyFacts;
  /** Of the last looks. */
  readonly surroundings: () => WatchedFacts;
  /** As it was last read. */
  readonly certificate: () => CertificateFacts;
  /** What changes while it runs; services are there from the start of their own on. */
  readonly state: {
    readonly stopping: boolean;
    readonly deliveryRuns: boolean;
    readonly submissionPorts: number;
    readonly httpPorts: number;
  };
  readonly standing: Pick<NodeStanding, 'draining'>;
  readonly clock: Clock;
}

/** The store and DNS have so long to answer before that is a fact. */
const WAIT_MS = 2_000;
const DNS_KEPT_MS = 20_000;
/** The id of no upload: abandoning it passes through the writer and changes nothing. */
const NO_UPLOAD = 'check';

export function createFactSource(options: FactSourceOptions): () => Promise<CheckFacts> {
  const askStore = storeSource(options);
  const askDns = dnsSource(options);
  const askDomains = createDomainSource(options);
  const askUnknown = async () => await unknownMail(options.rules(), options.reader).catch(() => []);
  return async () => {
    const { state, reader, config } = options;
    const [store, disk, dns, domains, unknown] = await Promise.all([
      askStore(),
      config.store.url === 'sqlite:' ? lookAtDisk(config.dataDir) : undefined,
      askDns(),
      askDomains(),
      askUnknown(),
    ]);
    const { synchronized, ...around } = options.surroundings();
    const newest = await newestEvent(reader);
    return {
      ...around,
      relayd: relaydFacts(options),
      nodes: await nodesOf(reader),
      source_limits: await sourceLimitsOf(options),
      store,
      disk,
      delivery: { runs: state.deliveryRuns },
      listeners: { submission: state.submissionPorts, http: state.httpPorts },
      certificate: options.certificate(),
      master_key: { ...lookAtMasterKey(config, options.masterKeys), others: otherKeys(options.dataKeys()) },
      dns,
      domains,
      clock: newest && { ...newest, synchronized },
      configuration: { ...options.configuration(), unknownMail: unknown },
    };
  };
}

type StoreOutcome = StoreFacts['outcome'];

function storeSource({ config, spool, clock }: FactSourceOptions): () => Promise<StoreFacts> {
  const probe = createProbe<StoreOutcome>({
    clock,
    waitMs: WAIT_MS,
    keepMs: 0,
    ask: () => spool.abandonUpload(NO_UPLOAD).then(() => ({ kind: 'answers' }), failureOf),
  });
  return async () => {
    const file = databaseFile(config);
    const probed = await probe();
    if (probed.kind === 'answered') return { file, outcome: probed.answer };
    // During a new query, the previous failure is more useful than no answer.
    const { forMs, last } = probed;
    return { file, outcome: last?.kind === 'failed' ? last : { kind: 'waits', forMs } };
  };
}

function failureOf(error: unknown): StoreOutcome {
  if (error instanceof StoreError) return { kind: 'failed', code: error.code, message: error.message };
  return { kind: 'failed', code: 'failed', message: 'the store failed: see the log of relayd' };
}

function lookAtMasterKey({ dataKey, dataDir }: Config, { present }: MasterKeys): MasterKeyFacts {
  if (dataKey !== undefined) return { file: undefined, state: 'same' };
  const file = path.join(dataDir, MASTER_KEY_FILE);
  try {
    const key = readMasterKey(file);
    if (key === undefined) return { file, state: 'missing' };
    if (isSameKey(key, present)) return { file, state: 'same' };
    const isKept = readPreviousKeys(file).some((one) => isSameKey(one, present));
    return { file, state: isKept ? 'replaced' : 'different' };
  } catch {
    return { file, state: 'unreadable' };
  }
}

function otherKeys({ others, secrets }: DataKeyFacts): MasterKeyFacts['others'] {
  if (others.length === 0) return undefined;
  return others.map((one) => ({
    ...one,
    names: secrets.filter(({ keyId }) => keyId === one.keyId).map(({ name }) => name),
  }));
}

function isSameKey(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

/** Looks up the relay's own name, with a resolver without a cache. */
function dnsSource({ config, clock }: FactSourceOptions): () => Promise<DnsFacts> {
  const resolver = createSystemResolver({
    get servers() {
      return config.dns.servers;
    },
    clock,
    tries: 1,
    maxAnswers: 0,
  });
  const probe = createProbe<DnsFacts['outcome']>({
    clock,
    waitMs: WAIT_MS,
    keepMs: DNS_KEPT_MS,
    async ask() {
      const answer = await resolver.a(config.hostname);
      return answer.kind === 'failed' ? answer : { kind: 'answers' };
    },
  });
  return async () => {
    const probed = await probe();
    const outcome = probed.kind === 'answered' ? probed.answer : (probed.last ?? { kind: 'waits' as const });
    return { servers: serversWords(config.dns.servers), outcome };
  };
}

async function nodesOf(reader: FactSourceOptions['reader']): Promise<CheckFacts['nodes']> {
  try {
    const database = await reader.databaseState();
    return database && { nodes: await reader.nodes(), database };
  } catch {
    // The store says by itself that it cannot be read.
    return undefined;
  }
}

function relaydFacts({ state, standing, config }: FactSourceOptions): CheckFacts['relayd'] {
  if (state.stopping) return { state: 'stopping' };
  return standing.draining ? { state: 'draining', node: config.node.name } : { state: 'runs' };
}

/** Nothing without sources. */
async function sourceLimitsOf({
  config: { egress },
  reader,
  clock,
}: FactSourceOptions): Promise<CheckFacts['source_limits']> {
  if (egress.sources.length === 0) return undefined;
  const isThere = ({ source }: { readonly source: string }) =>
    egress.sources.some(({ name }) => name === source);
  try {
    const [limits, days] = await Promise.all([
      reader.sourceLimits(),
      reader.sourceDays({ source: undefined, sinceDay: dayOf(clock.now()) }),
    ]);
    return { limits: limits.filter(isThere), warmUps: days.filter(isThere) };
  } catch {
    return undefined;
  }
}

async function newestEvent(reader: FactSourceOptions['reader']): Promise<CheckFacts['clock']> {
  try {
    return { newestEventMs: await reader.newestEventMs() };
  } catch {
    // The check of the store reports that it cannot be read.
    return undefined;
  }
}
