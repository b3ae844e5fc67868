/**
 * The delivery service with its real parts: the SQLite store in a folder of its own, the SMTP client, DKIM keys, and a
 * fake MX behind a resolver that answers from an object. Real time, real sockets on 127.0.0.1.
 */
import { defaultAccount } from '../../../support/default-account.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readFileSync } from 'node:fs';
import { startFakeMx, type FakeMx } from '../../../support/fake-mx.ts';
import { ZoneTable, zoneResolver } from '../../../support/dns-zone.ts';
import { startDelivery, type DeliveryService } from '../../../../src/delivery/delivery-service.ts';
import type { DeliveryLimits } from '../../../../src/delivery/limits.ts';
import { createConnect } from '../../../../src/smtp/client/client.ts';
import { RelaxedBodyHash } from '../../../../src/dkim/body-hash.ts';
import { dkimRecordValue, generateDkimKeys, openSigningKey } from '../../../../src/dkim/keys.ts';
import { systemClock } from '../../../../src/platform/clock.ts';
import { makeId } from '../../../../src/platform/ids.ts';
import { silentLog, type Log } from '../../../../src/platform/log.ts';
import { systemRandom } from '../../../../src/platform/random.ts';
import { createSecretBox } from '../../../../src/platform/secret-box.ts';
import { isBounceRules, parseBounceRules } from '../../../../src/policy/bounce-rules.ts';
import { isMailbox, parseMailbox } from '../../../../src/smtp/address.ts';
import type { MessageFacts } from '../../../../src/store/message-records.ts';
import type { DeliveryView } from '../../../../src/store/views.ts';
import { openSqliteStore, type SqliteStore } from '../../../../src/store/sqlite/open.ts';
import { openSqliteReader, type SqliteReader } from '../../../../src/store/sqlite/reader.ts';
import { layDatabase } from '../../../support/lay-database.ts';

const rules = parseBounceRules(
  readFileSync(new URL('../../../../config/bounce-rules.toml', import.meta.url), 'utf8'),
);

export interface RelaySettings {
  readonly limits?: Partial<DeliveryLimits>;
  readonly retryScheduleMs?: readonly number[];
  /** Of the delivery service. */
  readonly log?: Log;
}

export class RealRelay implements AsyncDisposable {
  readonly mx: FakeMx;
  readonly zone: ZoneTable;
  readonly bugs: unknown[] = [];
  store: SqliteStore;
  reader: SqliteReader;
  delivery: DeliveryService | undefined;
  readonly #dataDir: string;
  #accountId: string | undefined;
  readonly #settings: RelaySettings;
  readonly #box = createSecretBox(new Uint8Array(32).fill(7), systemRandom);

  private constructor(dataDir: string, mx: FakeMx, settings: RelaySettings) {
    this.#dataDir = dataDir;
    this.#settings = settings;
    this.mx = mx;
    this.zone = new ZoneTable({ 'mx.test': { a: ['127.0.0.1'] } });
    for (const name of ['dest.test', 'sender.test', 'other.test'])
      this.zone.set(name, { mx: [{ preference: 10, exchange: 'mx.test' }] });
    this.store = this.#openStore();
    this.reader = openSqliteReader(dataDir);
  }

