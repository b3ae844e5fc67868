import { expect, test } from 'vitest';
import { Routes, type Route } from '../../../../src/delivery/route/routes.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { route } from '../support/world.ts';

function setUp(limits: { concurrentLookups?: number; cachedRoutes?: number } = {}) {
  const clock = new VirtualClock();
  const asked: string[] = [];
  const pending = new Map<string, (route: Route) => void>();
  const routes = new Routes({
    clock,
    find: (name) => {
      asked.push(name);
      return new Promise((resolve) => pending.set(name, resolve));
    },
    concurrentLookups: 10,
    cachedRoutes: 100,
    routeMaxAgeMs: 300_000,
    ...limits,
  });
  const answer = (name: string, with_: Route = route(`mx.${name}`, ['192.0.2.1'])) =>
    pending.get(name)?.(with_);
  return { clock, routes, asked, answer };
}

test('everybody who asks meanwhile shares one look-up', async () => {
  const { routes, asked, answer } = setUp();
  const found = [routes.find('a.test'), routes.find('a.test')];
  answer('a.test');
  expect((await Promise.all(found)).map(({ kind }) => kind)).toEqual(['hosts', 'hosts']);
  expect(asked).toEqual(['a.test']);
});

test('a route is known for its time to live, five minutes at the most', async () => {
  const { clock, routes, answer } = setUp();
  const found = routes.find('a.test');
  answer('a.test');
  await found;
  await clock.advance(299_000);
  expect(routes.known('a.test')).toBeDefined();
  await clock.advance(2_000);
  expect(routes.known('a.test')).toBeUndefined();
});

test('one that could not be found out, or is to be forgotten, is asked again', async () => {
  const { routes, answer } = setUp();
  const unknown = routes.find('a.test');
  answer('a.test', { kind: 'unknown', text: 'SERVFAIL' });
  await unknown;
  expect(routes.known('a.test')).toBeUndefined();
  const found = routes.find('b.test');
  answer('b.test');
  await found;
  routes.forget('b.test');
  expect(routes.known('b.test')).toBeUndefined();
});

test('so many look-ups at a time, the others in turn', async () => {
  const { routes, asked, answer } = setUp({ concurrentLookups: 2 });
  const found = ['a', 'b', 'c', 'd'].map((name) => routes.find(name));
  await Promise.resolve();
  expect(asked).toEqual(['a', 'b']);
  answer('b');
  await found[1];
  await Promise.resolve();
  expect(asked).toEqual(['a', 'b', 'c']);
  answer('a');
  answer('c');
  await found[2];
  await found[0];
  await Promise.resolve();
  answer('d');
  await Promise.all(found);
  expect(asked).toEqual(['a', 'b', 'c', 'd']);
});

test('so many routes are kept, the oldest dropped first', async () => {
  const { routes, answer } = setUp({ cachedRoutes: 2 });
  for (const name of ['a', 'b', 'c']) {
    const found = routes.find(name);
    await Promise.resolve();
    answer(name);
    await found;
  }
  expect(['a', 'b', 'c'].map((name) => routes.known(name) !== undefined)).toEqual([false, true, true]);
});
