/** Terms of accounts on the command line. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import Database from 'better-sqlite3';
import { databasePath } from '../../src/store/sqlite/engine/connection.ts';
import { HEALTH_TERMS } from '../../src/policy/health-terms.ts';
import { CliStage } from './support/cli-stage.ts';

let stage: CliStage;
beforeEach(() => {
  stage = new CliStage();
  stage.openStore();
});
afterEach(() => stage.dispose());

describe('terms of an account', () => {
  test('are set when it is added, changed one by one, and taken away', async () => {
    const added = await stage.json(
      ...['account', 'add', 'shop', '--limit', 'recipients_per_day=500', '--limit', 'messages_per_hour=9'],
      ...['--retain-content', '1d'],
    );
    const terms = {
      limits: { messages_per_hour: 9, recipients_per_day: 500 },
      ...{ retain_content_ms: 86_400_000, retain_metadata_ms: null },
    };
    expect(added).toMatchObject(terms);
    expect(await stage.json('account', 'show', 'shop')).toMatchObject(terms);
    expect(await stage.jsonLines('account', 'list')).toContainEqual(expect.objectContaining(terms));
    const page = await stage.text('account', 'show', 'shop');
    for (const words of ['500 recipients a day', 'content kept for 1d']) expect(page).toContain(words);
    await stage.json(
      'account',
      'change',
      'shop',
      '--limit',
      'messages_per_hour=none',
      '--retain-events',
      '2d',
    );
    expect(await stage.json('account', 'show', 'shop')).toMatchObject({
      ...terms,
      limits: { recipients_per_day: 500 },
      retain_events_ms: 172_800_000,
    });
    await stage.json(
      ...['account', 'change', 'shop', '--limit', 'recipients_per_day=none'],
      ...['--retain-content', 'default', '--retain-events', 'default'],
    );
    expect(await stage.json('account', 'show', 'shop')).toMatchObject({
      ...{ limits: {}, retain_content_ms: null, retain_events_ms: null },
    });
    expect(await stage.text('account', 'show', 'shop')).toContain('no terms of its own');
  });

  test('have a limit of storage, shown with what is kept', async () => {
    const limited = { storage_bytes: 10_000_000_000, storage_used_bytes: 0, storage_counting: false };
    await stage.json('account', 'add', 'shop', '--storage', '10GB');
    expect(await stage.json('account', 'show', 'shop')).toMatchObject(limited);
    expect(await stage.jsonLines('account', 'list')).toContainEqual(expect.objectContaining(limited));
    await stage.json('account', 'change', 'shop', '--storage', '2MiB');
    for (const page of [await stage.text('account', 'show', 'shop'), await stage.text('account', 'list')])
      expect(page).toContain('0 B of 2 MiB');
    await stage.json('account', 'change', 'shop', '--storage', 'none');
    expect(await stage.json('account', 'show', 'shop')).toMatchObject({
      ...{ storage_bytes: null, storage_used_bytes: null },
    });
    const { code, err } = await stage.run(['account', 'change', 'shop', '--storage', 'much']);
    expect([code, err]).toEqual([2, expect.stringContaining('write 10GB')]);
  });

  test('are shown with what was used of them, and until when', async () => {
    const limits = ['--limit', 'messages_per_hour=9', '--limit', 'messages_per_minute=5'];
    await stage.json('account', 'add', 'shop', ...limits);
    const { id } = (await stage.json('account', 'show', 'shop')) as { id: string };
    const hour = Math.floor(stage.clock.now() / 3_600_000);
    const db = new Database(databasePath(stage.dataDir));
    db.prepare(
      `INSERT INTO usage_count (holder, period, number, messages, recipients, new_recipients, ends_at)
       VALUES (?, 3600, ?, 4, 5, 0, ?)`,
    ).run(id, hour, (hour + 1) * 3_600_000);
    db.close();
    expect(await stage.json('account', 'show', 'shop')).toMatchObject({
      usage: [
        { limit: 'messages_per_minute', most: 5, used: null, until: null },
        {
          limit: 'messages_per_hour',
          most: 9,
          used: 4,
          until: new Date((hour + 1) * 3_600_000).toISOString(),
        },
      ],
    });
    expect(await stage.text('account', 'show', 'shop')).toContain('4 of 9 messages an hour, until ');
  });

  test('have limits of sending health of their own', async () => {
    const health = ['--health', 'hold_bounces=15%', '--health', 'hold_complaints=off'];
    await stage.json('account', 'add', 'shop', ...health, '--health', 'least_messages=50');
    expect(await stage.json('account', 'show', 'shop')).toMatchObject({
      health_limits: { least_messages: 50, hold_bounces: 0.15, hold_complaints: null },
    });
    expect(await stage.text('account', 'show', 'shop')).toContain(
      'least_messages 50, hold_bounces 15 %, hold_complaints off',
    );
    const lower = await stage.run(['account', 'change', 'shop', '--health', 'hold_bounces=3%']);
    expect(lower).toMatchObject({
      code: 2,
      err: expect.stringContaining('--health hold_bounces would be lower than warn_bounces') as string,
    });
    await stage.json(
      'account',
      'change',
      'shop',
      ...HEALTH_TERMS.flatMap((name) => ['--health', `${name}=default`]),
    );
    expect(await stage.json('account', 'show', 'shop')).toMatchObject({ health_limits: {} });
  });

  test('that cannot be meant are refused, with what could', async () => {
    await stage.json('account', 'add', 'shop');
    for (const [args, words] of [
      [['--limit', 'messages=5'], 'is none of messages_per_second'],
      [['--limit', 'messages_per_day=many'], 'messages_per_day=500'],
      [['--retain-content', '90d'], 'longer than what is kept of any account, 3d'],
      [['--retain-content', 'long'], 'or default'],
      [['--health', 'hold=5%'], 'is none of least_messages'],
      [['--health', 'hold_bounces=5'], 'hold_bounces=off, or hold_bounces=default'],
      [['--health', 'hold_bounces=0%'], 'it is a percentage such as'],
      [['--health', 'least_messages=0'], 'a whole number from 1 to 1000000000'],
      [['--health', 'warn_bounces=5%', '--health', 'warn_bounces=6%'], 'is given twice'],
      [[], 'nothing to change'],
    ] as const) {
      const { code, err } = await stage.run(['account', 'change', 'shop', ...args]);
      expect([code, err]).toEqual([2, expect.stringContaining(words)]);
    }
    expect((await stage.run(['account', 'change', 'nobody', '--retain-content', '1h'])).code).toBe(1);
    expect((await stage.run(['account', 'add', 'other', '--retain-content', 'default'])).code).toBe(2);
  });
});
