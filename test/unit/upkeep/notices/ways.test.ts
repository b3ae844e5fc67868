/** The ways to the operator: a real store that takes mail, a real receiver of webhooks, a real program. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OperatorConfig } from '../../../../src/config/config.ts';
import { systemClock } from '../../../../src/platform/clock.ts';
import { silentLog } from '../../../../src/platform/log.ts';
import { createSecretBox } from '../../../../src/platform/secret-box.ts';
import { OPERATOR_ACCOUNT } from '../../../../src/store/operator-account.ts';
import { openSqliteStore, type SqliteStore } from '../../../../src/store/sqlite/open.ts';
import { openSqliteReader } from '../../../../src/store/sqlite/reader.ts';
import type { Notice } from '../../../../src/upkeep/notices/notice.ts';
import {
  sendNotice,
  waysOf,
  wayTarget,
  type WayContext,
  type WayName,
} from '../../../../src/upkeep/notices/ways.ts';
import { operatorWebhookKey } from '../../../../src/webhook/operator-key.ts';
import { webhookSecret } from '../../../../src/webhook/signature.ts';
import { seededRandom } from '../../../support/seeded-random.ts';
import {
  startWebhookReceiver,
  status,
  verifySignature,
  type WebhookReceiver,
} from '../../../support/webhook-receiver.ts';

const NOTICE: Notice = {
  id: 'ntc_1',
  kind: 'checks',
  atMs: Date.UTC(2026, 10, 30),
  hostname: 'mail.example.net',
  changes: [{ check: 'disk', ok: false, sinceMs: 0, detail: 'füll', remedy: undefined, leftOut: 0 }],
  failing: [],
};

let dataDir: string;
let store: SqliteStore;
let reader: ReturnType<typeof openSqliteReader>;
let receiver: WebhookReceiver;
beforeEach(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'postern-ways-'));
  store = openSqliteStore({
    dataDir,
    clock: systemClock,
    random: seededRandom(3),
    log: silentLog,
    reserveBytes: 0,
    exclusive: true,
  });
  reader = openSqliteReader(dataDir);
  receiver = await startWebhookReceiver();
});
afterEach(async () => {
  reader.close();
  await receiver.stop();
  await store.close();
  rmSync(dataDir, { recursive: true });
});

const BOX = createSecretBox(new Uint8Array(32).fill(7), seededRandom(4));

function send(
  way: WayName,
  operator: Partial<OperatorConfig>,
  allowPrivateAddresses = true,
  signal?: AbortSignal,
) {
  const context: WayContext = {
    config: {
      hostname: 'mail.example.net',
      operator: {
        mail: undefined,
        from: undefined,
        webhook: undefined,
        command: undefined,
        summaryMinute: undefined,
        ...operator,
      },
      delivery: { maxAgeMs: 345_600_000 } as WayContext['config']['delivery'],
    },
    reader,
    directory: store.directory,
    spool: store.spool,
    box: BOX,
    sender: {
      guard: { resolver: { a: noAnswer, aaaa: noAnswer }, allowPrivateAddresses },
      version: '1.2.3',
    },
    clock: systemClock,
    random: seededRandom(5),
  };
  return sendNotice(way, NOTICE, context, signal ?? new AbortController().signal);
}

const noAnswer = () => Promise.resolve({ kind: 'failed', reason: 'no DNS here' }) as never;

describe('mail', () => {
  it('is spooled in an account of its own, from nobody, with nothing that answers', async () => {
    const first = await send('mail', { mail: 'ops@example.org' });
    const second = await send('mail', { mail: 'ops@example.org', from: 'Alerts@sender.test' });
    expect([first.ok, second.ok]).toEqual([true, true]);
    const messages = await Promise.all(
      [first, second].map(({ outcome }) => reader.messageById(outcome.slice('queued as '.length))),
    );
    expect(messages.map((message) => message?.accountName)).toEqual(['(operator)', '(operator)']);
    expect(messages.map((message) => message?.facts.signingDomain)).toEqual([
      'mail.example.net',
      'sender.test',
    ]);
    expect(messages[0]?.facts).toMatchObject({
      via: 'dsn',
      reversePath: '',
      headerFrom: 'postmaster@mail.example.net',
      subject: '[mail.example.net] disk failed',
      sendDsn: false,
      credentialId: undefined,
    });
    expect(messages[0]?.deliveries.map(({ recipient, state }) => [recipient, state])).toEqual([
      ['ops@example.org', 'queued'],
    ]);
    const { facts } = messages[0]!;
    expect(facts.expiresAtMs - facts.acceptedAtMs).toBe(86_400_000);
    const accounts = await reader.listAccounts();
    expect(accounts.map(({ name }) => name)).toEqual(['(operator)', 'default']);
  });

  it('is in 7-bit MIME, with its header where the store says that it ends', async () => {
    const { outcome } = await send('mail', { mail: 'ops@example.org' });
    const id = outcome.slice('queued as '.length);
    const { facts } = (await reader.messageById(id))!;
    const content = Buffer.from(await reader.readChunk((await reader.contentIdOf(id))!, 0));
    expect(content.length).toBe(facts.sizeBytes);
    const header = content.toString('latin1', 0, facts.headerSizeBytes);
    expect(header).toMatch(/\r\n\r\n$/);
    expect(header.match(/\r\n\r\n/g)).toHaveLength(1);
    expect(header).toContain('From: "Postern mail.example.net" <postmaster@mail.example.net>\r\n');
    expect(header).toContain('Auto-Submitted: auto-generated\r\n');
    expect(header).toContain(`Message-ID: ${facts.messageIdField}\r\n`);
    expect(facts.bodyType).toBe('7bit');
    expect(content.every((octet) => octet < 0x80)).toBe(true);
  });

  it('counts in no statistics and no sending health', async () => {
    await send('mail', { mail: 'ops@example.org' });
    const { total } = await reader.statistics({
      accountIds: [],
      span: 'day',
      fromMs: systemClock.now() - 86_400_000,
      toMs: systemClock.now() + 86_400_000,
      of: undefined,
      group: undefined,
      limit: 1,
    });
    expect(total.counts.accepted).toBe(0);
    expect(await reader.healthTotals('account', 0, 10)).toEqual([]);
  });

  it('goes out though the address is suppressed for the tenants', async () => {
    const account = await reader.accountByName('default');
    await store.suppressions.addSuppression(
      {
        accountId: account!.id,
        scope: '',
        address: 'ops@example.org',
        reason: 'manual',
        evidence: '',
        createdAtMs: 0,
        expiresAtMs: undefined,
        createdBy: 'test',
      },
      'test',
    );
    const { outcome } = await send('mail', { mail: 'ops@example.org' });
    const message = await reader.messageById(outcome.slice('queued as '.length));
    expect(message?.deliveries[0]?.state).toBe('queued');
  });

  it('says what the store said', async () => {
    await store.close();
    expect(await send('mail', { mail: 'ops@example.org' })).toMatchObject({ ok: false });
  });
});

describe('a webhook', () => {
  it('is posted and signed as others are, under the id of the notice', async () => {
    expect(await send('webhook', { webhook: receiver.url })).toEqual({
      ok: true,
      outcome: 'answered 204',
      output: undefined,
    });
    const [received] = receiver.received;
    expect(received?.headers['webhook-id']).toBe('ntc_1');
    expect(received?.headers['user-agent']).toBe('Postern/1.2.3');
    expect(received?.body).toMatchObject({
      event: 'operator_notice',
      changes: [{ check: 'disk', detail: 'füll' }],
    });
    verifySignature(received!, webhookSecret(operatorWebhookKey(receiver.url, BOX)));
    expect(() =>
      verifySignature(received!, webhookSecret(operatorWebhookKey(`${receiver.url}2`, BOX))),
    ).toThrow();
  });

  it('is refused an address that is not public', async () => {
    const { ok, outcome } = await send('webhook', { webhook: receiver.url }, false);
    expect({ ok, outcome }).toMatchObject({
      ok: false,
      outcome: expect.stringContaining('not a public address') as string,
    });
    expect(receiver.received).toEqual([]);
  });

  it('that does not take it says so', async () => {
    receiver.respond = status(503, {}, 'later');
    expect(await send('webhook', { webhook: receiver.url })).toEqual({
      ok: false,
      outcome: 'answered 503',
      output: 'later',
    });
  });

  it('ends when relayd stops', async () => {
    const stop = new AbortController();
    receiver.respond = () => stop.abort();
    expect(await send('webhook', { webhook: receiver.url }, true, stop.signal)).toMatchObject({ ok: false });
  });
});

describe('a program', () => {
  it('has the notice as one line of JSON on its standard input', async () => {
    const { ok, output } = await send('command', { command: ['/bin/cat'] });
    expect(ok).toBe(true);
    expect(JSON.parse(output ?? '')).toMatchObject({
      id: 'ntc_1',
      changes: [{ event: 'check_failed', detail: 'füll' }],
    });
  });

  it('that fails says how, with what it printed', async () => {
    expect(await send('command', { command: ['/bin/sh', '-c', 'echo no; exit 2'] })).toEqual({
      ok: false,
      outcome: 'exit code 2',
      output: 'no',
    });
  });
});

describe('what is shown of a way', () => {
  const operator: OperatorConfig = {
    mail: undefined,
    from: undefined,
    webhook: 'https://alerts.example.net/T0/secret?token=x',
    command: ['/bin/page', '--token=x'],
    summaryMinute: undefined,
  };

  it('holds no secret of the receiver', () => {
    expect(waysOf(operator).map((way) => wayTarget(way, operator))).toEqual([
      'https://alerts.example.net',
      '/bin/page',
    ]);
  });
});

it('the account of the operator cannot be taken by a tenant', () => {
  expect(OPERATOR_ACCOUNT.name).not.toMatch(/^[a-z0-9]/);
});
