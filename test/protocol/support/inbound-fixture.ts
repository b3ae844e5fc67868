/** The port-25 service on port 0, with a real store: one domain, whose mail was delivered as a test wants it. */
import { flatMapInTurn } from '../../../src/platform/in-turn.ts';
import { defaultAccount } from '../../support/default-account.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readFileSync } from 'node:fs';
import { loadBounceRules } from '../../../src/config/bounce-rules.ts';
import { makeReportToken } from '../../../src/dsn/report-token.ts';
import { makeReturnPath } from '../../../src/dsn/return-path-token.ts';
import { readReport } from '../../../src/dsn/read/read-report.ts';
import type { ReadReport } from '../../../src/dsn/read/report-reader.ts';
import { startInbound } from '../../../src/inbound/inbound-service.ts';
import { makeSelfSignedCertificate } from '../../../src/smtp/server/self-signed-certificate.ts';
import type { SmtpPorts } from '../../../src/smtp/server/smtp-ports.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { base32, makeId } from '../../../src/platform/ids.ts';
import { silentLog, type Log } from '../../../src/platform/log.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { createSecretBox } from '../../../src/platform/secret-box.ts';
import type { FeedbackSources } from '../../../src/policy/feedback-sources.ts';
import type { NewUnverifiedReport, ReportWriter, UnverifiedReport } from '../../../src/store/reports.ts';
import type { Claim } from '../../../src/store/delivery-records.ts';
import type { MessageFacts, NewDelivery } from '../../../src/store/message-records.ts';
import type { StoredEvent } from '../../../src/store/views.ts';
import { openSqliteStore, type SqliteStore } from '../../../src/store/sqlite/open.ts';
import { openSqliteReader, type SqliteReader } from '../../../src/store/sqlite/reader.ts';
import { testConfig } from '../../support/test-config.ts';
import { zoneResolver, ZoneTable } from '../../support/dns-zone.ts';
import { Wire } from './dialogue.ts';
import { layDatabase } from '../../support/lay-database.ts';

export const HOSTNAME = 'relay.test';
export const DOMAIN = 'example.org';
export const RETURN_PATH_HOST = `bounces.${DOMAIN}`;
export const OTHER_DOMAIN = 'other.test';

const box = createSecretBox(new Uint8Array(32).fill(7), systemRandom);
const hash = (text: string) => box.hmac(text);
const certificate = await makeSelfSignedCertificate(HOSTNAME);
const rules = loadBounceRules((file) => readFileSync(file, 'utf8'));

const readHere: ReadReport = async (bytes) => ({ kind: 'report', report: await readReport(bytes) });

/** Providers whose feedback counts. */
export const SOURCES: FeedbackSources = [
  {
    name: 'provider',
    from: ['fbl@provider.test'],
    dkim: ['provider.test'],
    spf: ['bounce.provider.test'],
  },
];

export interface FixtureOptions {
  /** In place of the store's. */
  readonly reports?: Partial<ReportWriter>;
  /** In place of the reader in this process. */
  readonly readReport?: ReadReport;
  readonly log?: Log;
  readonly feedbackNetworks?: readonly string[];
  readonly sourceComplaints?: number;
}

const HEADER = 'From: <shop@example.org>\r\nSubject: Your order\r\nMessage-ID: <order-1@example.org>\r\n\r\n';

export interface DeliveredDraft {
  readonly recipients?: readonly Partial<NewDelivery>[];
  readonly facts?: Partial<MessageFacts>;
  /** Default `delivered`; `undefined`: left in the worker's hands. */
  readonly state?: 'delivered' | 'bounced' | undefined;
}

export class InboundFixture implements AsyncDisposable {
  readonly #dataDir: string;
  readonly store: SqliteStore;
  readonly reader: SqliteReader;
  /** What the service finds in DNS. */
  readonly zone = new ZoneTable();
  readonly #claims: Claim[] = [];
  #service: SmtpPorts | undefined;

