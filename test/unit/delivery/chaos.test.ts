import { expect, test } from 'vitest';
import { systemSource, type SourceChooser } from '../../../src/delivery/route/egress.ts';
import { StoreError } from '../../../src/store/errors.ts';
import type { RecipientReply, TransactionResult } from '../../../src/smtp/client/session.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { replyTo } from './support/fake-remotes.ts';
import { EVERYTHING, OTHER_RELAY_ADDRESS, RELAY_ADDRESS, routed, rule, source } from './support/routes.ts';
import { route, World } from './support/world.ts';

/**
 * Everything at once, from a seed: hosts that defer, bounce, stall, vanish and send away, DNS that fails, a store that
 * is slow or full, processes that die. Whatever happens, every delivery ends, once, and no limit is exceeded.
 */
const SEEDS = Number(process.env['CHAOS_SEEDS'] ?? 12);
const FIRST = Number(process.env['CHAOS_FIRST'] ?? 1);
const DOMAINS = Array.from({ length: 8 }, (_, i) => `d${i}.test`);
const LIMITS = {
  maxDeliveries: 60,
  feedDeliveries: 30,
  feedDeliveriesPerDestination: 20,
  claimDeliveriesPerDestination: 5,
  maxUnsettledPerDestination: 8,
  maxConnectionsPerSite: 4,
  softConnections: 10,
  hardConnections: 14,
  messagesPerConnection: 7,
  recipientsPerTransaction: 3,
};

const SMART_HOSTS = [RELAY_ADDRESS, OTHER_RELAY_ADDRESS];
const ALL = ['unreachable', 'port-closed', 'blocked'] as const;
const ROUTED = routed(
  rule('second', {
    match: { ...EVERYTHING, accounts: ['news'] },
    fallback: 'direct-of-news',
    fallbackOn: ALL,
  }),
  rule('mx', {
    action: 'direct',
    fallback: 'smart',
    fallbackOn: ALL,
    match: { ...EVERYTHING, domains: DOMAINS },
  }),
  rule('smart', { match: { ...EVERYTHING, domains: ['none.test'] } }),
  rule('direct-of-news', { action: 'direct', match: { ...EVERYTHING, domains: ['none.test'] } }),
);

/** Two sources that may send, or wait, or ask for time, as the dice say; counts the tokens that are out. */
class MoodySources {
  calm = false;
  outstanding = 0;
  nowMs = () => 0;
  readonly chooser: SourceChooser;

  constructor(dice: { float(): number }) {
    const sources = ['192.0.2.250', '192.0.2.251'].map((address, at) => source(`s${String(at)}`, address));
    this.chooser = {
      ...systemSource,
      isEmpty: false,
      choose: ({ except, recipients }) => {
        const mood = this.calm ? 1 : dice.float();
        if (mood < 0.1) return { kind: 'ask-again', when: Promise.resolve() };
        const left = sources.filter(({ name }) => !except.includes(name));
        const chosen = left[Math.floor(mood * left.length * 0.999)];
        if (mood < 0.2 || chosen === undefined)
          return { kind: 'wait', untilMs: this.nowMs() + 60_000, limited: true, text: 'not now' };
        this.outstanding += recipients;
        return { kind: 'leaves', source: chosen };
      },
      ended: (_source, _provider, { recipients }) => {
        this.outstanding -= recipients;
      },
    };
  }
}

const SEEDED = Array.from({ length: SEEDS }, (_, i) => FIRST + i);
const BLOCKED = 'client host [192.0.2.250] blocked using zen.example.org';