  static async start(settings: RelaySettings = {}): Promise<RealRelay> {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'postern-delivery-'));
    const relay = new RealRelay(dataDir, await startFakeMx(), settings);
    await relay.#addDomain('sender.test');
    relay.startDelivery();
    return relay;
  }

  startDelivery(): void {
    if (!isBounceRules(rules)) throw new Error(rules.expected);
    this.delivery = startDelivery({
      spool: this.store.spool,
      content: this.reader,
      attempts: this.reader,
      directory: this.reader,
      openKey: (key) => openSigningKey(key, this.#box),
      unknownDomainsUnsigned: true,
      resolver: zoneResolver(this.zone),
      connect: createConnect({ hostname: 'relay.test', clock: systemClock, log: silentLog }),
      config: {
        port: this.mx.port,
        allowPrivateAddresses: true,
        mode: 'live',
        retryScheduleMs: this.#settings.retryScheduleMs ?? [20, 50],
        maxAgeMs: 4 * 86_400_000,
      },
      hostname: 'relay.test',
      ownAddresses: [],
      rules,
      clock: systemClock,
      random: systemRandom,
      log: this.#settings.log ?? silentLog,
      limits: this.#settings.limits ?? {},
      onBug: (error) => this.bugs.push(error),
    });
  }

  /** Stops the service and the store, and starts both anew on the same folder, as the next process does. */
  async restart(graceMs = 0): Promise<void> {
    await this.#stop(graceMs);
    this.store = this.#openStore();
    this.reader = openSqliteReader(this.#dataDir);
    this.startDelivery();
  }

  async submit(
    to: readonly string[],
    { body = 'Hello\r\n', facts = {} }: { body?: string; facts?: Partial<MessageFacts> } = {},
  ): Promise<string> {
    const nowMs = systemClock.now();
    const id = makeId('msg_', nowMs, systemRandom);
    const header =
      `X-Relay-Message-Id: ${id}\r\nFrom: A <a@sender.test>\r\nTo: <${to[0] ?? ''}>\r\nSubject: Hi\r\n` +
      `Date: Thu, 01 Jan 2026 00:00:00 +0000\r\nMessage-ID: <${id}@sender.test>\r\n\r\n`;
    const bytes = new Uint8Array(Buffer.from(header + body));
    const hash = new RelaxedBodyHash();
    hash.update(Buffer.from(body));
    await this.store.spool.accept({
      credentialVersion: undefined,
      facts: {
        id,
        accountId: this.accountId,
        credentialId: undefined,
        stream: 'transactional',
        via: 'smtp',
        reversePath: 'a@sender.test',
        headerFrom: 'a@sender.test',
        subject: 'Hi',
        messageIdField: `<${id}@sender.test>`,
        bodyType: '7bit',
        smtpUtf8: false,
        requireTls: false,
        dsnReturn: undefined,
        envelopeId: undefined,
        sendDsn: true,
        tags: [],
        metadata: {},
        signingDomain: 'sender.test',
        headerSizeBytes: header.length,
        sizeBytes: bytes.length,
        bodyHash: hash.digest(),
        acceptedAtMs: nowMs,
        sendAtMs: undefined,
        expiresAtMs: nowMs + 4 * 86_400_000,
        ...facts,
      },
      content: { kind: 'whole', bytes },
      deliveries: to.map((recipient) => {
        const mailbox = parseMailbox(recipient);
        if (!isMailbox(mailbox)) throw new Error(recipient);
        return {
          recipient,
          destination: mailbox.domain,
          notify: undefined,
          originalRecipient: undefined,
          suppressedBy: undefined,
        };
      }),
    });
    return id;
  }

  get accountId(): string {
    return (this.#accountId ??= defaultAccount(this.#dataDir).id);
  }

  async deliveries(messageId: string): Promise<readonly DeliveryView[]> {
    return (await this.reader.messageById(messageId))?.deliveries ?? [];
  }

  /** The states of a message's deliveries, in the order of its recipients. */
  async states(messageId: string): Promise<readonly string[]> {
    return (await this.deliveries(messageId)).map(({ state }) => state);
  }

  async areDelivered(messageIds: readonly string[]): Promise<boolean> {
    for (const id of messageIds) if ((await this.states(id))[0] !== 'delivered') return false;
    return true;
  }

  async #addDomain(name: string): Promise<void> {
    const keys = await generateDkimKeys({
      domain: name,
      token: 'token',
      nowMs: systemClock.now(),
      box: this.#box,
    });
    for (const key of keys)
      this.zone.set(`${key.selector}._domainkey.${name}`, { txt: [dkimRecordValue(key)] });
    await this.store.directory.addDomain(
      {
        id: `dom_${name}`,
        accountId: this.accountId,
        name,
        verifiedAtMs: 1,
        recordStatus: {},
        createdAtMs: 1,
      },
      keys,
      'test',
    );
  }

  #openStore(): SqliteStore {
    layDatabase(this.#dataDir);
    return openSqliteStore({
      dataDir: this.#dataDir,
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
      reserveBytes: 0,
      exclusive: true,
    });
  }

  async #stop(graceMs: number): Promise<void> {
    await this.delivery?.stop(graceMs);
    this.delivery = undefined;
    this.reader.close();
    await this.store.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop(0);
    await this.mx.close();
    await rm(this.#dataDir, { recursive: true });
    if (this.bugs.length > 0) throw this.bugs[0];
  }
}
