/** A store, a dispatcher on a virtual clock, and webhooks that lead to real receivers. */
import { joinStore } from '../../../support/join-store.ts';
import { defaultAccount } from '../../../support/default-account.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSecretBox } from '../../../../src/platform/secret-box.ts';
import { silentLog } from '../../../../src/platform/log.ts';
import { systemRandom } from '../../../../src/platform/random.ts';
import type { Resolver } from '../../../../src/dns/resolver.ts';
import { openSqliteReader, type SqliteReader } from '../../../../src/store/sqlite/reader.ts';
import { openSqliteStore, type SqliteStore } from '../../../../src/store/sqlite/open.ts';
import type { Webhook, WebhookDelivery, WebhookRecord } from '../../../../src/store/webhooks.ts';
import type { Settlement } from '../../../../src/store/delivery-records.ts';
import {
  startDispatcher,
  type Dispatcher,
  type DispatcherOptions,
} from '../../../../src/webhook/dispatcher.ts';
import { makeSealedKey } from '../../../../src/webhook/webhook-keys.ts';
import { claimAll, newMessage, settleAll, type MessageDraft } from '../../../conformance/store/fixtures.ts';
import { eventually } from '../../../support/eventually.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../../../support/webhook-receiver.ts';
import { layDatabase } from '../../../support/lay-database.ts';

const NO_DNS: Pick<Resolver, 'a' | 'aaaa'> = {
  a: () => Promise.resolve({ kind: 'not-found', nxdomain: true }),
  aaaa: () => Promise.resolve({ kind: 'not-found', nxdomain: true }),
};

export class WebhookBench {
  readonly clock = new VirtualClock(Date.now());
  readonly dataDir = mkdtempSync(path.join(tmpdir(), 'postern-webhooks-'));
  readonly box = createSecretBox(new Uint8Array(32).fill(7), systemRandom);
  readonly reader: SqliteReader;
  readonly store: SqliteStore;
  resolver = NO_DNS;
  allowPrivateAddresses = true;
  lookEveryMs = 200;
  /** In place of HTTP, where hours pass: no answer of a real receiver comes within no time. */
  openSender: DispatcherOptions['openSender'];
  /** Each operation that the dispatcher wrote. */
  readonly records: (readonly WebhookRecord[])[] = [];
  /** Set: writing outcomes fails so. */
  writeError: Error | undefined;
  /** Set: whether this node is the one that tells them. */
  tells: (() => boolean) | undefined;
  #dispatcher: Dispatcher | undefined;
  readonly #dispatcherReaders: SqliteReader[] = [];
  readonly #receivers: WebhookReceiver[] = [];

  /** `hours`: virtual time will pass by the hour; the store claims nothing then and keeps no timer of its own. */
  constructor(hours = false) {
    layDatabase(this.dataDir);
    this.store = openSqliteStore({
      dataDir: this.dataDir,
      clock: this.clock,
      random: systemRandom,
      log: silentLog,
      exclusive: !hours,
    });
    this.reader = openSqliteReader(this.dataDir);
  }

  async receiver(): Promise<WebhookReceiver> {
    const receiver = await startWebhookReceiver();
    this.#receivers.push(receiver);
    return receiver;
  }

  /** A webhook to `url`; gives its secret. */
  async add(id: string, url: string, events: Webhook['events'] = []): Promise<string> {
    const { sealed, secret } = makeSealedKey(id, this.box, systemRandom);
    await this.store.webhooks.addWebhook(
      { id, accountId: this.accountId, url, events, sealedSecret: sealed, createdAtMs: this.clock.now() },
      'test',
    );
    return secret;
  }

  get accountId(): string {
    return defaultAccount(this.dataDir).id;
  }

  start(): void {
    const reader = openSqliteReader(this.dataDir);
    this.#dispatcherReaders.push(reader);
    this.#dispatcher = startDispatcher({
      reader,
      writer: {
        recordWebhooks: (records) => {
          if (this.writeError !== undefined) return Promise.reject(this.writeError);
          this.records.push(records);
          return this.store.webhooks.recordWebhooks(records);
        },
      },
      box: this.box,
      sender: {
        guard: { resolver: this.resolver, allowPrivateAddresses: this.allowPrivateAddresses },
        version: '0.0.0',
      },
      clock: this.clock,
      random: { bytes: (length) => new Uint8Array(length), float: () => 0.5 },
      log: silentLog,
      lookEveryMs: this.lookEveryMs,
      ...(this.openSender !== undefined && { openSender: this.openSender }),
      ...(this.tells !== undefined && { tells: this.tells }),
    });
  }

  async stopDispatcher(graceMs = 0): Promise<void> {
    const stopping = this.#dispatcher?.stop(graceMs);
    this.#dispatcher = undefined;
    let stopped = false;
    void stopping?.then(() => (stopped = true));
    if (stopping !== undefined) await this.until(async () => stopped);
  }

  /** As the sudden end of a process: nothing more is written, whatever it got. */
  killDispatcher(): void {
    this.writeError = new Error('dead');
  }

  /** A message of one recipient; its id. */
  async accept(draft: MessageDraft = {}): Promise<string> {
    const message = await newMessage(joinStore(this.reader, this.store), draft);
    await this.store.spool.accept(message);
    return message.facts.id;
  }

  /** Claims what is due and ends it so. */
  async settle(parts: Partial<Settlement> = {}): Promise<void> {
    const { claims } = await claimAll(this.store.spool, { nowMs: this.clock.now() + 60_000 });
    await settleAll(this.store.spool, claims, { state: 'delivered', ...parts });
  }

  /** Lets virtual time pass, in small steps, until it is so. */
  async until(condition: () => Promise<boolean>, stepMs = 20): Promise<void> {
    await eventually(async () => {
      await this.clock.advance(stepMs);
      return condition();
    });
  }

  async log(webhookId: string): Promise<readonly WebhookDelivery[]> {
    return this.reader.webhookDeliveries({ webhookId, state: undefined, before: undefined, limit: 1000 });
  }

  async webhook(id: string): Promise<Webhook> {
    return (await this.reader.webhookById(id))!;
  }

  async dispose(): Promise<void> {
    this.writeError = undefined;
    await this.stopDispatcher();
    for (const receiver of this.#receivers) await receiver.stop();
    for (const reader of this.#dispatcherReaders) reader.close();
    this.reader.close();
    await this.store.close();
    rmSync(this.dataDir, { recursive: true });
  }
}
