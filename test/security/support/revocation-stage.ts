/**
 * Submission and the API on one real store, and one who changes credentials beside them. Sessions live by a clock that
 * stands still unless a test moves it: so nothing ends them before the test says so, and what is refused until then is
 * refused by the transaction that accepts.
 */
import { testConfig } from '../../support/test-config.ts';
import Database from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import { systemRandom } from '../../../src/platform/random.ts';
import type { Credential } from '../../../src/store/directory-records.ts';
import type { Spool } from '../../../src/store/spool.ts';
import { databasePath } from '../../../src/store/sqlite/engine/connection.ts';
import { createAcceptance, type Acceptance } from '../../../src/intake/acceptance.ts';
import { startSubmission } from '../../../src/submission/submission-service.ts';
import { stage, stageBox, stageCertificate, type HttpStage } from '../../http/support/http-stage.ts';
import { TEST_LOGIN, Wire, type Login } from '../../protocol/support/dialogue.ts';
import { engineInProcess } from '../../support/template-engine.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

export const FROM = 'a@example.org';
export const TO = 'b@example.net';
export const CONTENT = `From: ${FROM}\r\nTo: ${TO}\r\nSubject: x\r\n\r\nbody\r\n`;
/** More than sessions have to end. */
export const SECOND_MS = 1_000;

export class RevocationStage {
  readonly clock = new VirtualClock(Date.now());
  readonly relay: HttpStage;
  /** Runs before the next accept reaches the store. */
  beforeAccept: (() => Promise<void>) | undefined;
  acceptance!: Acceptance;
  port = 0;

  private constructor(relay: HttpStage) {
    this.relay = relay;
  }

  static async start(): Promise<RevocationStage> {
    const made = new RevocationStage(await stage());
    await made.#open();
    return made;
  }

  async #open(): Promise<void> {
    const { relay, clock } = this;
    const { store, reader, config } = relay;
    this.#hook(store.spool);
    this.acceptance = createAcceptance({
      ...relay.context(),
      config,
      directory: reader,
      spool: store.spool,
      templateEngine: engineInProcess(),
      clock,
    });
    const service = await startSubmission({
      config: testConfig({
        submission: {
          listen: [{ host: '127.0.0.1', port: 0 }],
          listenTls: [],
          maxConnections: 100,
          maxConnectionsPerAddress: 100,
        },
      }),
      acceptance: this.acceptance,
      loadTls: () => ({ ...stageCertificate, selfSigned: true }),
    });
    onTestFinished(async () => {
      const stopped = service.stop(0);
      await clock.advance(60_000);
      await stopped;
    });
    this.port = service.addresses[0]!.port;
    for (const name of ['example.org', 'second.example']) await this.addDomain(name);
  }

  #hook(spool: Spool): void {
    const acceptAll = spool.acceptAll.bind(spool);
    spool.acceptAll = async (...args) => {
      const { beforeAccept } = this;
      this.beforeAccept = undefined;
      await beforeAccept?.();
      return await acceptAll(...args);
    };
  }

  async addDomain(name: string): Promise<void> {
    const { id: accountId } = this.relay.account;
    const domain = { id: `dom_${name}`, accountId, name, verifiedAtMs: 1, recordStatus: {}, createdAtMs: 1 };
    await this.relay.store.directory.addDomain(domain, [], 'test');
  }

  async unverify(name: string): Promise<void> {
    const found = { domainId: `dom_${name}`, recordStatus: {}, dkim: false, holder: undefined };
    for (const atMs of [1, 2, Date.now()])
      await this.relay.store.directory.recordDomainCheck({ ...found, atMs }, 'test');
  }

  /** An SMTP login with {@link TEST_LOGIN}. */
  async login(change: Partial<Credential> = {}): Promise<Credential> {
    const { username, password } = TEST_LOGIN;
    const secretHash = stageBox.hmac(password);
    return await this.relay.credential({ kind: 'smtp', username, secretHash, scopes: ['send'], ...change });
  }

  /** One that 127.0.0.1 needs no login for. */
  async network(): Promise<Credential> {
    return await this.relay.credential({ kind: 'network', networks: ['127.0.0.0/8'], scopes: ['send'] });
  }

  /** Greeted; with a login under TLS. */
  async session(login: Login | undefined = TEST_LOGIN): Promise<Wire> {
    const wire = await Wire.open(this.port);
    onTestFinished(() => wire.destroy());
    await wire.reply();
    await wire.command('EHLO client.test');
    await wire.command('STARTTLS');
    await wire.secure();
    expectCode(235, await wire.login(login));
    return wire;
  }

  async inClear(): Promise<Wire> {
    const wire = await Wire.open(this.port);
    onTestFinished(() => wire.destroy());
    await wire.reply();
    await wire.command('EHLO client.test');
    return wire;
  }

  async revoke({ id }: Pick<Credential, 'id'>): Promise<void> {
    await this.relay.store.directory.revokeCredential(id, Date.now(), 'test');
  }

  async rotate({ id }: Credential): Promise<void> {
    await this.relay.store.directory.replaceCredentialSecret(id, systemRandom.bytes(32), 1, 'test');
  }

  /** As another process does it, whatever its release. */
  change({ id }: Credential, set: string): void {
    const db = new Database(databasePath(this.relay.dataDir));
    db.prepare(`UPDATE credential SET ${set} WHERE public_id = ?`).run(id);
    db.close();
  }

  /** The first before the next accept, the second before the one after. */
  changeAtAccepts(credential: Credential, ...[set, ...more]: readonly string[]): void {
    if (set === undefined) return;
    this.beforeAccept = () => {
      this.change(credential, set);
      this.changeAtAccepts(credential, ...more);
      return Promise.resolve();
    };
  }

  /** What of tables that hold content has rows. */
  get kept(): { messages: number; chunks: number } {
    const db = new Database(databasePath(this.relay.dataDir), { readonly: true });
    const count = (table: string) =>
      db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0;
    const kept = { messages: count('message'), chunks: count('content_chunk') };
    db.close();
    return kept;
  }

  get messages(): number {
    return this.kept.messages;
  }
}

function expectCode(code: number, reply: string): void {
  if (!reply.startsWith(String(code))) throw new Error(`expected ${code}: ${reply}`);
}
