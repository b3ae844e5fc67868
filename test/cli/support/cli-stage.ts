/**
 * relayctl in process: the real program on a real store in a temporary folder, with a terminal, a clock, DNS and a
 * running relayd that the test decides on. What a relayd would write, the test writes through the store's own verbs.
 */
import { defaultAccount } from '../../support/default-account.ts';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readDataFiles } from '../../../src/app/data-files.ts';
import { databaseFiles } from '../../../src/app/database-files.ts';
import { refuseUnsafeFolder, rightsWarnings } from '../../../src/app/data-folder.ts';
import type { CliIo } from '../../../src/cli/program/cli-io.ts';
import { runRelayctl } from '../../../src/cli/program/program.ts';
import type {
  CliServices,
  RunningRelay,
  SubmitReply,
  TestSubmission,
} from '../../../src/cli/program/services.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { Asked } from '../../../src/control/ask-relayd.ts';
import type { ControlRequest, Operation, RelayReport } from '../../../src/control/protocol.ts';
import type { DnsAnswer, Resolver } from '../../../src/dns/resolver.ts';
import { readReport } from '../../../src/dsn/read/read-report.ts';
import type { ReportReading } from '../../../src/dsn/read/report-reader.ts';
import { makeId } from '../../../src/platform/ids.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { createSecretBox, keyIdOf } from '../../../src/platform/secret-box.ts';
import { parseBounceRules } from '../../../src/policy/bounce-rules.ts';
import type { CertificateFacts } from '../../../src/policy/certificate.ts';
import type { BounceRules } from '../../../src/policy/bounce-rules.ts';
import type { AttemptRecord, ClaimedDelivery, Settlement } from '../../../src/store/delivery-records.ts';
import type { MessageFacts, NewDelivery, NewMessage } from '../../../src/store/message-records.ts';
import { databasePath } from '../../../src/store/sqlite/engine/connection.ts';
import { openSqliteStore } from '../../../src/store/sqlite/open.ts';
import type { SqliteStore } from '../../../src/store/sqlite/open.ts';
import type { StoreReader, StoreWriter } from '../../../src/store/open-store.ts';
import { openSqliteReader } from '../../../src/store/sqlite/reader.ts';
import type { TemplateEngine } from '../../../src/template/template-engine.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { engineInProcess } from '../../support/template-engine.ts';
import type { SurroundingsOptions } from '../../../src/doctor/surroundings.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { layDatabase } from '../../support/lay-database.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The terminal of one run. */
export interface Terminal {
  /** `undefined`: no terminal, as in a pipe. */
  readonly columns?: number;
  readonly color?: boolean;
  /** What the user types when asked; without it there is nobody to ask. */
  readonly answer?: string;
  /** The same, one for each question. */
  readonly answers?: readonly string[];
  readonly interrupted?: AbortSignal;
  /** Default: the reader takes everything at once. */
  readonly drained?: () => Promise<void>;
  /** Hears the output as it is written. */
  readonly onOut?: (text: string) => void;
}

const RULES = parseBounceRules(`
[[rule]]
id = "no-such-user"
class = "unknown-user"
text = ["no such user"]
`) as BounceRules;

/** A store other than the stage's own on SQLite. */
export interface StageBackend {
  readonly store: StoreWriter;
  readonly defaultAccountId: string;
  readonly openReader: () => StoreReader;
  readonly openWriter: () => Promise<StoreWriter>;
}

export class CliStage {
  readonly #backend: StageBackend | undefined;

  constructor(backend?: StageBackend) {
    this.#backend = backend;
  }