  private constructor() {
    this.#dataDir = mkdtempSync(path.join(tmpdir(), 'postern-inbound-'));
    const shared = { dataDir: this.#dataDir, clock: systemClock, random: systemRandom };
    layDatabase(this.#dataDir);
    this.store = openSqliteStore({ ...shared, log: silentLog, exclusive: true, reserveBytes: 0 });
    this.reader = openSqliteReader(this.#dataDir);
    const limits = { maxDeliveries: 5000, maxDeliveriesPerDestination: 5000, maxContentBytes: 1_000_000 };
    this.store.spool.openFeed(limits, {
      onClaims: (claims) => void this.#claims.push(...claims),
      onBacklog: () => undefined,
      onRecall: () => undefined,
    });
  }

  static async start(options: FixtureOptions = {}): Promise<InboundFixture> {
    const fixture = new InboundFixture();
    const { store, reader } = fixture;
    await fixture.addDomain(DOMAIN, fixture.accountId);
    fixture.#service = await startInbound({
      config: testConfig({
        hostname: HOSTNAME,
        inbound: {
          listen: [{ host: '127.0.0.1', port: 0 }],
          postmaster: { localPart: 'ops', domain: 'elsewhere.test' },
          feedbackNetworks: options.feedbackNetworks ?? [],
        },
        suppression: { softBounces: { messages: 3, spanMs: 0, lastsMs: 30 * 86_400_000 } },
        health: { sourceComplaints: options.sourceComplaints },
      }),
      files: { bounceRules: rules, feedbackSources: SOURCES },
      loadTls: () => ({ ...certificate, selfSigned: true }),
      reader,
      spool: store.spool,
      accounts: store.directory,
      reports: { ...delegate(store.reports), ...options.reports },
      readReport: options.readReport ?? readHere,
      resolver: zoneResolver(fixture.zone),
      hashes: box.hmacs,
      box,
      unsubscribes: store.unsubscribes,
      clock: systemClock,
      random: systemRandom,
      log: options.log ?? silentLog,
    });
    return fixture;
  }

  /** A second tenant with a domain of its own; its id. */
  async addOtherAccount(): Promise<string> {
    const id = makeId('acc_', systemClock.now(), systemRandom);
    await this.store.directory.addAccount({ id, name: 'other', createdAtMs: 1 }, 'test');
    await this.addDomain(OTHER_DOMAIN, id);
    return id;
  }

  async addDomain(name: string, accountId: string): Promise<void> {
    const id = makeId('dom_', systemClock.now(), systemRandom);
    const domain = { id, accountId, name, verifiedAtMs: 1, recordStatus: {}, createdAtMs: 1 };
    await this.store.directory.addDomain(domain, [], 'test');
  }

  get accountId(): string {
    return defaultAccount(this.#dataDir).id;
  }

  get port(): number {
    return this.#service?.addresses[0]?.port ?? 0;
  }

  /** A message of the domain that was delivered; its id. */
  async delivered(draft: DeliveredDraft = {}): Promise<string> {
    const { recipients = [{}], facts } = draft;
    const nowMs = systemClock.now();
    const bytes = new Uint8Array(Buffer.from(`${HEADER}Hello\r\n`));
    const id = makeId('msg_', nowMs, systemRandom);
    await this.store.spool.accept({
      credentialVersion: undefined,
      facts: {
        id,
        accountId: this.accountId,
        credentialId: undefined,
        stream: 'transactional',
        via: 'smtp',
        reversePath: 'shop@example.org',
        headerFrom: 'shop@example.org',
        subject: 'Your order',
        messageIdField: '<order-1@example.org>',
        bodyType: '7bit',
        smtpUtf8: false,
        requireTls: false,
        dsnReturn: undefined,
        envelopeId: undefined,
        sendDsn: true,
        tags: [],
        metadata: {},
        signingDomain: DOMAIN,
        headerSizeBytes: HEADER.length,
        sizeBytes: bytes.length,
        bodyHash: Buffer.alloc(32).toString('base64'),
        acceptedAtMs: nowMs,
        sendAtMs: undefined,
        expiresAtMs: nowMs + 86_400_000,
        ...facts,
      },
      content: { kind: 'whole', bytes },
      deliveries: recipients.map((recipient) => ({
        recipient: 'bob@example.net',
        destination: 'example.net',
        notify: undefined,
        originalRecipient: undefined,
        suppressedBy: undefined,
        ...recipient,
      })),
    });
    const state = 'state' in draft ? draft.state : 'delivered';
    if (state !== undefined) await this.settle(state);
    return facts?.id ?? id;
  }

  /** Everything in hand. */
  async settle(state: 'delivered' | 'bounced'): Promise<void> {
    const settlements = this.#claims.splice(0).flatMap(({ deliveries }) =>
      deliveries.map(({ deliveryId, fence }) => ({
        deliveryId,
        fence,
        state,
        nextAttemptAtMs: undefined,
        attempts: [],
        event: { type: state, atMs: systemClock.now(), data: {} },
        suppression: undefined,
        countsAsAttempt: true,
      })),
    );
    await this.store.spool.settle({ nowMs: systemClock.now(), settlements, dsns: [] });
  }

  /** The return-path token of the message at one destination. */
  token(messageId: string, destination = 'example.net', host = RETURN_PATH_HOST): string {
    return makeReturnPath(messageId, destination, host, hash);
  }

  /** As tokens were made before they named a destination. */
  earlyToken(messageId: string): string {
    const body = messageId.slice('msg_'.length);
    return `b1-${body}-${base32(hash(`return-path 1 ${body}@${RETURN_PATH_HOST}`).subarray(0, 10))}@${RETURN_PATH_HOST}`;
  }

  /** The field by which a feedback report shows what it is about. */
  reportTokenField(messageId: string): string {
    return `X-Relay-Report-Token: ${makeReportToken(messageId, hash)}`;
  }

  /** Reports without effect, newest first. */
  async kept(accountId = this.accountId): Promise<readonly UnverifiedReport[]> {
    return this.reader.unverifiedReports(accountId, undefined, 10_000);
  }

  /** Keeps a report as the service does, without SMTP. */
  async keep(parts: Partial<NewUnverifiedReport>): Promise<void> {
    await this.store.reports.keepReport({
      id: makeId('rpt_', systemClock.now(), systemRandom),
      accountId: this.accountId,
      receivedAtMs: systemClock.now(),
      kind: 'bounce',
      form: 'rfc3464',
      recipient: undefined,
      messageId: undefined,
      client: '127.0.0.1',
      why: 'test',
      reading: undefined,
      headers: Buffer.from('From: x\r\n'),
      ...parts,
    });
  }

  /** More mail of the stream that was delivered today, in one message. */
  async countDelivered(deliveries: number): Promise<void> {
    const recipients = Array.from({ length: deliveries }, (_, i) => ({ recipient: `u${i}@example.net` }));
    await this.delivered({ recipients });
  }

  /** Events about the account, oldest first. */
  async accountEvents(): Promise<readonly StoredEvent[]> {
    const all = { accountId: undefined, messageId: undefined, recipient: undefined, after: 0 };
    return (await this.reader.readEvents({ ...all, types: ['report_unverified'], limit: 10_000 })).events;
  }

  /** Hands in one message; the reply to its end, or the first refusal. */
  async send(to: string, content: string, from = '', localAddress = '127.0.0.1'): Promise<string> {
    const wire = await Wire.open(this.port, { localAddress });
    try {
      await wire.reply();
      await wire.command('EHLO mx.example.net');
      const mail = await wire.command(`MAIL FROM:<${from}>`);
      if (!mail.startsWith('250')) return mail;
      const rcpt = await wire.command(`RCPT TO:<${to}>`);
      if (!rcpt.startsWith('250')) return rcpt;
      await wire.command('DATA');
      wire.send(`${content.replace(/\r?\n/g, '\r\n')}\r\n.\r\n`);
      return await wire.reply();
    } finally {
      wire.destroy();
    }
  }

  async states(messageId: string): Promise<readonly string[]> {
    return (await this.reader.messageById(messageId))?.deliveries.map(({ state }) => state) ?? [];
  }

  async events(messageId: string): Promise<readonly StoredEvent[]> {
    return (
      await this.reader.readEvents({
        accountId: undefined,
        messageId,
        recipient: undefined,
        types: [],
        after: 0,
        limit: 1000,
      })
    ).events.filter(({ type }) => type !== 'accepted');
  }

  async suppression(address: string): Promise<string | undefined> {
    return (await this.reader.suppressionFor(this.accountId, 'transactional', address, systemClock.now()))
      ?.reason;
  }

  /** What the relay itself wrote, oldest first: content as text, with its recipient. */
  async dsns(): Promise<
    readonly { readonly recipient: string; readonly text: string; readonly facts: MessageFacts }[]
  > {
    const filter = {
      accountId: undefined,
      state: undefined,
      destination: undefined,
      recipient: undefined,
      stream: undefined,
      tag: undefined,
      before: undefined,
      limit: 100,
    };
    const dsns = (await this.reader.listMessages(filter)).filter(({ facts }) => facts.via === 'dsn');
    return await flatMapInTurn(dsns.reverse(), async ({ facts, deliveries }) => {
      const contentId = (await this.reader.contentIdOf(facts.id)) ?? 0;
      const text = Buffer.from(await this.reader.readChunk(contentId, 0)).toString();
      return [{ facts, recipient: deliveries[0]?.recipient ?? '', text }];
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#service?.stop(0);
    this.reader.close();
    await this.store.close();
    rmSync(this.#dataDir, { recursive: true });
  }
}

function delegate(reports: ReportWriter): ReportWriter {
  return {
    applyReport: (changes) => reports.applyReport(changes),
    keepReport: (report) => reports.keepReport(report),
    applyKeptReport: (id, changes, atMs, actor) => reports.applyKeptReport(id, changes, atMs, actor),
  };
}

/** A delivery report as an MTA writes it. */
export function deliveryReport(
  recipient: string,
  {
    action = 'failed',
    status = '5.1.1',
    diagnostic = `550 5.1.1 <${recipient}>: Recipient address rejected: User unknown`,
    returned = 'Message-ID: <order-1@example.org>',
    original = '',
  }: {
    readonly action?: string;
    readonly status?: string;
    readonly diagnostic?: string;
    readonly returned?: string;
    readonly original?: string;
  } = {},
): string {
  return `From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
To: somebody@example.org
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

This is the mail system at host mx.example.net.

<${recipient}>: ${diagnostic}

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

${original === '' ? '' : `Original-Recipient: rfc822; ${original}\n`}Final-Recipient: rfc822; ${recipient}
Action: ${action}
Status: ${status}
Remote-MTA: dns; inner.example.net
Diagnostic-Code: smtp; ${diagnostic}

--b
Content-Type: text/rfc822-headers

${returned}
Subject: Your order

--b--`;
}

/** A feedback report, RFC 5965. */
export function feedbackReport(type: string, returned: string, recipient?: string): string {
  return `From: <fbl@provider.test>
To: <fbl@example.org>
Subject: FW: Your order
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

This is an email abuse report.

--b
Content-Type: message/feedback-report

Feedback-Type: ${type}
User-Agent: Provider/1.0
Version: 1
${recipient === undefined ? '' : `Original-Rcpt-To: <${recipient}>\n`}
--b
Content-Type: message/rfc822

From: <shop@example.org>
${returned}
Subject: Your order

Hello
--b--`;
}
