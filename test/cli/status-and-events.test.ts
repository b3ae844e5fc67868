/** `relayctl status` and `relayctl events`: how it is, and what happens. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
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
      checks: [{ name: 'store', ok: true, since: '2026-11-24T05:12:31.000Z', remedy: null }],
    });
    const { code, out } = await stage.run(['status'], { columns: 80 });
    expect(code).toBe(0);
    expect(out).toContain('✓ checks passed: store\n');
    expect(out).toContain('✓ relayd 0.1.0 is up for 1 h (pid 4711) as mail.example.net');
    expect(out).toContain('submission: 0.0.0.0:587 STARTTLS, 0.0.0.0:465 TLS');
    expect(out).not.toContain('inbound');
    expect(out).toContain('queue: 1 queued; the oldest message was accepted now');
  });

  test('names the port that takes reports', async () => {
    stage.openStore();
    stage.relayRuns();
    stage.relay = { ...stage.relay!, inbound: [{ host: '::', port: 25, tls: 'starttls' }] };
    expect(await stage.json('status')).toMatchObject({
      inbound: [{ host: '::', port: 25, tls: 'starttls' }],
    });
    expect(await stage.text('status')).toContain('  inbound: [::]:25 STARTTLS\n');
  });

  test('names where the API is', async () => {
    stage.openStore();
    stage.relayRuns();
    const http = [
      { host: '127.0.0.1', port: 8080, tls: false },
      { host: '::', port: 8443, tls: true },
    ];
    stage.relay = { ...stage.relay!, http };
    expect(await stage.json('status')).toMatchObject({ http });
    expect(await stage.text('status')).toContain('  API: http://127.0.0.1:8080, https://[::]:8443\n');
  });

  test('names where links in mail are answered', async () => {
    stage.openStore();
    stage.relayRuns();
    const links = [
      { host: '127.0.0.1', port: 8081, tls: false },
      { host: '::', port: 9443, tls: true },
    ];
    stage.relay = { ...stage.relay!, public: links };
    expect(await stage.json('status')).toMatchObject({ public: links });
    expect(await stage.text('status')).toContain(
      '  links in mail: http://127.0.0.1:8081, https://[::]:9443\n',
    );
  });

  test('before the first start exits with 3 and says what to do', async () => {
    const { code, out } = await stage.run(['status', '--json']);
    expect(code).toBe(3);
    expect(JSON.parse(out)).toMatchObject({
      running: false,
      uptime_ms: null,
      queue: null,
      warnings: [`there is no store in ${stage.dataDir} yet: start relayd`],
      checks: [{ name: 'relayd', ok: false, since: null }],
    });
    expect((await stage.run(['status'])).out).toContain('  queue: there is no store yet\n');
  });

  test('exits with 1 when a check has failed, and says since when and what to do', async () => {
    stage.openStore();
    stage.relayRuns();
    const sinceMs = stage.clock.now() - 240_000;
    const detail = '12 MiB are free in /data, less than the reserve';
    stage.relaySays([
      { name: 'store', ok: true, sinceMs, detail: 'the store answers' },
      { name: 'disk', ok: false, sinceMs, detail, remedy: 'make room on that file system' },
    ]);
    const { code, out } = await stage.run(['status']);
    expect(code).toBe(1);
    expect(out).toContain(
      `✗ disk: ${detail} (for 4 min)\n  do: make room on that file system\n✓ checks passed: store\n`,
    );
    const json = await stage.run(['status', '--json']);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({
      checks: [
        { name: 'store', ok: true },
        {
          name: 'disk',
          ok: false,
          since: '2026-11-24T06:08:31.000Z',
          remedy: 'make room on that file system',
        },
      ],
    });
  });

  test('of a relayd that runs and has no socket exits with 1, and shows what can be seen', async () => {
    await stage.accept();
    stage.relayRuns();
    stage.onAsk = () => Promise.resolve({ kind: 'unreachable', because: 'no-socket' });
    const { code, out } = await stage.run(['status']);
    expect(code).toBe(1);
    expect(out).toContain(
      '✗ relayd (pid 4711) cannot be asked: its socket, relayd.sock in the data folder, is not there\n',
    );
    expect(out).toContain('checks passed: store, disk\n');
    expect(out).toContain('queue: 1 queued');
  });

  test('of a relayd that does not answer exits with 3', async () => {
    await stage.accept();
    stage.relayRuns();
    const why = 'it has not answered within 6 s';
    stage.onAsk = () =>
      Promise.resolve({ kind: 'unreachable', because: 'no-answer', why, remedy: 'restart it' });
    const { code, out } = await stage.run(['status']);
    expect(code).toBe(3);
    expect(out).toContain(`✗ relayd (pid 4711) cannot be asked: ${why}\n  do: restart it\n`);
  });

  test('of a socket that a dead relayd left behind believes the socket, not the process id', async () => {
    await stage.accept();
    stage.relayRuns();
    stage.onAsk = () => Promise.resolve({ kind: 'unreachable', because: 'left-behind' });
    const { code, out } = await stage.run(['status', '--json']);
    expect(code).toBe(3);
    expect(JSON.parse(out)).toMatchObject({ running: false, pid: null, queue: { queued: 1 } });
  });

  test('never says that the queue is empty when the store cannot be read', async () => {
    writeFileSync(path.join(stage.dataDir, 'postern.db'), 'no database', { mode: 0o600 });
    stage.relayRuns();
    const { code, out } = await stage.run(['status']);
    expect(code).toBe(3);
    expect(out).toMatch(/✗ store: \S+postern\.db is not a database/);
    expect(out).toContain('  queue: unknown: the store cannot be read\n');
    expect(out).not.toContain('nothing waits');
    expect(JSON.parse((await stage.run(['status', '--json'])).out)).toMatchObject({ queue: null });
  });

  test('warns of a relay that is down and of destinations that fail', async () => {
    await stage.accept();
    const untilMs = stage.clock.now() + 240_000;
    await stage.store.spool.blockDestinations([
      { destination: 'example.org', untilMs, failures: 3, lastError: 'connection refused' },
    ]);
    const { code, out } = await stage.run(['status', '--json']);
    expect(code).toBe(3);
    const { warnings } = JSON.parse(out) as { warnings: string[] };
    expect(warnings).toEqual([
      `relayd is not running on ${stage.dataDir}: nothing is accepted or delivered`,
      'example.org is tried again in 4 min after 3 failures: connection refused',
    ]);
  });
});

describe('a destination that fails as a whole', () => {
  const busy = (atMs: number) => ({
    atMs,
    host: 'mx1.example.org',
    address: '192.0.2.10',
    tls: undefined,
    replyCode: 421,
    status: '4.7.0',
    text: 'too many connections from you',
    stage: 'greeting' as const,
    durationMs: 20,
  });

  test('is told with since when, class, meaning and remedy, as in the trace', async () => {
    await stage.accept();
    const sinceMs = stage.clock.now();
    for (const failures of [1, 2]) {
      await stage.store.spool.blockDestinations([
        {
          destination: 'example.org',
          untilMs: sinceMs + 240_000,
          failures,
          lastError: 'mx1.example.org [192.0.2.10]: 421 4.7.0 too many connections from you',
          tries: [[busy(stage.clock.now())]],
        },
      ]);
      await stage.clock.advance(30_000);
    }
    const shown = (await stage.json('destination', 'show', 'example.org')) as Record<string, string>;
    expect(shown).toMatchObject({
      failing_since: '2026-11-24T06:12:31.000Z',
      last_class: 'rate-limited',
      last_error: expect.stringContaining('421 4.7.0') as string,
    });
    const { meaning = '-', action = '-' } = shown;
    expect(meaning.length + action.length).toBeGreaterThan(20);
    const text = await stage.text('destination', 'show', 'example.org');
    for (const words of [meaning, action, '2026-11-24 06:12:31']) expect(text).toContain(words);
    const { warnings } = JSON.parse((await stage.run(['status', '--json'])).out) as { warnings: string[] };
    expect(warnings.find((words) => words.startsWith('example.org'))).toMatch(
      /after 2 failures since 2026-11-24 06:12:31.*421 4\.7\.0 .* \(rate-limited\)\. \S/,
    );
    expect(warnings.join(' ')).toContain(action);
  });

  test('is in no list once nothing waits there; show tells of it as long as it is left alone', async () => {
    const id = await stage.accept();
    const untilMs = stage.clock.now() + 240_000;
    await stage.store.spool.blockDestinations([
      { destination: 'example.org', untilMs, failures: 1, lastError: 'connection refused' },
    ]);
    expect(await stage.jsonLines('destination', 'list')).toMatchObject([{ destination: 'example.org' }]);
    await stage.text('queue', 'cancel', id, '--yes');
    expect(await stage.jsonLines('destination', 'list')).toEqual([]);
    expect(await stage.json('queue', 'summary')).toMatchObject({ destinations: [] });
    expect(await stage.json('destination', 'show', 'example.org')).toMatchObject({ failures: 1 });
    await stage.clock.advance(300_000);
    expect((await stage.run(['destination', 'show', 'example.org'])).err).toContain(
      'nothing waits for example.org',
    );
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

  test('wait for a reader that takes one line at a time', async () => {
    const ids = [await stage.accept(), await stage.accept(), await stage.accept()];
    let printed = '';
    const reader: PromiseWithResolvers<undefined>[] = [];
    const running = stage.run(['events', '--after', '0', '--json'], {
      onOut: (text) => (printed += text),
      drained: async () => {
        const taken = Promise.withResolvers<undefined>();
        reader.push(taken);
        await taken.promise;
      },
    });
    for (const index of ids.keys()) {
      await eventually(() => reader.length > index);
      const lines = printed.trimEnd().split('\n');
      expect(lines.map((line) => (JSON.parse(line) as { message_id: string }).message_id)).toEqual(
        ids.slice(0, index + 1),
      );
      reader[index]?.resolve(undefined);
    }
    expect((await running).code).toBe(0);
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
