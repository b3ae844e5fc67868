/**
 * Who is called when there is room again: the sites of one destination, which have a share of unsettled deliveries in
 * common, and the sites that wait for a connection.
 */
import { describe, expect, test } from 'vitest';
import { ConnectionBudget, type Connecting } from '../../../src/delivery/site/connection-budget.ts';
import type { TransactionResult } from '../../../src/smtp/client/session.ts';
import { World } from './support/world.ts';

const MX = World.addressOf('dest.test');

const STALE: TransactionResult = {
  kind: 'lost',
  stage: 'mail',
  text: 'reset by peer',
  reply: undefined,
  replies: [undefined],
  afterFinalDot: false,
  stale: true,
};

describe('mail to one destination with and without required TLS', () => {
  test('goes out while the other waits for a new session after an old one went bad', async () => {
    await using world = new World({ maxUnsettledPerDestination: 1 });
    world.remotes.behave(MX, { tls: 'TLSv1.3' });
    await world.submit({ to: ['first@dest.test'] });
    await world.clock.advance(100);
    world.remotes.behave(MX, { tls: 'TLSv1.3', transactionMs: 100, result: () => STALE });
    await world.submit({ to: ['plain@dest.test'] });
    await world.submit({ to: ['tls@dest.test'], facts: { requireTls: true } });
    await world.clock.advance(50);
    world.remotes.behave(MX, { tls: 'TLSv1.3', connectMs: 60_000 });
    expect(world.remotes.connectsTo(MX)).toBe(1);
    await world.clock.advance(60);
    // Nothing is unsettled while a new session is opened for the one: the other opens its own.
    expect(world.remotes.connectsTo(MX)).toBe(3);
    await world.clock.advance(60_000);
    expect(world.remotes.taken).toEqual(['first@dest.test', 'tls@dest.test', 'plain@dest.test']);
  });

  test('takes turns, however much there is of the one', async () => {
    await using world = new World({ maxUnsettledPerDestination: 1, maxConnectionsPerSite: 1 });
    world.remotes.behave(MX, { tls: 'TLSv1.3', transactionMs: 100 });
    for (let i = 0; i < 40; i++) await world.submit({ to: [`plain${i}@dest.test`] });
    await world.submit({ to: ['tls@dest.test'], facts: { requireTls: true } });
    await world.clock.advance(500);
    expect(world.remotes.taken).toContain('tls@dest.test');
  });
});

describe('the budget of connections', () => {
  class Wanting implements Connecting {
    openConnections = 0;
    wants = 1;
    readonly #budget: ConnectionBudget;
    constructor(budget: ConnectionBudget) {
      this.#budget = budget;
    }
    dispatch(): void {
      for (; this.wants > 0 && this.#budget.take(this); this.wants--) this.openConnections++;
    }
  }

  test('calls the next when the first in turn no longer wants one', () => {
    const budget = new ConnectionBudget({ softConnections: 1, hardConnections: 1 });
    const [has, gaveUp, waits] = [new Wanting(budget), new Wanting(budget), new Wanting(budget)];
    for (const site of [has, gaveUp, waits]) site.dispatch();
    gaveUp.wants = 0;
    has.openConnections--;
    budget.closed();
    expect(waits.openConnections).toBe(1);
    expect(budget.open).toBe(1);
  });

  test('calls one that wants more when nobody who waits for a first one wants it', () => {
    const budget = new ConnectionBudget({ softConnections: 3, hardConnections: 3 });
    const [has, growing, starting] = [new Wanting(budget), new Wanting(budget), new Wanting(budget)];
    growing.wants = 3;
    for (const site of [has, growing, starting]) site.dispatch();
    expect([has, growing, starting].map((site) => site.openConnections)).toEqual([1, 2, 0]);
    starting.wants = 0;
    has.openConnections--;
    budget.closed();
    expect(growing.openConnections).toBe(3);
  });

  test('a connection without work is not kept while another site waits for its first', async () => {
    await using world = new World({ softConnections: 1, hardConnections: 1, idleConnectionMs: 60_000 });
    world.remotes.behave(MX, { transactionMs: 1_000 });
    await world.submit({ to: ['a@dest.test'] });
    await world.submit({ to: ['b@other.test'] });
    await world.clock.advance(1_100);
    expect(world.remotes.taken).toEqual(['a@dest.test', 'b@other.test']);
    expect(world.remotes.maxOpen).toBe(1);
  });
});
