import { describe, expect, test } from 'vitest';
import { StoreError } from '../../../src/store/errors.ts';
import { EVERYTHING, NO_ANSWER, RELAY_ADDRESS, routed, rule } from './support/routes.ts';
import { route, World } from './support/world.ts';

describe('a route', () => {
  test('by account waits for the names of accounts, once, and applies to its own mail alone', async () => {
    let asked = 0;
    const settings = routed(rule('smart', { match: { ...EVERYTHING, accounts: ['shop'] } }));
    const accounts = async () => {
      asked++;
      return settings.egress.accounts();
    };
    await using world = new World({}, { ...settings, egress: { ...settings.egress, accounts } });
    await world.submit({ to: ['b@one.test'], account: 'acc_1' });
    await world.submit({ to: ['c@one.test'], account: 'acc_2' });
    await world.submit({ to: ['d@one.test'], account: 'acc_unseen' });
    await world.clock.advance(0);
    const by = (to: string) => world.spool.of(to).history.map(({ route: name }) => name);
    expect([by('b@one.test'), by('c@one.test'), by('d@one.test')]).toEqual([
      ['smart'],
      [undefined],
      [undefined],
    ]);
    expect(asked).toBeLessThanOrEqual(2);
  });

  test('by account defers its mail as ours while the store does not say who the account is', async () => {
    const settings = routed(rule('smart', { match: { ...EVERYTHING, accounts: ['shop'] } }));
    let failure: Error | undefined = new StoreError('busy', 'the database does not answer');
    const accounts = async () => {
      if (failure !== undefined) throw failure;
      return settings.egress.accounts();
    };
    await using world = new World({}, { ...settings, egress: { ...settings.egress, accounts } });
    await world.submit({ to: ['b@one.test'] });
    await world.clock.advance(0);
    expect(world.spool.of('b@one.test').events).toMatchObject([
      { type: 'deferred', data: { class: 'local-store' } },
    ]);
    failure = undefined;
    await world.clock.advance(30_000);
    expect(world.spool.of('b@one.test').history).toMatchObject([{ route: 'smart', replyCode: 250 }]);
  });

  test('by stream applies to its stream', async () => {
    await using world = new World({}, routed(rule('smart', { match: { ...EVERYTHING, streams: ['bulk'] } })));
    await world.submit({ to: ['b@one.test'], facts: { stream: 'bulk' } });
    await world.submit({ to: ['c@one.test'] });
    await world.clock.advance(0);
    expect(world.remotes.connectsTo(RELAY_ADDRESS)).toBe(1);
    expect(world.spool.of('c@one.test').history[0]).not.toHaveProperty('route');
  });

  test('by provider waits until the MX hosts are known', async () => {
    await using world = new World(
      {},
      routed(rule('smart', { match: { ...EVERYTHING, providers: ['google'] } })),
    );
    world.routes.set('one.test', route('mx.google.test', ['192.0.2.1']));
    await world.submit({ to: ['b@one.test', 'c@two.test'] });
    await world.clock.advance(0);
    expect(world.lookups).toEqual(['one.test', 'two.test']);
    expect(world.spool.of('b@one.test').history).toMatchObject([{ route: 'smart' }]);
    expect(world.spool.of('c@two.test').history).toMatchObject([{ host: 'mx.two.test' }]);
  });

  test('holds mail with its reason, and what an operator releases goes out', async () => {
    const hold = rule('quarantine', { action: 'hold', reason: 'a new customer: look at it first' });
    await using world = new World({}, routed(hold));
    await world.submit({ to: ['b@one.test', 'c@one.test'] });
    await world.clock.advance(0);
    const stored = world.spool.of('b@one.test');
    expect(stored).toMatchObject({ state: 'held', attempts: 0, heldBy: 'quarantine' });
    expect(stored.history).toMatchObject([
      { stage: 'policy', route: 'quarantine', text: 'a new customer: look at it first' },
    ]);
    await world.clock.advance(3_600_000);
    expect(world.remotes.taken).toEqual([]);
    world.spool.release(stored);
    await world.clock.advance(1_000);
    expect(stored.state).toBe('delivered');
    expect(world.spool.of('c@one.test').state).toBe('held');
  });

  test('discards mail, which ends cancelled and says why', async () => {
    const rules = rule('void', {
      action: 'discard',
      reason: 'test addresses',
      match: { ...EVERYTHING, domains: ['*.invalid.test'] },
    });
    await using world = new World({}, routed(rules));
    await world.submit({ to: ['b@x.invalid.test', 'c@one.test'] });
    await world.clock.advance(0);
    expect(world.spool.of('b@x.invalid.test')).toMatchObject({ state: 'cancelled' });
    expect(world.spool.of('b@x.invalid.test').events).toMatchObject([
      { type: 'cancelled', data: { reason: 'test addresses', route: 'void' } },
    ]);
    expect(world.remotes.taken).toEqual(['c@one.test']);
    expect(world.spool.dsns).toEqual([]);
  });

  test('rejects mail, which bounces with its reason to the sender and suppresses nobody', async () => {
    await using world = new World(
      {},
      routed(
        rule('never', {
          action: 'reject',
          reason: 'not to competitors',
          match: { ...EVERYTHING, domains: ['one.test'] },
        }),
      ),
    );
    await world.submit({ to: ['b@one.test'] });
    await world.clock.advance(0);
    const stored = world.spool.of('b@one.test');
    expect(stored.state).toBe('bounced');
    expect(stored.events).toMatchObject([
      {
        type: 'bounced',
        data: { via: 'route', route: 'never', status: '5.7.1', reply: 'not to competitors', hard: false },
      },
    ]);
    expect(world.spool.dsns.length).toBe(1);
    expect(world.spool.suppressions).toEqual([]);
    expect(world.remotes.connects).toMatchObject([{ host: 'mx.sender.test' }]);
  });

  test('that depends on the sender blocks no destination for the others when MX hosts fail', async () => {
    await using world = new World({}, routed(rule('smart', { match: { ...EVERYTHING, streams: ['bulk'] } })));
    const mx = World.addressOf('one.test');
    world.remotes.behave(mx, { refuse: NO_ANSWER });
    await world.submit({ to: ['b@one.test'] });
    await world.clock.advance(0);
    expect(world.spool.of('b@one.test').state).toBe('deferred');
    expect(world.spool.of('b@one.test').history).toMatchObject([{ host: 'mx.one.test' }]);
    expect(world.spool.blocks.size).toBe(0);
    await world.submit({ to: ['c@one.test'], facts: { stream: 'bulk' } });
    await world.clock.advance(0);
    expect(world.remotes.taken).toEqual(['c@one.test']);
    world.remotes.behave(mx, {});
    await world.clock.advance(60_000);
    expect(world.spool.of('b@one.test').state).toBe('delivered');
  });

  test('that depends on the sender lets its mail through while DNS is silent about the domain', async () => {
    await using world = new World({}, routed(rule('smart', { match: { ...EVERYTHING, streams: ['bulk'] } })));
    world.routes.set('one.test', { kind: 'unknown', text: 'SERVFAIL' });
    await world.submit({ to: ['b@one.test'] });
    await world.submit({ to: ['c@one.test'], facts: { stream: 'bulk' } });
    await world.clock.advance(0);
    expect(world.remotes.taken).toEqual(['c@one.test']);
    await world.submit({ to: ['d@one.test'] });
    await world.clock.advance(0);
    expect(world.lookups.length).toBe(1);
    expect(world.spool.of('d@one.test').state).toBe('deferred');
    world.routes.delete('one.test');
    await world.clock.advance(60_000);
    expect(world.remotes.taken.toSorted()).toEqual(['b@one.test', 'c@one.test', 'd@one.test']);
  });

  test('of other mail leaves a dead domain as it was: one connection for any number of messages', async () => {
    await using world = new World(
      {},
      routed(rule('smart', { match: { ...EVERYTHING, domains: ['other.test'] } })),
    );
    const mx = World.addressOf('one.test');
    world.remotes.behave(mx, { refuse: NO_ANSWER });
    for (let i = 0; i < 20; i++) await world.submit({ to: [`r${i}@one.test`] });
    await world.clock.advance(10_000);
    expect(world.remotes.connectsTo(mx)).toBe(1);
    expect([...world.spool.blocks.keys()]).toEqual(['one.test']);
  });

  test('changes what is claimed from the next message on', async () => {
    const settings = routed();
    const egress = { ...settings.egress, rules: [rule('smart')] };
    await using world = new World({}, { ...settings, egress });
    await world.submit({ to: ['b@one.test'] });
    await world.clock.advance(0);
    egress.rules = [];
    world.delivery.settingsChanged();
    await world.submit({ to: ['c@one.test'] });
    await world.clock.advance(0);
    expect(world.remotes.connects.map(({ host }) => host)).toEqual(['smart.test', 'mx.one.test']);
  });
});
