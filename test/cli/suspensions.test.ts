/** What operators suspend, and what the relay limits by itself, as relayctl shows and undoes it. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LimitingReply } from '../../src/policy/shaping/next-limit.ts';
import { CliStage } from './support/cli-stage.ts';

let stage: CliStage;
beforeEach(() => {
  stage = new CliStage();
  stage.files['/srv/relay.toml'] = '[[source]]\nname = "out-1"\naddress = "192.0.2.10"\n';
});
afterEach(() => stage.dispose());

function said(): LimitingReply {
  const nowMs = stage.clock.now();
  return {
    ...{ subject: 'mx.example.org', source: undefined, action: 'suspend', forMs: 3_600_000, rule: 'busy' },
    ...{ reply: '421 4.7.0 too much', destination: 'example.org', startedAtMs: nowMs, nowMs },
    ...{ ofConnection: false, connections: 4, perMinute: 600 },
  };
}

describe('what the relay limits by itself', () => {
  test('is shown with who, why, until when and what undoes it, and is lifted by that', async () => {
    stage.openStore();
    await stage.store.shaping.limitDestination(said());
    const limit = {
      ...{ subject: 'mx.example.org', source: null, action: 'suspend', rule: 'busy', times: 1 },
      ...{ reply: '421 4.7.0 too much', undone_by: 'relayctl destination resume example.org' },
    };
    expect(await stage.json('destination', 'show', 'example.org')).toMatchObject({
      ...{ destination: 'example.org', suspended: false, limits: [limit] },
    });
    const page = await stage.text('destination', 'show', 'example.org');
    for (const words of ['is suspended since', 'reply rule busy', 'relayctl destination resume example.org'])
      expect(page.replace(/\s+/g, ' ')).toContain(words);
    expect(await stage.json('destination', 'resume', 'example.org')).toEqual({
      ...{ destination: 'example.org', suspended: false, limits_lifted: 1 },
    });
    expect(await stage.store.shaping.raiseLimits(stage.clock.now() + 1e9)).toBe(0);
  });

  test('is found by any of the MX hosts of a domain, also where its mail met no limit itself', async () => {
    stage.openStore();
    stage.mx.set('other.example', '10 mx1.example.org., 10 mx2.example.org., 20 mx3.example.org.');
    for (const subject of ['mx1.example.org', 'mx2.example.org', 'mx3.example.org', 'mx.example.com'])
      await stage.store.shaping.limitDestination({ ...said(), subject });
    expect(await stage.json('destination', 'show', 'other.example')).toMatchObject({
      limits: ['mx1', 'mx2', 'mx3'].map((host) => ({ subject: `${host}.example.org` })),
    });
    expect(await stage.json('destination', 'resume', 'other.example')).toMatchObject({ limits_lifted: 3 });
  });
});

describe('a suspension', () => {
  test('of a destination has an end and a reason', async () => {
    await stage.accept();
    const args = ['destination', 'suspend', 'example.org', '--for', '2h', '--reason', 'they asked'] as const;
    expect(await stage.json(...args)).toMatchObject({ suspended: true });
    const shown = await stage.json('destination', 'show', 'example.org');
    expect(shown).toMatchObject({ suspended: true, suspended_reason: 'they asked' });
    expect(await stage.text('destination', 'show', 'example.org')).toContain('they asked');
  });

  test('of a source is shown and taken back once', async () => {
    stage.openStore();
    await stage.json('source', 'suspend', 'out-1');
    expect(await stage.json('source', 'show', 'out-1')).toMatchObject({
      suspended: true,
      suspended_until: null,
    });
    expect(await stage.json('source', 'resume', 'out-1')).toEqual({ source: 'out-1', suspended: false });
    expect((await stage.run(['source', 'resume', 'out-1'])).code).toBe(1);
    expect((await stage.run(['source', 'suspend', 'out-2'])).err).toContain('did you mean out-1?');
  });

  test('of an account holds what waits and what comes, and gives it back', async () => {
    const waiting = await stage.accept();
    expect(await stage.json('account', 'suspend', 'default', '--reason', 'stolen')).toMatchObject({
      held: 1,
    });
    const later = await stage.accept();
    const stateOf = async (id: string) =>
      ((await stage.json('message', 'show', id)) as { deliveries: { state: string }[] }).deliveries[0]?.state;
    expect([await stateOf(waiting), await stateOf(later)]).toEqual(['held', 'held']);
    expect(await stage.json('account', 'show', 'default')).toMatchObject({
      suspended: true,
      suspended_reason: 'stolen',
    });
    expect(await stage.json('account', 'resume', 'default')).toMatchObject({ released: 2 });
    expect([await stateOf(waiting), await stateOf(later)]).toEqual(['queued', 'queued']);
  });

  test('that cannot be meant is refused', async () => {
    stage.openStore();
    for (const args of [
      ['destination', 'suspend', 'example.org', '--for', '2h', '--until', '2h'],
      ['destination', 'suspend', 'example.org', '--until', '2001-01-01'],
    ])
      expect((await stage.run(args)).code).toBe(2);
    expect((await stage.run(['account', 'resume', 'default'])).err).toContain('is not suspended');
  });
});