  readonly dataDir = mkdtempSync(path.join(tmpdir(), 'postern-cli-'));
  /** Other than a machine without addresses, DNS and blocklists. */
  surroundings: Partial<SurroundingsOptions> = {};
  /** Default: all are free, whatever uses them on the machine of the tests. */
  lookAtPorts: CliServices['lookAtPorts'] = () => Promise.resolve({ ports: [] });
  readonly clock = new VirtualClock(Date.UTC(2026, 10, 24, 6, 12, 31));
  readonly random = seededRandom(7);
  /** TXT records by name; `undefined` answers: not there. */
  readonly txt = new Map<string, readonly string[] | 'servfail'>();
  /** Environment for the configuration. */
  /** What DNS has: names to `preference host.`. */
  readonly mx = new Map<string, string>();
  /** Names whose MX nobody tells. */
  readonly mxFailures = new Set<string>();
  readonly env: Record<string, string> = { RELAY_HOSTNAME: 'mail.example.net' };
  readonly submissions: TestSubmission[] = [];
  files: Record<string, string> = {};
  /** How files come to commands that read them. */
  pieceBytes = 1000;
  relay: RunningRelay | undefined;
  /** What relayd answers over its socket. */
  onAsk: (request: ControlRequest) => Promise<Asked<Operation>> = () =>
    Promise.resolve({ kind: 'unreachable', because: 'no-socket' });
  certificate: CertificateFacts | undefined;
  /** Of the configuration. */
  writeFailure: Error | undefined;
  gateways: readonly string[] = [];
  onReadReport: (bytes: Uint8Array) => Promise<ReportReading> = async (bytes) => ({
    kind: 'report',
    report: await readReport(bytes),
  });
  onSubmit: (submission: TestSubmission) => Promise<SubmitReply> = () =>
    Promise.reject(new Error('nobody takes mail in this test'));
  templateEngine: () => TemplateEngine = engineInProcess;
  #store: SqliteStore | undefined;

  /** The relay's own store, as relayd would hold it. */
  get store(): StoreWriter {
    if (this.#backend !== undefined) return this.#backend.store;
    this.#store ??= this.#openStore(true);
    return this.#store;
  }

  /** Makes the store as relayd does at its first start. */
  openStore(): void {
    this.#store ??= this.#openStore(true);
  }

  #openStore(exclusive: boolean): SqliteStore {
    const { dataDir, clock, random } = this;
    layDatabase(dataDir);
    return openSqliteStore({ dataDir, clock, random, log: silentLog, reserveBytes: 0, exclusive });
  }

