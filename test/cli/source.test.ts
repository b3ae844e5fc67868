/** `relayctl source`: pools, limits and warm-up as the store knows them. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CliStage } from './support/cli-stage.ts';

const DAY = 86_400_000;
const SOURCES = `
[[route]]
name = "news"
match = { stream = "broadcast" }
action = "direct"
pool = "bulk"

[[source]]
name = "old"
address = ["192.0.2.10", "2001:db8::10"]
hostname = "out-1.example.net"
pool = "bulk"
weight = 3

[[source]]
name = "new"
address = "192.0.2.11"
pool = "bulk"
warm_up = "2026-11-22"

[[source]]
name = "later"
address = "192.0.2.12"
warm_up = { start = "2026-12-24", plan = "cautious" }
`;

let stage: CliStage;
beforeEach(() => {
  stage = new CliStage();
  stage.files['/srv/relay.toml'] = SOURCES;
});
afterEach(() => stage.dispose());

/** Two days of the plan "default" at Google, the second of them half used. */
async function warmUp(): Promise<void> {
  const { egress } = stage.store;
  const today = Math.floor(stage.clock.now() / DAY);
  const google = { source: 'new', provider: 'google' };
  await egress.leaseSource({
    ...google,
    day: today - 1,
    step: 1,
    ceiling: 100,
    reason: 'planned',
    wanted: 100,
  });
  await egress.countSources([{ ...google, day: today - 1, handedOver: 100, turnedAway: 0, returned: 0 }]);
  await egress.leaseSource({ ...google, day: today, step: 2, ceiling: 250, reason: 'planned', wanted: 120 });
  await egress.countSources([{ ...google, day: today, handedOver: 80, turnedAway: 3, returned: 0 }]);
}

async function limit(): Promise<void> {
  await stage.store.egress.limitSource({
    ...{ source: 'old', provider: 'google', atMs: stage.clock.now(), class: 'reputation' },
    reply: '550 5.7.1 your address has a poor reputation',
  });
}

test('list: pools, addresses, warm-up, and who refuses them', async () => {
  await warmUp();
  await limit();
  const text = await stage.text('source', 'list');
  expect(text).toMatch(
    /old +bulk +3 +192\.0\.2\.10, 2001:db8::10 +out-1\.example\.net +warm +google \(60m\)/,
  );
  expect(text).toMatch(/new +bulk +1 +192\.0\.2\.11 +mail\.example\.net +day 3 of 16 \(default\)/);
  expect(text).toMatch(
    /later +default +1 +192\.0\.2\.12 +mail\.example\.net +begins 2026-12-24 \(cautious\)/,
  );
  expect(await stage.jsonLines('source', 'list')).toMatchObject([
    {
      name: 'old',
      pool: 'bulk',
      weight: 3,
      warm_up: null,
      limits: [{ provider: 'google', class: 'reputation' }],
    },
    { name: 'new', warm_up: { plan: 'default', start: '2026-11-22' }, limits: [] },
    { name: 'later' },
  ]);
});

test('show: plan, count of today, forecast', async () => {
  await warmUp();
  const text = await stage.text('source', 'show', 'new');
  expect(text).toMatch(/routes +news\n/);
  expect(text).toContain(
    'warm-up at google: day 3 of 16, 80 of 250 handed over today, 40 more on their way, 3 turned away (as planned)',
  );
  expect(text).toMatch(/today +250 +▏/);
  expect(text).toMatch(/2026-12-01 +15000 +████▌/);
  expect(text).toContain('without a ceiling from 2026-12-08 on, if all goes well');
  expect(text).toContain('warm-up at other providers: day 2 of 16, 0 of 100 handed over today');
  expect(await stage.json('source', 'show', 'new')).toMatchObject({
    routes: ['news'],
    forecast: [
      {
        provider: 'google',
        step: 3,
        steps: 16,
        today: { ceiling: 250, reserved: 120, handed_over: 80, turned_away: 3, reason: 'planned' },
        warm_on: '2026-12-08',
      },
      { provider: 'other' },
    ],
  });
});

test('show: one that a provider refuses, with its words', async () => {
  await limit();
  expect(await stage.text('source', 'show', 'old')).toMatch(
    /not used +for google until 2026-11-24 07:12:31 UTC \(in 1 h\): reputation, 550 5\.7\.1 your address/,
  );
  await stage.clock.advance(3_600_001);
  expect(await stage.text('source', 'show', 'old')).not.toContain('not used');
});

test('route test says which source of the pool is not used there', async () => {
  await limit();
  stage.mx.set('gmail.com', '5 gmail-smtp-in.l.google.com.');
  stage.mx.set('elsewhere.test', '5 mx.elsewhere.test.');
  await stage.text('stream', 'add', 'broadcast', '--kind', 'broadcast').catch(() => '');
  const at = async (to: string) =>
    (
      (await stage.json('route', 'test', to, '--stream', 'broadcast')) as {
        readonly obstacles: readonly string[];
      }
    ).obstacles;
  expect(await at('a@gmail.com')).toEqual([
    expect.stringMatching(/^source old is not used for google until/),
  ]);
  expect(await at('a@elsewhere.test')).toEqual([]);
});

test('without a store, a source or that name', async () => {
  expect(await stage.text('source', 'list')).toMatch(/new +bulk +1 +192\.0\.2\.11/);
  const { code, err } = await stage.run(['source', 'show', 'nwe']);
  expect([code, err]).toEqual([1, expect.stringContaining('did you mean new?')]);
  stage.files = {};
  expect((await stage.run(['source', 'list'])).err).toContain('There are no sources');
});

test('route test names the sources whose ceiling keeps mail waiting', async () => {
  await warmUp();
  stage.mx.set('gmail.com', '5 gmail-smtp-in.l.google.com.');
  stage.mx.set('example.com', '10 mx.example.com.');
  const now = async (to: string, ...more: readonly string[]) =>
    /now +([^]*)$/.exec(await stage.text('route', 'test', to, ...more))?.[1] ?? '';
  expect(await now('bob@gmail.com', '--stream', 'broadcast')).toContain('nothing stands in its way');
  const { egress } = stage.store;
  const today = Math.floor(stage.clock.now() / DAY);
  const lease = { source: 'new', provider: 'google', day: today, step: 2, ceiling: 250 };
  await egress.leaseSource({ ...lease, reason: 'planned', wanted: 200 });
  expect(await now('bob@gmail.com', '--stream', 'broadcast')).toContain(
    'source new has given out its warm-up ceiling of today, 250',
  );
  expect(await now('bob@example.com', '--stream', 'broadcast')).toContain('nothing stands in its way');
  expect(await now('bob@example.com')).toContain('source later has not begun its warm-up');
});
