/** `relayctl health`, and what is held by it: status, trace, release. */
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../../src/platform/log.ts';
import { openSqliteReader } from '../../src/store/sqlite/reader.ts';
import { startSendingHealthWatch } from '../../src/upkeep/sending-health-watch.ts';
import { CliStage } from './support/cli-stage.ts';

let stage: CliStage;
beforeEach(() => {
  stage = new CliStage();
  stage.openStore();
  stage.relayRuns();
});
afterEach(async () => await stage.dispose());

const healthConfig = (leastMessages: number) => ({
  rules: {
    leastMessages,
    warn: { bounces: 0.04, complaints: 0.001 },
    throttle: { bounces: undefined, complaints: undefined },
    hold: { bounces: 0.1, complaints: 0.005 },
  },
  ...{ throttlePerMinute: 60, sourceComplaints: undefined },
});

/** `hard` of `all` messages of the stream bounce hard. */
async function send(stream: string, all: number, hard: number): Promise<void> {
  for (let number = 0; number < all; number++) {
    await stage.accept({ stream });
    await stage.settle(() =>
      number < hard
        ? { state: 'bounced', event: { type: 'bounced', atMs: stage.clock.now(), data: { hard: true } } }
        : { state: 'delivered', attempts: [{}] },
    );
  }
}

async function hold(stream: string): Promise<void> {
  await stage.store.health.setHealth(
    {
      accountId: stage.defaultAccountId,
      stream,
      level: 'hold',
      reason: '50 % of 4 deliveries bounced hard (limit 10 %)',
      perMinute: undefined,
      atMs: stage.clock.now(),
    },
    'health',
  );
}

test('shows rates by account and stream, or by what is asked for', async () => {
  stage.env['RELAY_HEALTH__LEAST_MESSAGES'] = '4';
  await send('broadcast', 4, 2);
  await send('transactional', 6, 0);
  await hold('broadcast');
  expect(await stage.jsonLines('health')).toMatchObject([
    { by: 'account', name: 'default', ended: 10, hard_bounces: 2, bounce_rate: 0.2, level: 'good' },
    {
      by: 'stream',
      name: 'transactional',
      ended: 6,
      bounce_rate: 0,
      complaint_rate: 0,
      level: 'good',
      since: null,
    },
    { by: 'stream', name: 'broadcast', account: 'default', ended: 4, bounce_rate: 0.5, level: 'hold' },
  ]);
  expect(await stage.jsonLines('health', '--by', 'destination')).toMatchObject([
    { by: 'destination', name: 'example.org', account: null, ended: 10, level: 'warn', reason: null },
  ]);
  expect(await stage.jsonLines('health', '--by', 'domain', '--limit', '1')).toMatchObject([
    { by: 'domain', name: 'shop.example' },
  ]);
  const page = await stage.text('health');
  expect(page).toMatch(/stream +broadcast +4 +2 +50 % +0 +0 % +hold/);
  expect((await stage.run(['health', '--by', 'nothing'])).code).toBe(2);
});

test('says that there is nothing to show', async () => {
  expect(await stage.run(['health'])).toMatchObject({ code: 0, out: '' });
});

test('what is held is warned about, explained, and released', async () => {
  await hold('broadcast');
  const id = await stage.accept({ stream: 'broadcast' });
  const { warnings } = (await stage.json('status')) as { warnings: string[] };
  expect(warnings).toEqual([
    'stream broadcast of account default is held since now: 50 % of 4 deliveries bounced hard (limit 10 %); ' +
      'let it go on: relayctl queue release --account default --stream broadcast',
  ]);
  expect(await stage.text('health')).toContain('stream broadcast of account default is held');
  const trace = await stage.text('message', 'trace', id);
  expect(trace).toContain('alice@example.org  held, no attempt yet');
  expect(trace).toContain('50 % of 4 deliveries bounced hard');
  const released = await stage.run(['queue', 'release', '--account', 'default', '--stream', 'broadcast']);
  expect(released).toMatchObject({ code: 0, out: 'Released 1 delivery.\n', err: 'New mail goes on.\n' });
  expect(await stage.json('status')).toMatchObject({ warnings: [], queue: { held: 0, queued: 1 } });
  await stage.clock.advance(1_000);
  await stage.accept({ stream: 'broadcast' });
  expect(await stage.json('status')).toMatchObject({ queue: { held: 0, queued: 2 } });
});