for (const ways of ['direct', 'by routes and sources']) {
  test.each(SEEDED)(`seed %i, ${ways}`, async (seed) => {
    const routes = ways !== 'direct';
    const dice = seededRandom(seed);
    const pick = <T>(...of: T[]): T => of[Math.floor(dice.float() * of.length)]!;
    const chance = (share: number) => dice.float() < share;
    const sources = new MoodySources(dice);
    await using world = new World(LIMITS, routes ? { ...ROUTED, sources: sources.chooser } : {});
    sources.nowMs = () => world.clock.now();
    let crashed = 0;
    let ambiguous = 0;
    const destinations = DOMAINS;
    for (const name of ['d6.test', 'd7.test'])
      world.routes.set(name, route('mx.shared.test', ['192.0.2.99']));

    const stir = () => {
      for (const name of [...destinations, 'sender.test', 'shared', ...(routes ? SMART_HOSTS : [])]) {
        const address =
          name === 'shared' ? '192.0.2.99' : SMART_HOSTS.includes(name) ? name : World.addressOf(name);
        const mood = dice.float();
        world.remotes.behave(address, {
          ...(chance(0.3) && { connectMs: pick(10, 1_000, 40_000) }),
          ...(chance(0.5) && { transactionMs: pick(1, 50, 2_000, 90_000) }),
          ...(mood < 0.2 && {
            refuse: {
              stage: pick('connect', 'greeting', ...(SMART_HOSTS.includes(name) ? (['auth'] as const) : [])),
              reply: chance(0.5) ? { code: pick(421, 554), status: undefined, text: 'no' } : undefined,
              text: 'refused',
            },
          }),
          result: (transaction, session): TransactionResult | undefined => {
            if (mood < 0.6 || chance(0.7)) return undefined;
            const reused = session.transactions > 0;
            const kind = pick('stale', '421', 'data', 'dot', 'partly');
            const replies: (RecipientReply | undefined)[] = transaction.forwardPaths.map(() => undefined);
            if (kind === 'partly') replies[0] = replyTo(550, '5.1.1', 'unknown');
            if (kind === 'dot') ambiguous += replies.length;
            return {
              kind: 'lost',
              stage: kind === 'dot' ? 'final' : kind === 'data' || kind === 'partly' ? 'data' : 'mail',
              text: kind,
              reply: kind === '421' ? { code: 421, status: undefined, text: 'go' } : undefined,
              replies,
              afterFinalDot: kind === 'dot',
              stale: kind === 'stale' && reused,
            };
          },
          reply: (recipient, { forwardPaths }) => {
            const at = forwardPaths.findIndex((path) => path.recipient === recipient);
            if (mood > 0.9 && at >= 1) return replyTo(452, '4.5.3', 'too many recipients');
            if (routes && mood > 0.4 && chance(0.1))
              return pick(replyTo(554, '5.7.1', BLOCKED), replyTo(530, '5.7.0', 'login first', 'mail'));
            if (mood > 0.5 && chance(0.3))
              return replyTo(pick(450, 451, 550), pick('4.7.28', '4.2.0', '5.1.1'), 'x');
            return {
              reply: { code: 250, status: '2.0.0', text: 'ok' },
              stage: 'final',
              sharedBy: forwardPaths.length,
            };
          },
        });
        if (name === 'shared' || name === 'd6.test' || name === 'd7.test' || SMART_HOSTS.includes(name))
          continue;
        if (chance(0.1)) world.routes.set(name, { kind: 'unknown', text: 'SERVFAIL' });
        else world.routes.delete(name);
      }
      world.spool.latencyMs = pick(0, 0, 0, 5, 200);
      world.spool.failure = chance(0.1) ? new StoreError('disk-full', 'full') : undefined;
    };

    let submitted = 0;
    for (let round = 0; round < 60; round++) {
      stir();
      for (let i = 0; i < 4; i++) {
        if (world.spool.failure !== undefined) break;
        world.spool.latencyMs = 0;
        const to = Array.from(
          { length: pick(1, 1, 1, 2, 5) },
          () => `r${submitted++}@${pick(...destinations)}`,
        );
        await world.submit({ to, account: pick('acc_1', 'acc_2') });
      }
      await world.clock.advance(pick(0, 10, 1_000, 60_000, 700_000));
      expect(world.delivery.stats().claimed).toBeLessThanOrEqual(LIMITS.maxDeliveries + 5);
      expect(world.delivery.stats().connections).toBeLessThanOrEqual(LIMITS.hardConnections);
      // Where no process dies, no token may be lost either.
      if (!(routes && seed % 2 === 0) && chance(0.1)) {
        crashed += world.spool.claimedCount;
        world.crash();
      } else if (chance(0.05)) {
        world.delivery.wake();
      }
    }
    for (const name of [...destinations, 'sender.test'])
      world.remotes.behave(World.addressOf(name), { transactionMs: 10 });
    for (const address of ['192.0.2.99', ...SMART_HOSTS])
      world.remotes.behave(address, { transactionMs: 10 });
    sources.calm = true;
    for (const name of ['sender.test', ...destinations.slice(0, 6)]) world.routes.delete(name);
    world.spool.failure = undefined;
    world.spool.latencyMs = 0;
    await world.clock.advance(6 * 3_600_000);

    const open = world.spool.deliveries.filter((one) => one.settledTimes !== 1);
    expect(open.map(({ recipient, state, attempts }) => ({ recipient, state, attempts }))).toEqual([]);
    expect(world.delivery.stats()).toMatchObject({ claimed: 0, unwritten: 0, connections: 0 });
    for (const { untilMs } of world.spool.blocks.values()) expect(untilMs).toBeLessThan(world.clock.now());
    const taken = new Map<string, number>();
    for (const recipient of world.remotes.taken) taken.set(recipient, (taken.get(recipient) ?? 0) + 1);
    for (const one of world.spool.deliveries.filter(({ message }) => message.facts.via === 'smtp')) {
      if (one.state === 'delivered')
        expect(taken.get(one.recipient), one.recipient).toBeGreaterThanOrEqual(1);
    }
    const mailed = [...taken].filter(([recipient]) => recipient.startsWith('r'));
    const copies = mailed.reduce((sum, [, count]) => sum + count - 1, 0);
    expect(copies).toBeLessThanOrEqual(crashed + ambiguous);
    if (crashed === 0) expect(sources.outstanding).toBe(0);
    expect(sources.outstanding).toBeGreaterThanOrEqual(0);
    expect(world.clock.pendingTimers).toBe(0);
  });
}