  async dispose(): Promise<void> {
    await this.#store?.close();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** relayd as it says of itself that it runs. */
  relayRuns(): void {
    this.relay = {
      pid: 4711,
      version: '0.1.0',
      startedAtMs: this.clock.now() - 3_600_000,
      hostname: 'mail.example.net',
      submission: [
        { host: '0.0.0.0', port: 587, tls: 'starttls' },
        { host: '0.0.0.0', port: 465, tls: 'implicit' },
      ],
    };
    this.relaySays([
      { name: 'store', ok: true, sinceMs: this.clock.now() - 3_600_000, detail: 'the store answers' },
    ]);
  }

  /** What relayd says of its checks; to anything else it has no socket. */
  relaySays(checks: RelayReport['checks']): void {
    this.onAsk = ({ operation }) =>
      Promise.resolve(
        operation === 'status'
          ? { kind: 'answered', answer: { pid: 4711, checks } }
          : { kind: 'unreachable', because: 'no-socket' },
      );
  }

  async run(args: readonly string[], terminal: Terminal = {}): Promise<Ran> {
    const out: Buffer[] = [];
    let err = '';
    const answers = [...(terminal.answers ?? [])];
    const io: CliIo = {
      out: (data) => {
        out.push(Buffer.from(data));
        terminal.onOut?.(Buffer.from(data).toString('utf8'));
      },
      drained: terminal.drained ?? (() => Promise.resolve()),
      err: (text) => (err += text),
      outIsTerminal: terminal.columns !== undefined,
      inIsTerminal: terminal.answer !== undefined || terminal.answers !== undefined,
      columns: terminal.columns,
      color: terminal.color ?? false,
      unicode: true,
      ask: (question) => {
        err += question;
        return Promise.resolve(terminal.answer ?? answers.shift() ?? '');
      },
      interrupted: terminal.interrupted ?? new AbortController().signal,
    };
    const code = await runRelayctl(args, io, this.#services());
    return { code, out: Buffer.concat(out).toString('utf8'), err };
  }

  /** A command that must succeed; its text. */
  async text(...args: readonly string[]): Promise<string> {
    const { code, out, err } = await this.run(args);
    if (code !== 0) throw new Error(`relayctl ${args.join(' ')} exited ${code}: ${err}`);
    return out;
  }

  /** A command that must succeed; its one document. */
  async json(...args: readonly string[]): Promise<unknown> {
    return JSON.parse(await this.text(...args, '--json'));
  }

  /** The same for commands that print one object a line. */
  async jsonLines(...args: readonly string[]): Promise<readonly unknown[]> {
    const text = await this.text(...args, '--json');
    return text === ''
      ? []
      : text
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as unknown);
  }

  /** Accepts a message, as the submission service does; resolves to its id. */
  async accept(parts: AcceptParts = {}): Promise<string> {
    const message = this.#newMessage(parts);
    await this.store.spool.accept(message);
    return message.facts.id;
  }

  /** Claims what is due and settles each delivery as `outcome` says. */
  async settle(outcome: (delivery: ClaimedDelivery) => Outcome): Promise<void> {
    const { claims } = await this.store.spool.claim({
      nowMs: this.clock.now(),
      limit: 100,
      limitPerDestination: 100,
      excludedDestinations: [],
    });
    const deliveries = claims.flatMap((claim) => claim.deliveries);
    const settlements = deliveries.map((delivery): Settlement => {
      const { attempts, ...rest } = outcome(delivery);
      const { deliveryId, fence } = delivery;
      return {
        nextAttemptAtMs: undefined,
        event: {
          type: rest.state === 'queued' || rest.state === 'held' ? 'deferred' : rest.state,
          atMs: this.clock.now(),
          data: {},
        },
        suppression: undefined,
        countsAsAttempt: true,
        ...rest,
        deliveryId,
        fence,
        attempts: (attempts ?? []).map((attempt) => ({ ...ATTEMPT, atMs: this.clock.now(), ...attempt })),
      };
    });
    await this.store.spool.settle({ nowMs: this.clock.now(), settlements, dsns: [] });
  }

  #newMessage({ recipients = ['alice@example.org'], content, remarks, ...facts }: AcceptParts): NewMessage {
    const nowMs = this.clock.now();
    const bytes = new TextEncoder().encode(content ?? 'Subject: Your invoice\r\n\r\nPlease pay.\r\n');
    return {
      credentialVersion: 0,
      facts: {
        id: makeId('msg_', nowMs, this.random),
        accountId: this.defaultAccountId,
        credentialId: undefined,
        stream: 'transactional',
        via: 'smtp',
        reversePath: 'bounces@shop.example',
        headerFrom: 'billing@shop.example',
        subject: 'Your invoice',
        messageIdField: '<1@shop.example>',
        bodyType: '7bit',
        smtpUtf8: false,
        requireTls: false,
        dsnReturn: undefined,
        envelopeId: undefined,
        sendDsn: true,
        tags: [],
        metadata: {},
        signingDomain: 'shop.example',
        headerSizeBytes: 25,
        sizeBytes: bytes.length,
        bodyHash: Buffer.alloc(32).toString('base64'),
        acceptedAtMs: nowMs,
        sendAtMs: undefined,
        expiresAtMs: nowMs + 4 * 86_400_000,
        ...facts,
      },
      content: { kind: 'whole', bytes },
      deliveries: recipients.map((recipient): NewDelivery => ({
        recipient,
        destination: recipient.slice(recipient.lastIndexOf('@') + 1),
        notify: undefined,
        originalRecipient: undefined,
        suppressedBy: undefined,
      })),
      remarks,
    };
  }

  /** Master keys that are accepted beside the present one. */
  previousKeys: readonly Uint8Array[] = [];