test('account resume lifts what health decided, says what it did, and the same figures restrict nothing again', async () => {
  stage.env['RELAY_HEALTH__LEAST_MESSAGES'] = '4';
  await send('broadcast', 4, 2);
  const reader = openSqliteReader(stage.dataDir);
  onTestFinished(() => {
    reader.close();
  });
  const watch = startSendingHealthWatch({
    ...{ reader, writer: stage.store.health, queue: stage.store.queue },
    config: healthConfig(4),
    ...{ clock: stage.clock, log: silentLog },
  });
  await watch.look();
  await stage.accept({ stream: 'broadcast' });
  expect(await stage.json('status')).toMatchObject({ queue: { held: 1 } });
  expect((await stage.run(['account', 'resume', 'default', '--stream', 'transactional'])).err).toContain(
    'sending health does not restrict the stream transactional of default',
  );
  expect((await stage.run(['account', 'resume', 'default', '--stream', 'nothing'])).code).toBe(1);
  const resumed = await stage.run(['account', 'resume', 'default', '--stream', 'broadcast']);
  expect(resumed).toMatchObject({ code: 0, err: '' });
  expect(resumed.out).toContain(
    'Lifted: stream broadcast of account default was held for its figures (50 % of 4',
  );
  expect(resumed.out).toContain('Released 1 delivery.');
  await watch.look();
  await stage.accept({ stream: 'broadcast' });
  expect(await stage.json('status')).toMatchObject({ queue: { held: 0, queued: 2 }, warnings: [] });
  const again = await stage.run(['account', 'resume', 'default']);
  expect(again).toMatchObject({
    code: 1,
    err: expect.stringContaining('sending health does not restrict it') as string,
  });
  watch.stop();
});

test('of an account that is suspended and held for its figures, resume lifts the one and says that the other stands', async () => {
  await hold('broadcast');
  await stage.json('account', 'suspend', 'default');
  const resumed = await stage.run(['account', 'resume', 'default']);
  expect(resumed.out).toContain('Resumed default.');
  expect(resumed.err).toContain('still: stream broadcast of account default is held');
  await stage.json('account', 'suspend', 'default');
  expect(await stage.json('account', 'resume', 'default', '--health')).toMatchObject({
    suspended: false,
    lifted: [{ stream: 'broadcast', level: 'hold' }],
  });
  expect(await stage.json('status')).toMatchObject({ warnings: [] });
});

test('a release of one message or destination leaves the hold', async () => {
  await hold('');
  const id = await stage.accept();
  expect(await stage.json('queue', 'release', id)).toEqual({ changed: 1 });
  await stage.accept();
  expect(await stage.json('queue', 'release', '--destination', 'example.org')).toEqual({ changed: 1 });
  await stage.accept();
  expect(await stage.json('status')).toMatchObject({ queue: { held: 1 }, warnings: [expect.anything()] });
  expect(await stage.json('queue', 'release', '--all')).toEqual({ changed: 1 });
  expect(await stage.json('status')).toMatchObject({ queue: { held: 0 }, warnings: [] });
});

test('a stream is held by hand, that of an account that has it', async () => {
  await stage.accept({ stream: 'broadcast' });
  await stage.accept();
  expect(await stage.json('queue', 'hold', '--stream', 'broadcast')).toEqual({ changed: 1 });
  expect((await stage.run(['queue', 'hold', '--stream', 'none'])).code).toBe(1);
  expect((await stage.run(['queue', 'hold', 'msg_1', '--stream', 'broadcast'])).code).toBe(1);
});

test('a destination that withholds suppressions says so', async () => {
  const untilMs = stage.clock.now() + 3_600_000;
  await stage.accept();
  await stage.settle(() => ({
    state: 'bounced',
    withholding: { untilMs, withdrawn: [] },
    event: { type: 'bounced', atMs: stage.clock.now(), data: { suppression_withheld: true } },
  }));
  const { warnings } = (await stage.json('status')) as { warnings: string[] };
  expect(warnings).toEqual([
    'example.org suddenly says of most addresses that they are unknown: until 2026-11-24 07:12:31 UTC they bounce without being suppressed',
  ]);
  expect(await stage.text('destination', 'show', 'example.org')).toContain('without being suppressed');
  expect(await stage.json('destination', 'show', 'example.org')).toMatchObject({
    withholds_suppressions_until: '2026-11-24T07:12:31.000Z',
  });
});
