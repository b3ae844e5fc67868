/** The facts of a daily summary, of a real store. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CertificateFacts } from '../../../../src/policy/certificate.ts';
import type { TimedResult } from '../../../../src/policy/checks/since.ts';
import { openSqliteReader } from '../../../../src/store/sqlite/reader.ts';
import { gatherSummary } from '../../../../src/upkeep/summary/gather-summary.ts';
import { makeClientCertificate } from '../../../support/client-certificate.ts';
import { CliStage } from '../../../cli/support/cli-stage.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let stage: CliStage;
let reader: ReturnType<typeof openSqliteReader>;
beforeEach(() => {
  stage = new CliStage();
  stage.openStore();
  reader = openSqliteReader(stage.dataDir);
});
afterEach(async () => {
  reader.close();
  await stage.dispose();
});

const gather = (
  endMs: number,
  { notAfterMs = Infinity, results = [] as readonly TimedResult[], freeBytes = 5 } = {},
) =>
  gatherSummary(
    {
      config: { hostname: 'mail.example.net' },
      reader,
      checks: () => Promise.resolve(results),
      certificate: () => ({ certificate: { notAfterMs } }) as CertificateFacts,
      freeBytes: () => Promise.resolve(freeBytes),
    },
    endMs,
    stage.clock.now(),
  );

const bounced = (bounceClass: string, hard: boolean) => ({
  state: 'bounced' as const,
  event: { type: 'bounced' as const, atMs: stage.clock.now(), data: { class: bounceClass, hard } },
});

describe('the facts of a summary', () => {
  it('are those of the 24 whole hours before its time', async () => {
    // 06:12: this one is of the day before.
    await stage.accept();
    await stage.settle(() => bounced('policy', false));
    stage.clock.jump(DAY - 12 * 60_000);
    // 06:00 of the next day, to 05:59 of the one after it.
    const endMs = Math.floor((stage.clock.now() + DAY) / HOUR) * HOUR;
    stage.clock.jump(60_000);
    for (const to of ['a@example.org', 'b@example.org', 'c@example.org'])
      await stage.accept({ recipients: [to] });
    await stage.settle(({ recipient }) => {
      if (recipient.startsWith('a')) return { state: 'delivered' };
      return bounced(recipient.startsWith('b') ? 'unknown-user' : 'content', recipient.startsWith('b'));
    });
    await stage.accept({ recipients: ['d@example.org'] });
    const suppress = (address: string, reason: 'manual' | 'complaint') =>
      stage.store.suppressions.addSuppression(
        {
          accountId: stage.defaultAccountId,
          scope: '',
          address,
          reason,
          evidence: '',
          createdAtMs: stage.clock.now(),
          expiresAtMs: undefined,
          createdBy: 'test',
        },
        'test',
      );
    await suppress('x@example.org', 'manual');
    const waitsSinceMs = stage.clock.now();
    stage.clock.jump(DAY);
    // Behind the end.
    await suppress('y@example.org', 'complaint');
    await stage.accept({ recipients: ['e@example.org'] });

    const facts = await gather(endMs + 30 * 60_000);
    expect([facts.fromMs, facts.toMs]).toEqual([endMs - DAY, endMs]);
    expect(facts.counts).toMatchObject({ accepted: 4, delivered: 1, bouncedHard: 1, bouncedSoft: 1 });
    expect(facts.bounces).toEqual({ 'unknown-user': 1, content: 1 });
    expect(facts.suppressions).toEqual({ manual: 1 });
    expect(facts.queue).toEqual({ waiting: 2, held: 0, oldestAtMs: waitsSinceMs });
  });

  it('are what expires within two weeks, or did since the last', async () => {
    const spans = ['1h', '13d', '15d'];
    for (const span of spans)
      await stage.text('credential', 'add', '--name', `in-${span}`, '--expires', span);
    await stage.text('credential', 'add', '--name', 'revoked', '--expires', '1h');
    await stage.text('credential', 'revoke', 'revoked', '--yes');
    await stage.text('credential', 'add', '--name', 'for-ever');
    stage.clock.jump(2 * HOUR);
    const nowMs = stage.clock.now();
    const { expiring } = await gather(nowMs, { notAfterMs: nowMs + 13 * DAY });
    expect(expiring.map(({ what }) => what).sort()).toEqual([
      'credential in-13d of default',
      'credential in-1h of default',
      'the TLS certificate',
    ]);
    stage.clock.jump(3 * DAY);
    const later = await gather(stage.clock.now());
    expect(later.expiring.map(({ what }) => what)).toEqual([
      'credential in-13d of default',
      'credential in-15d of default',
    ]);
  });

  it('are client certificates that end within two weeks, of credentials that go on', async () => {
    const nowMs = stage.clock.now();
    for (const days of [3, 15, 5]) {
      const made = makeClientCertificate({ notBeforeMs: nowMs - DAY, notAfterMs: nowMs + days * DAY });
      stage.files[`${days}.crt`] = made.cert;
      await stage.text('credential', 'add', '--name', `ends-${days}`, '--certificate', `${days}.crt`);
    }
    await stage.text('credential', 'revoke', 'ends-5', '--yes');
    const { expiring } = await gather(nowMs);
    expect(expiring).toEqual([
      { what: 'the client certificate of credential ends-3 of default', atMs: nowMs + 3 * DAY },
    ]);
  });

  it('are credentials that were not used for 90 days, and those in new networks', async () => {
    for (const name of ['old', 'used', 'ended']) await stage.text('credential', 'add', '--name', name);
    await stage.text('credential', 'revoke', 'ended', '--yes');
    stage.clock.jump(91 * DAY);
    await stage.text('credential', 'add', '--name', 'young');
    const nowMs = stage.clock.now();
    const { id: credentialId } = (await reader.findCredential(stage.defaultAccountId, 'used'))!;
    for (const [address, atMs] of [
      ['192.0.2.7', nowMs - 2],
      ['198.51.100.7', nowMs - 1],
    ] as const)
      await stage.store.usage.recordUses([
        { credentialId, atMs, address, name: undefined, tls: undefined, withOldSecret: false },
      ]);
    const { unused, newNetworks } = await gather(nowMs);
    expect(unused.map(({ what }) => what)).toEqual(['credential old of default']);
    expect(newNetworks.map(({ what }) => what)).toEqual(['credential used of default: 198.51.100.0/24']);
  });

  it('are the checks that fail, and the disk', async () => {
    const dns: TimedResult = { name: 'dns', ok: false, sinceMs: 1, detail: 'silent', remedy: 'see' };
    const facts = await gather(stage.clock.now(), {
      results: [dns, { ...dns, name: 'disk', ok: true }],
      freeBytes: 7,
    });
    expect(facts).toMatchObject({ failed: [dns], freeBytes: 7, expiring: [], bounces: {} });
  });
});
