/** The daily summary to the letter, as text and as HTML. */
import { describe, expect, it } from 'vitest';
import { STATISTIC_COUNTS, type StatisticCounts } from '../../../../src/store/stats.ts';
import type { SummaryFacts } from '../../../../src/upkeep/summary/summary-facts.ts';
import { summaryWords } from '../../../../src/upkeep/summary/summary-words.ts';

const TO = Date.UTC(2026, 10, 30, 8);
const DAY = 86_400_000;

const counts = (some: Partial<StatisticCounts>): StatisticCounts => ({
  ...(Object.fromEntries(STATISTIC_COUNTS.map((name) => [name, 0])) as unknown as StatisticCounts),
  ...some,
});

const QUIET: SummaryFacts = {
  hostname: 'mail.example.net',
  fromMs: TO - DAY,
  toMs: TO,
  nowMs: TO + 5_000,
  counts: counts({}),
  bounces: {},
  suppressions: {},
  queue: { waiting: 0, held: 0, oldestAtMs: undefined },
  expiring: [],
  unused: [],
  newNetworks: [],
  failed: [],
  freeBytes: undefined,
};

const BUSY: SummaryFacts = {
  ...QUIET,
  counts: counts({
    accepted: 1_234_567,
    delivered: 1_230_000,
    deferred: 45_000,
    bouncedHard: 4_000,
    bouncedSoft: 321,
    expired: 12,
    suppressed: 99,
    complained: 7,
  }),
  bounces: { policy: 21, 'unknown-user': 4_300, content: 21 },
  suppressions: { 'unknown-address': 3_900, complaint: 7 },
  queue: { waiting: 234, held: 1_000, oldestAtMs: TO - 2 * DAY },
  expiring: [
    { what: 'credential old of shop', atMs: TO - 3_600_000 },
    { what: 'the TLS certificate', atMs: TO + 10 * DAY },
    { what: 'credential wordpress of shop', atMs: TO + 3_600_000 },
  ],
  failed: [
    { name: 'dns', sinceMs: TO - 60_000, detail: 'no DNS <server> answers', remedy: 'see "resolv.conf"' },
    { name: 'clock', sinceMs: undefined, detail: 'it is behind' },
  ],
  freeBytes: 123.45 * 1024 ** 3,
};

describe('the subject', () => {
  it('has the figures, and the checks that fail', () => {
    expect(summaryWords(QUIET).subject).toBe('[mail.example.net] daily summary: 0 delivered, 0 bounced');
    expect(summaryWords(BUSY).subject).toBe(
      '[mail.example.net] daily summary: 1,230,000 delivered, 4,321 bounced, dns, clock failed',
    );
  });
});

describe('the text', () => {
  it('of a quiet day', () => {
    expect(summaryWords(QUIET).text).toBe(`mail.example.net: 2026-11-29 08:00 to 2026-11-30 08:00 UTC

Failed checks
  None.

Mail
  accepted           0
  delivered          0
  deferred attempts  0
  bounced            0 (0 hard)
  expired            0
  suppressed         0
  complaints         0
  in the queue       0

Bounced, by class
  None.

New suppressions
  None.

Expires soon
  Nothing.

Disk
  free  unknown
`);
  });

  it('of a busy one', () => {
    expect(summaryWords(BUSY).text).toBe(`mail.example.net: 2026-11-29 08:00 to 2026-11-30 08:00 UTC

Failed checks
  dns    no DNS <server> answers (since 2026-11-30 07:59:00 UTC)
         Do: see "resolv.conf"
  clock  it is behind

Mail
  accepted           1,234,567
  delivered          1,230,000
  deferred attempts  45,000
  bounced            4,321 (4,000 hard)
  expired            12
  suppressed         99
  complaints         7
  in the queue       234, 1,000 held, the oldest since 2026-11-28 08:00:00 UTC

Bounced, by class
  unknown-user  4,300
  content       21
  policy        21

New suppressions
  unknown-address  3,900
  complaint        7

Expires soon
  credential old of shop        2026-11-30 07:00:00 UTC: it has expired
  credential wordpress of shop  2026-11-30 09:00:00 UTC, in less than a day
  the TLS certificate           2026-12-10 08:00:00 UTC, in 9 days

Disk
  free  123.5 GiB
`);
  });

  it('keeps the names of tenants on their line, and counts what is too much', () => {
    const expiring = Array.from({ length: 25 }, (_, index) => ({ what: `c${index}`, atMs: TO + DAY }));
    const { text } = summaryWords({ ...QUIET, expiring: [...expiring, { what: 'a\r\nb\u202e', atMs: TO }] });
    expect(text).toContain('  a\\u000d\\u000ab\\u202e  ');
    expect(text).toContain('\n  and 6 more.\n');
  });

  it('names credentials that nobody uses, and those in new places, where there are any', () => {
    expect(summaryWords(QUIET).text).not.toContain('Credentials');
    const unused = [{ what: 'credential old of shop', atMs: TO - 99 * DAY }];
    const newNetworks = [{ what: 'credential app of shop: 198.51.100.0/24', atMs: TO }];
    const { text } = summaryWords({ ...QUIET, unused, newNetworks });
    expect(text).toMatch(/\nCredentials not used for 90 days\n {2}credential old of shop {2}since /);
    expect(text).toMatch(
      /\nCredentials used from a new network\n {2}credential app of shop: 198\.51\.100\.0\/24 {2}/,
    );
  });

  it('has the head of the audit log, as a copy outside the database', () => {
    const hash = 'ab'.repeat(32);
    const { text } = summaryWords({ ...QUIET, auditHead: { sequence: 1_234, hash } });
    expect(text).toContain(`\nAudit log\n  lines  1,234\n  head   ${hash}\n`);
  });
});

describe('the HTML', () => {
  const { html } = summaryWords(BUSY);

  it('has the same sections, escaped', () => {
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(html).toContain(
      '<table style="border-collapse:collapse;text-align:left;vertical-align:top">\n' +
        '<tr><td style="padding-right:1.5em">dns</td><td>no DNS &lt;server&gt; answers (since 2026-11-30 07:59:00 UTC)</td></tr>\n' +
        '<tr><td style="padding-right:1.5em"></td><td>Do: see &quot;resolv.conf&quot;</td></tr>\n' +
        '<tr><td style="padding-right:1.5em">clock</td><td>it is behind</td></tr>\n' +
        '</table>\n',
    );
    expect(summaryWords(QUIET).html).toContain('<tr><td colspan="2">None.</td></tr>');
    const titles = [...html.matchAll(/<h2[^>]*>([^<]*)<\/h2>/g)].map(([, title]) => title);
    expect(titles).toEqual([
      'Failed checks',
      'Mail',
      'Bounced, by class',
      'New suppressions',
      'Expires soon',
      'Disk',
    ]);
  });

  it('loads nothing and runs nothing', () => {
    expect(html).not.toMatch(/<(?:script|img|link|iframe)|https?:|url\(|\son\w+=/i);
  });
});
