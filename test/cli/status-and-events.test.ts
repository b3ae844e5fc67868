/** `relayctl status` and `relayctl events`: how it is, and what happens. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { CliStage } from './support/cli-stage.ts';

let stage: CliStage;
beforeEach(() => (stage = new CliStage()));
afterEach(async () => await stage.dispose());

describe('status', () => {
  test('of a running relay', async () => {
    stage.relayRuns();
    await stage.accept();
    expect(await stage.json('status')).toMatchObject({
      running: true,
      version: '0.1.0',
      uptime_ms: 3_600_000,
      queue: {
        queued: 1,
        oldest_at: '2026-11-24T06:12:31.000Z',
        destinations: [{ destination: 'example.org' }],
      },
      warnings: [],
    });
    const { out } = await stage.run(['status'], { columns: 80 });
    expect(out).toContain('✓ relayd 0.1.0 is up for 1 h (pid 4711) as mail.example.net');
    expect(out).toContain('submission: 0.0.0.0:587 STARTTLS, 0.0.0.0:465 TLS');
    expect(out).not.toContain('inbound');
    expect(out).toContain('queue: 1 queued; the oldest message was accepted now');
  });

  test('names the port that takes reports', async () => {
    stage.relayRuns();
    stage.relay = { ...stage.relay!, inbound: [{ host: '::', port: 25, tls: 'starttls' }] };
    expect(await stage.json('status')).toMatchObject({
      inbound: [{ host: '::', port: 25, tls: 'starttls' }],
    });
    expect(await stage.text('status')).toContain('  inbound: [::]:25 STARTTLS\n');
  });

  test('names where the API is', async () => {
    stage.relayRuns();
    const http = [
      { host: '127.0.0.1', port: 8080, tls: false },
      { host: '::', port: 8443, tls: true },
    ];
    stage.relay = { ...stage.relay!, http };
    expect(await stage.json('status')).toMatchObject({ http });
    expect(await stage.text('status')).toContain('  API: http://127.0.0.1:8080, https://[::]:8443\n');
  });

  test('before the first start exits with 0 and says what to do', async () => {
    expect(await stage.json('status')).toMatchObject({
      running: false,
      uptime_ms: null,
      queue: { queued: 0, deferred: 0 },
      warnings: [`there is no store in ${stage.dataDir} yet: start relayd`],
    });
  });

  test('warns of a relay that is down and of destinations that fail', async () => {
    await stage.accept();
    const untilMs = stage.clock.now() + 240_000;
    await stage.store.spool.blockDestinations([
      { destination: 'example.org', untilMs, failures: 3, lastError: 'connection refused' },
    ]);
    const { warnings } = (await stage.json('status')) as { warnings: string[] };
    expect(warnings).toEqual([
      `relayd is not running on ${stage.dataDir}: nothing is accepted or delivered`,
      'example.org is tried again in 4 min after 3 failures: connection refused',
    ]);
  });
});

describe('events', () => {
  test('are printed oldest first, with their own facts beside the fixed ones', async () => {
    const id = await stage.accept({ tags: ['t'] });
    await stage.settle(() => ({
      state: 'delivered',
      attempts: [{}],
      event: { type: 'delivered', atMs: stage.clock.now(), data: { reply: '250 ok', id: 'not this' } },
    }));
    expect(await stage.jsonLines('events')).toEqual([
      expect.objectContaining({ event: 'accepted', message_id: id }),
      {
        id: 'evt_00000000000002',
        event: 'delivered',
        message_id: id,
        delivery_id: `${id.replace('msg_', 'dlv_')}-1`,
        recipient: 'alice@example.org',
        timestamp: '2026-11-24T06:12:31.000Z',
        account: 'default',
        stream: 'transactional',
        tags: ['t'],
        metadata: {},
        code: 250,
        reply: '250 ok',
      },
    ]);
    const { out } = await stage.run(['events'], { columns: 80 });
    expect(out).toContain(`2026-11-24 06:12:31  delivered     alice@example.org  ${id}  250 ok\n`);
  });

  test('are filtered and limited to the latest', async () => {
    const first = await stage.accept({ recipients: ['a@example.org'] });
    const second = await stage.accept({ recipients: ['b@example.org'] });
    const ids = async (...args: string[]) =>
      ((await stage.jsonLines('events', ...args)) as { message_id: string }[]).map(
        (event) => event.message_id,
      );
    expect(await ids('--limit', '1')).toEqual([second]);
    expect(await ids('--message', first)).toEqual([first]);
    expect(await ids('--recipient', 'b@example.org')).toEqual([second]);
    expect(await ids('--type', 'bounced')).toEqual([]);
    expect(await ids('--after', 'evt_00000000000001')).toEqual([second]);
    expect(await ids('--after', '0', '--limit', '1')).toEqual([first]);
    expect((await stage.run(['events', '--type', 'lost'])).code).toBe(2);
    expect((await stage.run(['events', '--after', 'x'])).code).toBe(2);
  });

  test('are filtered by stream and tag', async () => {
    const news = await stage.accept({ stream: 'broadcast', tags: ['may', 'news'] });
    const other = await stage.accept({ tags: ['receipt'] });
    const ids = async (...args: string[]) =>
      ((await stage.jsonLines('events', ...args)) as { message_id: string }[]).map(
        (event) => event.message_id,
      );
    expect(await ids('--stream', 'broadcast')).toEqual([news]);
    expect(await ids('--tag', 'news')).toEqual([news]);
    expect(await ids('--tag', 'receipt', '--after', '0')).toEqual([other]);
    expect(await ids('--tag', 'none')).toEqual([]);
  });

  test('about an account have no message, and say what was decided', async () => {
    const accountId = stage.defaultAccountId;
    const change = {
      accountId,
      stream: 'broadcast',
      level: 'hold',
      reason: '12 % bounced',
      perMinute: undefined,
    } as const;
    await stage.store.health.setHealth({ ...change, atMs: stage.clock.now() }, 'health');
    expect(await stage.jsonLines('events', '--type', 'health_changed')).toEqual([
      {
        id: 'evt_00000000000001',
        event: 'health_changed',
        message_id: null,
        delivery_id: null,
        recipient: null,
        timestamp: '2026-11-24T06:12:31.000Z',
        account: 'default',
        stream: 'broadcast',
        tags: [],
        metadata: {},
        level: 'hold',
        before: 'good',
        reason: '12 % bounced',
      },
    ]);
    const { out } = await stage.run(['events'], { columns: 100 });
    expect(out).toContain('health_changed  hold: account default stream broadcast  12 % bounced');
  });

  test('with --follow go on until interrupted, and miss nothing', async () => {
    const first = await stage.accept();
    const stop = new AbortController();
    let printed = '';
    const following = stage.run(['events', '--follow', '--json'], {
      interrupted: stop.signal,
      onOut: (text) => (printed += text),
    });
    const seen = () =>
      printed
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { message_id: string }).message_id);
    await eventually(() => printed !== '');
    expect(seen()).toEqual([first]);
    const second = await stage.accept();
    await stage.clock.advance(300);
    expect(seen()).toEqual([first, second]);
    stop.abort();
    await stage.clock.advance(300);
    expect((await following).code).toBe(0);
  });
});