  get defaultAccountId(): string {
    if (this.#backend !== undefined) return this.#backend.defaultAccountId;
    // The store makes the account when it is first opened.
    this.openStore();
    return defaultAccount(this.dataDir).id;
  }

  #services(): CliServices {
    return {
      version: '0.1.0',
      clock: this.clock,
      random: this.random,
      actor: 'relayctl:test',
      loadConfig: (file) =>
        loadConfig({
          path: file,
          env: { RELAY_DATA_DIR: this.dataDir, ...this.env },
          readFile: (name) => {
            const text = this.files[name];
            if (text === undefined) throw Object.assign(new Error(name), { code: 'ENOENT' });
            return text;
          },
          defaultHostname: 'machine.example',
          cwd: '/srv',
        }),
      configFile: {
        locate: (named) => {
          const at = named ?? '/srv/relay.toml';
          return { path: at, text: this.files[at], dataDir: undefined };
        },
        write: (at, text) => {
          if (this.writeFailure !== undefined) throw this.writeFailure;
          this.files[at] = text;
        },
      },
      rightsWarnings,
      certificate: () => this.certificate,
      storeExists: ({ dataDir }) => {
        refuseUnsafeFolder(dataDir);
        return this.#backend !== undefined || existsSync(databasePath(dataDir));
      },
      openReader: ({ dataDir }) => this.#backend?.openReader() ?? openSqliteReader(dataDir),
      openWriter: () => this.#backend?.openWriter() ?? Promise.resolve(this.#openStore(false)),
      openSecretBox: () =>
        Promise.resolve(createSecretBox(new Uint8Array(32).fill(1), this.random, this.previousKeys)),
      dataKeyFiles: {
        presentId: () => keyIdOf(new Uint8Array(32).fill(1)),
        file: () => `${this.dataDir}/master.key`,
        rotate: () => ['new00000', keyIdOf(new Uint8Array(32).fill(1))],
        forget: (_, ids) => ids,
      },
      createResolver: () => this.#resolver(),
      // Its zones have no servers of their own.
      openAuthority: () => ({ ask: () => Promise.resolve(undefined) }),
      openTemplateEngine: () => Promise.resolve(this.templateEngine()),
      runningRelay: () => this.relay,
      readRuleFiles: readDataFiles,
      loadBounceRules: () => RULES,
      readReport: (bytes) => this.onReadReport(bytes),
      readInput: (name) => this.#readInput(name),
      gatewayAddresses: () => this.gateways,
      ask: (_, request) => this.onAsk(request) as Promise<Asked<never>>,
      databaseFile: ({ dataDir }) => databasePath(dataDir),
      surroundings: ({ config }) => ({
        config,
        resolver: this.#resolver(),
        blocklists: () => [],
        fileRights: () => [],
        trySmartHost: () => Promise.resolve({ kind: 'ready', tls: 'TLSv1.3' }),
        clock: this.clock,
        random: this.random,
        localAddress: () => Promise.resolve(undefined),
        validates: () => Promise.resolve(true),
        synchronized: () => Promise.resolve(true),
        ...this.surroundings,
      }),
      database: databaseFiles,
      lookAtDisk: ({ dataDir: folder }) =>
        Promise.resolve({ folder, freeBytes: 2 ** 40, reserveBytes: 2 ** 28 }),
      lookAtPorts: this.lookAtPorts,
      submit: (submission) => {
        this.submissions.push(submission);
        return this.onSubmit(submission);
      },
    };
  }

  /** In pieces, as a file comes. */
  async *#readInput(name: string): AsyncIterable<Uint8Array> {
    await Promise.resolve();
    const text = this.files[name];
    if (text === undefined) throw Object.assign(new Error(name), { code: 'ENOENT' });
    const bytes = new TextEncoder().encode(text);
    for (let from = 0; from < bytes.length; from += this.pieceBytes)
      yield bytes.subarray(from, from + this.pieceBytes);
  }

  #resolver(): Resolver {
    const nothing = () => Promise.resolve<DnsAnswer<never>>({ kind: 'not-found', nxdomain: true });
    const txt = (name: string): Promise<DnsAnswer<string>> => {
      const records = this.txt.get(name);
      if (records === 'servfail') return Promise.resolve({ kind: 'failed', reason: 'SERVFAIL' });
      if (records === undefined) return nothing();
      return Promise.resolve({ kind: 'found', records, ttlSeconds: 60 });
    };
    const mx: Resolver['mx'] = (name) => {
      if (this.mxFailures.has(name)) return Promise.resolve({ kind: 'failed', reason: 'no answer in time' });
      const written = this.mx.get(name);
      if (written === undefined) return nothing();
      const records = written.split(', ').map((one) => {
        const [preference, exchange = ''] = one.split(' ');
        return { preference: Number(preference), exchange: exchange.replace(/\.$/, '') };
      });
      return Promise.resolve({ kind: 'found', records, ttlSeconds: 60 });
    };
    return { mx, a: nothing, aaaa: nothing, cname: nothing, ptr: nothing, txt };
  }
}

export interface AcceptParts extends Partial<MessageFacts> {
  readonly recipients?: readonly string[];
  readonly content?: string;
  readonly remarks?: NewMessage['remarks'];
}

type Outcome = Partial<Omit<Settlement, 'attempts' | 'deliveryId' | 'fence' | 'state'>> &
  Pick<Settlement, 'state'> & { readonly attempts?: readonly Partial<AttemptRecord>[] };

const ATTEMPT: AttemptRecord = {
  atMs: 0,
  host: 'mx1.example.org',
  address: '192.0.2.10',
  tls: 'TLSv1.3 TLS_AES_256_GCM_SHA384',
  replyCode: 250,
  status: '2.0.0',
  text: 'queued as 9F2',
  stage: 'final',
  durationMs: 240,
};
