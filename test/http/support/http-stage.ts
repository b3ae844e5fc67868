/**
 * The HTTP service on a port of the system's choice, over a real store in a temporary folder, in this process. Keys are
 * made as relayctl makes them; requests go over loopback.
 */
import { addressHashesOf, hashedSuppressions } from '../../../src/store/hashed-addresses.ts';
import { createDirectorySnapshot } from '../../../src/store/directory-snapshot.ts';
import { defaultAccount } from '../../support/default-account.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { Config } from '../../../src/config/config.ts';
import { readDataFiles } from '../../../src/app/data-files.ts';
import { loadConfig, type LoadedConfig } from '../../../src/config/load.ts';
import { inForceAtStart } from '../../../src/config/reload.ts';
import { settingsInForce } from '../../../src/config/settings-in-force.ts';
import type { OperationFacts } from '../../../src/http/dashboard/operation/operation-context.ts';
import type { Resolver } from '../../../src/dns/resolver.ts';
import type { RouteContext } from '../../../src/http/route-context.ts';
import { startHttp, type HttpOptions, type HttpService } from '../../../src/http/http-service.ts';
import { makeSelfSignedCertificate } from '../../../src/smtp/server/self-signed-certificate.ts';
import { makeApiKey } from '../../../src/platform/api-key.ts';
import { systemClock, type Clock } from '../../../src/platform/clock.ts';
import { makeId } from '../../../src/platform/ids.ts';
import type { Log, LogFields } from '../../../src/platform/log.ts';
import { silentLog } from '../../../src/platform/log.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { createSecretBox } from '../../../src/platform/secret-box.ts';
import type { Account, Credential } from '../../../src/store/directory-records.ts';
import type { StoreReads, StoreWrites } from '../../../src/store/store.ts';
import { openSqliteStore, type SqliteStore } from '../../../src/store/sqlite/open.ts';
import { openSqliteReader } from '../../../src/store/sqlite/reader.ts';
import { createAcceptance } from '../../../src/intake/acceptance.ts';
import type { TemplateEngine } from '../../../src/template/template-engine.ts';
import { previewsInProcess } from '../../support/preview-reader.ts';
import { engineInProcess } from '../../support/template-engine.ts';
import { SMTP_CREDENTIAL } from '../../support/credential.ts';
import { layDatabase } from '../../support/lay-database.ts';

const HOSTNAME = 'relay.test';
const certificate = await makeSelfSignedCertificate(HOSTNAME);
const box = createSecretBox(new Uint8Array(32).fill(7), systemRandom);

export interface LogLine extends LogFields {
  readonly event: string;
}

export interface StageOptions {
  /** What relay.toml says; default: there is none. */
  readonly toml?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly resolver?: Resolver;
  /** What the service goes by; default: the system's. */
  readonly clock?: Clock;
  readonly http?: Partial<HttpOptions>;
  /** Default: in this process. */
  readonly templateEngine?: TemplateEngine;
  /** Default: SQLite in a folder of its own. */
  readonly backend?: HttpBackend;
}

export type StageStore = StoreWrites & Pick<SqliteStore, 'close'>;
export type StageReader = StoreReads & { close(): unknown };

/** A store on another engine; it is closed with the stage. */
export interface HttpBackend {
  readonly store: StageStore;
  readonly reader: StageReader;
  /** The default account. */
  readonly account: Account;
}

