/** `relayctl stats`: what is shown of what was counted, and how it fits. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { displayWidth } from '../../src/cli/output/display-width.ts';
import { CliStage } from './support/cli-stage.ts';

let stage: CliStage;
beforeEach(async () => {
  stage = new CliStage();
  stage.openStore();
  await stage.clock.advance(0);
});
afterEach(async () => await stage.dispose());

interface Printed {
  readonly names: readonly object[];
  readonly more_names: number;
  readonly periods: readonly object[];
  readonly total: object;
}

type Draft = Parameters<CliStage['accept']>[0];

/** One message of each kind of end. */
async function traffic(draft: Draft = {}): Promise<void> {
  for (const hard of [undefined, undefined, undefined, true]) {
    await stage.accept({ acceptedAtMs: stage.clock.now(), ...draft });
    const atMs = stage.clock.now() + 2_000;
    await stage.settle(() =>
      hard === undefined
        ? { state: 'delivered', event: { type: 'delivered', atMs, data: {} } }
        : { state: 'bounced', event: { type: 'bounced', atMs, data: { hard } } },
    );
  }
}

test('by day, the last two weeks, with rates and the time to deliver', async () => {
  await traffic();
  const page = await stage.text('stats');
  expect(page).toContain('2026-11-11 00:00 to 2026-11-25 00:00 UTC, all accounts');
  expect(page).toContain('4 accepted, 3 delivered (75 %), 1 bounced (25 %, hard 25 %), 0 complained.');
  expect(page.match(/^[A-Z][a-z]{2} 2026-11-\d\d/gm)?.length).toBe(14);
  expect(page).toMatch(/^Tue 2026-11-24 +█+ +4 +3 75 % +1 25 % +0 +0 +1.9 s +1.9 s$/m);
  expect(page).toMatch(/^Mon 2026-11-23 +0 +0/m);
});

test('by what it is counted for, the largest first', async () => {
  await traffic({ stream: 'broadcast', tags: ['news'] });
  await traffic();
  await traffic();
  const { names, more_names: more } = (await stage.json(
    'stats',
    '--by',
    'stream',
    '--limit',
    '1',
  )) as Printed;
  expect(names).toMatchObject([{ name: 'transactional', accepted: 8, delivery_rate: 0.75 }]);
  expect(more).toBe(1);
  const page = await stage.run(['stats', '--by', 'stream', '--limit', '1']);
  expect(page.out).toMatch(/^transactional +█+ +8 +6 75 %/m);
  expect(page.err).toContain('1 more name');
  expect(await stage.text('stats', '--by', 'tag', '--last', '3h')).toMatch(/^news +█+ +4/m);
  expect(await stage.text('stats', '--by', 'hour', '--tag', 'news')).toContain('all accounts, tag news');
});

test('as JSON has stable keys', async () => {
  await traffic();
  const document = (await stage.json('stats', '--by', 'hour', '--last', '2h')) as Printed;
  expect(Object.keys(document)).toEqual([
    'account',
    'from',
    'to',
    'by',
    'group',
    'only',
    'total',
    'periods',
    'names',
    'more_names',
  ]);
  expect(document.periods.length).toBe(3);
  expect(Object.keys(document.total)).toEqual(Object.keys(document.periods[0] ?? {}).slice(1));
  expect(document.total).toMatchObject({ accepted: 4, bounced_hard: 1, time_to_deliver_ms: { p50: 1878 } });
});

test('of one account, or nothing', async () => {
  await stage.text('account', 'add', 'other');
  await traffic();
  expect(await stage.text('stats', '--account', 'other')).toBe(
    '2026-11-11 00:00 to 2026-11-25 00:00 UTC, account other\nNothing was accepted, delivered or bounced.\n',
  );
  expect(await stage.text('stats', '--account', 'default')).toContain('4 accepted');
});

test.each([40, 60, 80, 100, 200])('fits %d columns', async (columns) => {
  await traffic({ recipients: ['a@a-company-with-a-rather-long-name.department.example'] });
  for (const by of ['day', 'destination']) {
    const { out } = await stage.run(['stats', '--by', by], { columns });
    const widest = Math.max(...out.split('\n').map((line) => displayWidth(line)));
    expect(widest).toBeLessThanOrEqual(Math.max(columns, 60));
    if (columns >= 80) expect(out).toContain('█');
    expect(out).not.toContain('\u001b');
  }
});

test('colours what is bad, on a terminal with colours only', async () => {
  await traffic();
  const { out } = await stage.run(['stats'], { columns: 100, color: true });
  expect(out).toMatch(/\u001b\[31m *1 25 %/);
  expect(await stage.text('stats')).not.toContain('\u001b');
});

test.each([
  [['--by', 'recipient'], 'is none of'],
  [['--from', 'yesterday'], 'neither a day nor a time'],
  [['--last', 'week'], 'not a duration'],
  [['--last', '3d', '--from', '2026-11-01'], 'cannot be given together'],
  [['--by', 'tag', '--domain', 'example.org'], 'cannot be asked together'],
  [['--tag', 'a', '--domain', 'example.org'], 'cannot be given together'],
  [['--by', 'hour', '--last', '90d'], 'at most 744 hours'],
  [['--from', '2026-11-20', '--to', '2026-11-01'], 'behind the end'],
])('refuses %j', async (args, words) => {
  const { code, err } = await stage.run(['stats', ...args]);
  expect(code).toBe(2);
  expect(err).toContain(words);
});
