/**
 * MX records are their owner's to write: a domain that names hosts of others beside its own must not speak for them, nor use
 * up what they let us have.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadDestinationRules } from '../../../../src/config/destination-rules.ts';
import { loadProviders } from '../../../../src/config/providers.ts';
import { NO_ROUTES } from '../../../../src/delivery/route/route-table.ts';
import type { Route } from '../../../../src/delivery/route/routes.ts';
import { openLimits } from '../../../../src/delivery/shaping/open-limits.ts';
import { silentLog } from '../../../../src/platform/log.ts';
import { providerOf } from '../../../../src/policy/egress/providers.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { replyTo } from '../support/fake-remotes.ts';
import { MemoryLimits } from '../support/memory-limits.ts';
import { MemoryWindows } from '../support/memory-windows.ts';
import { HOUR_MS, route, World } from '../support/world.ts';

const read = (file: string) => readFileSync(file, 'utf8');
const PROVIDERS = loadProviders(read);
const SHAPING = loadDestinationRules(read, undefined, PROVIDERS);
const MINE = '192.0.2.66';

async function worldWithLimits() {
  const [limits, clock] = [new MemoryLimits(), new VirtualClock()];
  const opened = await openLimits({
    ...{ reader: limits, writer: limits, replies: () => SHAPING.replies },
    ...{ clock, log: silentLog, onBug: (error) => expect(error).toBeUndefined() },
  });
  const egress = { ...NO_ROUTES, providerOf: (hosts: readonly string[]) => providerOf(hosts, PROVIDERS) };
  const settings = { ...opened, egress, shaping: () => SHAPING, windows: new MemoryWindows() };
  const world = new World({}, settings, clock);
  return {
    world,
    limits,
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await opened.stop();
    },
  };
}

/** `host`, which does not answer, before one's own. */
function behind(host: string, preference = 20): Route {
  const hosts = [
    { name: host, preference: 10, addresses: ['192.0.2.99'] },
    { name: 'zmx.evil.test', preference, addresses: [MINE] },
  ];
  return { kind: 'hosts', site: `${host} zmx.evil.test`, hosts, ttlMs: HOUR_MS };
}

const UNREACHABLE = { refuse: { stage: 'connect', reply: undefined, text: 'ECONNREFUSED' } } as const;
const WORDS: readonly [string, string, string, string][] = [
  ['of the provider', 'aspmx.l.google.com', '4.7.28', 'unusual rate of unsolicited mail'],
  ['for everybody', 'aspmx.l.google.com', '4.7.0', 'too many connections from you'],
  ['for everybody', 'mx1.victim.test', '4.7.0', 'too many connections from you'],
];

test.each(WORDS)(
  'words %s, said by another host than %s, limit nobody else',
  async (_rule, host, status, text) => {
    await using scene = await worldWithLimits();
    const { world, limits } = scene;
    world.routes.set('evil.test', behind(host));
    world.routes.set('victim.test', route(host, ['192.0.2.7']));
    world.remotes.behave('192.0.2.99', UNREACHABLE);
    world.remotes.behave(MINE, { reply: () => replyTo(421, status, text, 'mail') });
    await world.submit({ to: ['a@evil.test'] });
    await world.clock.advance(1_000);
    expect(
      [...limits.limits.values()].map(({ subject }) => subject).filter((one) => one !== 'zmx.evil.test'),
    ).toEqual([]);
    for (let i = 0; i < 200; i++) await world.submit({ to: [`${i}@victim.test`] });
    await world.clock.advance(30_000);
    expect(world.remotes.taken.filter((one) => one.endsWith('@victim.test')).length).toBe(200);
  },
);

test('a greeting that asks for hours, by another host than the preferred one, suspends nobody else', async () => {
  await using scene = await worldWithLimits();
  const { world } = scene;
  world.routes.set('evil.test', behind('mx1.victim.test', 10));
  world.routes.set('victim.test', route('mx1.victim.test', ['192.0.2.7']));
  const reply = { code: 421, status: '4.3.2', text: 'closed, try again in 4 hours' };
  world.remotes.behave(MINE, { refuse: { stage: 'greeting', reply, text: reply.text } });
  world.remotes.behave('192.0.2.99', UNREACHABLE);
  await world.submit({ to: ['a@evil.test'] });
  await world.clock.advance(1_000);
  await world.submit({ to: ['a@victim.test'] });
  await world.clock.advance(5_000);
  expect(world.remotes.taken).toEqual(['a@victim.test']);
});

test('any host of a site that says so slows down the site', async () => {
  await using scene = await worldWithLimits();
  const { world, limits } = scene;
  world.routes.set('evil.test', behind('mx1.evil.test'));
  world.remotes.behave('192.0.2.99', UNREACHABLE);
  const reply = { code: 421, status: '4.3.2', text: 'closed, try again in 300 seconds' };
  world.remotes.behave(MINE, { refuse: { stage: 'greeting', reply, text: reply.text } });
  await world.submit({ to: ['a@evil.test'] });
  await world.clock.advance(1_000);
  expect([...limits.limits.keys()]).toEqual(['zmx.evil.test ']);
  const connects = world.remotes.connects.length;
  await world.submit({ to: ['b@evil.test'] });
  await world.clock.advance(290_000);
  expect(world.remotes.connects.length).toBe(connects);
  world.remotes.behave(MINE, {});
  await world.clock.advance(600_000);
  expect(world.remotes.taken.toSorted()).toEqual(['a@evil.test', 'b@evil.test']);
});

test('a host that never answers takes no connection from a provider that is named before it', async () => {
  await using scene = await worldWithLimits();
  const { world } = scene;
  world.routes.set('evil.test', behind('smtp-in.orange.fr'));
  world.routes.set('orange.fr', route('smtp-in.orange.fr', ['192.0.2.7']));
  world.remotes.behave('192.0.2.99', UNREACHABLE);
  world.remotes.behave(MINE, { transactionMs: 300_000 });
  for (let i = 0; i < 10; i++) await world.submit({ to: [`${i}@evil.test`] });
  await world.clock.advance(10_000);
  await world.submit({ to: ['a@orange.fr'] });
  await world.clock.advance(10_000);
  expect(world.remotes.taken).toEqual(['a@orange.fr']);
});