/** A JSON answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // What a test looks at is its own business.
  readonly body: any;
}

export interface Call {
  readonly key?: string | undefined;
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export class HttpStage implements AsyncDisposable {
  readonly log: LogLine[] = [];
  readonly dataDir = mkdtempSync(path.join(tmpdir(), 'postern-http-'));
  readonly store: StageStore;
  readonly reader: StageReader;
  readonly config: Config;
  readonly loaded: LoadedConfig;
  readonly #templates: TemplateEngine;
  #service: HttpService | undefined;
  #account: Account | undefined;

  private constructor(
    config: (dataDir: string) => LoadedConfig,
    templates: TemplateEngine,
    backend: HttpBackend | undefined,
  ) {
    this.loaded = config(this.dataDir);
    this.config = this.loaded.config;
    this.#templates = templates;
    this.#account = backend?.account;
    if (backend === undefined) layDatabase(this.dataDir);
    this.store =
      backend?.store ??
      openSqliteStore({
        dataDir: this.dataDir,
        clock: systemClock,
        random: systemRandom,
        log: silentLog,
        reserveBytes: 0,
        exclusive: true,
      });
    const connection = backend?.reader ?? openSqliteReader(this.dataDir);
    // As relayd has it.
    const snapshot = { ...connection, ...createDirectorySnapshot(connection, systemClock) };
    this.reader = { ...snapshot, ...hashedSuppressions(snapshot, addressHashesOf(box)) };
  }

  static async start(options: StageOptions = {}): Promise<HttpStage> {
    const env = { RELAY_HTTP__LISTEN: '127.0.0.1:0', RELAY_HOSTNAME: HOSTNAME, ...options.env };
    const stage = new HttpStage(
      (dataDir) =>
        loadConfig({
          path: undefined,
          env: { RELAY_DATA_DIR: dataDir, ...env },
          cwd: dataDir,
          readFile: (file) => {
            if (file === path.join(dataDir, 'relay.toml') && options.toml !== undefined) return options.toml;
            throw Object.assign(new Error('not there'), { code: 'ENOENT' });
          },
          defaultHostname: HOSTNAME,
        }),
      options.templateEngine ?? engineInProcess(),
      options.backend,
    );
    stage.#service = await stage.startService(options);
    return stage;
  }

  /** A further service on the same store. */
  async startService({ resolver, clock, http }: StageOptions = {}): Promise<HttpService> {
    return await startHttp({
      ...this.context(resolver, clock),
      version: '0.0.0-test',
      ...this.facts(),
      previews: previewsInProcess(),
      loadTls: () => ({ ...certificate, selfSigned: true }),
      ...http,
    });
  }

  /** What routes work with. */
  context(resolver: Resolver = noResolver, clock: Clock = systemClock): RouteContext {
    const { config, reader, store, log } = this;
    const needs = { clock, random: systemRandom, log: recordingLog(log), box };
    const acceptance = createAcceptance({
      ...needs,
      config,
      directory: reader,
      spool: store.spool,
      refusalWriter: store.refusals,
      templateEngine: this.#templates,
      usageReader: reader,
    });
    return { ...store, ...needs, reader, acceptance, resolver, config };
  }

  /** What the relay knows of itself. */
  facts(): OperationFacts {
    const { loaded } = this;
    return {
      checks: () => Promise.resolve([{ name: 'store', ok: true, detail: 'the store answers' }]),
      files: () => readDataFiles(loaded.config),
      settings: () => settingsInForce(inForceAtStart(loaded), loaded, []),
    };
  }

  get service(): HttpService {
    return this.#service!;
  }

  get account(): Account {
    return (this.#account ??= defaultAccount(this.dataDir));
  }

  get port(): number {
    return this.service.addresses.find(({ tls }) => !tls)!.port;
  }

  get tlsPort(): number {
    return this.service.addresses.find(({ tls }) => tls)!.port;
  }

  url(pathname: string): string {
    return `http://127.0.0.1:${this.port}${pathname}`;
  }

  /** Resolves to the key's text. */
  async key(change: Partial<Credential> = {}): Promise<string> {
    const key = makeApiKey(systemRandom);
    await this.credential({ secretHash: box.hmac(key), ...change });
    return key;
  }

  async credential(change: Partial<Credential>): Promise<Credential> {
    const id = makeId('crd_', systemClock.now(), systemRandom);
    const credential: Credential = {
      ...SMTP_CREDENTIAL,
      id,
      accountId: this.account.id,
      accountName: this.account.name,
      kind: 'api',
      name: id,
      username: undefined,
      secretHash: undefined,
      scopes: ['admin'],
      createdAtMs: systemClock.now(),
      ...change,
    };
    await this.store.directory.addCredential(credential, 'test');
    return credential;
  }

  /** A second tenant. */
  async otherAccount(name = 'other'): Promise<Account> {
    const account = {
      id: makeId('acc_', systemClock.now(), systemRandom),
      name,
      createdAtMs: systemClock.now(),
    };
    await this.store.directory.addAccount(account, 'test');
    return account;
  }

  async call(pathname: string, { key, method, body, headers }: Call = {}): Promise<Answer> {
    const response = await fetch(this.url(pathname), {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = response.headers.get('content-type')?.startsWith('application/json') === true;
    return {
      status: response.status,
      headers: response.headers,
      body: json && text !== '' ? JSON.parse(text) : text,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#service?.stop(0);
    await this.#templates.stop();
    await this.reader.close();
    await this.store.close();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

/** A stage that goes away with the test. */
export async function stage(options: StageOptions = {}): Promise<HttpStage> {
  const started = await HttpStage.start(options);
  onTestFinished(() => started[Symbol.asyncDispose]());
  return started;
}

export { box as stageBox, certificate as stageCertificate };

const nothing = () => Promise.resolve({ kind: 'not-found', nxdomain: true } as const);
const noResolver: Resolver = {
  ...{ mx: nothing, a: nothing, aaaa: nothing },
  ...{ txt: nothing, cname: nothing, ptr: nothing },
};

function recordingLog(lines: LogLine[]): Log {
  const add = (event: string, fields?: LogFields) => {
    lines.push({ event, ...fields });
  };
  return { debug: add, info: add, warn: add, error: add, enabled: () => true };
}
