/** Statistics: they say what the events say, whatever happened, and stay small whatever names are used. */
import { systemClock } from '../../../src/platform/clock.ts';
import { describe, expect, test } from 'vitest';
import { percentileMs, stepOf } from '../../../src/store/delivery-times.ts';
import type { Settlement } from '../../../src/store/delivery-records.ts';
import type { Credential } from '../../../src/store/directory-records.ts';
import type { MessageFacts } from '../../../src/store/message-records.ts';
import {
  NAMES_A_DAY,
  OTHER_NAMES,
  SPAN_MS,
  STATISTIC_GROUPS,
  STATISTIC_SPANS,
  type StatisticCount,
  type StatisticGroup,
  type StatisticQuery,
  type StatisticSpan,
} from '../../../src/store/stats.ts';
import { eventually } from '../../support/eventually.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { benchFor, type Engine, type OpenedStore } from './engine.ts';
import {
  allEvents,
  claimAll,
  defaultAccountId,
  deliveriesOf,
  HOUR_MS,
  MINUTE_MS,
  newCredential,
  newMessage,
  settleAll,
  settlement,
  type MessageDraft,
} from './fixtures.ts';

const DAY_MS = 24 * HOUR_MS;
/** A midnight (UTC) some time ago. */
const START_MS = Date.UTC(2026, 0, 10);

export function describeStatistics(engine: Engine): void {
  describe('statistics', () => {
    const bench = benchFor(engine);

    const query = (parts: Partial<StatisticQuery> = {}): StatisticQuery => ({
      accountIds: [],
      span: 'day',
      fromMs: START_MS,
      toMs: START_MS + 30 * DAY_MS,
      of: undefined,
      group: undefined,
      limit: 1_000,
      ...parts,
    });

    test('of nothing are nothing, with every period', async () => {
      const store = await bench().open();
      const { total, periods, names, moreNames } = await store.statistics.statistics(
        query({ group: 'domain', toMs: START_MS + 3 * DAY_MS }),
      );
      expect(Object.values(total.counts).every((count) => count === 0)).toBe(true);
      expect(percentileMs(total.times, 0.5)).toBeUndefined();
      expect(periods.map(({ startMs }) => startMs)).toEqual([0, 1, 2].map((day) => START_MS + day * DAY_MS));
      expect([names, moreNames]).toEqual([[], 0]);
    });

    test.each([1, 2, 3])('agree with the events after traffic of every kind (seed %i)', async (seed) => {
      const { open } = bench();
      let store = await open();
      const traffic = new Traffic(store, seed);
      await traffic.prepare();
      for (let round = 0; round < 60; round++) {
        await traffic.step();
        if (round % 20 !== 19) continue;
        await store.close();
        store = await open();
        traffic.store = store;
      }
      for (const span of STATISTIC_SPANS) {
        const expected = await traffic.countEvents(span);
        const { periods, total } = await store.statistics.statistics(query({ span }));
        const kept = periods.map(({ startMs, counts }) => [startMs, nonZero(counts)] as const);
        expect(new Map(kept.filter(([, counts]) => counts.length > 0))).toEqual(expected.byPeriod);
        expect(nonZero(total.counts)).toEqual(expected.total);
        expect(new Map([...total.times].filter(([, count]) => count !== 0))).toEqual(expected.times);
        for (const group of STATISTIC_GROUPS) {
          const { names } = await store.statistics.statistics(query({ span, group }));
          const found = names.map(({ name, counts }) => [name, nonZero(counts)] as const);
          expect(new Map(found)).toEqual(expected.byName[group]);
          // Whole months, as they are read for long times.
          const long = { fromMs: START_MS - 60 * DAY_MS, toMs: START_MS + 99 * DAY_MS };
          if (span === 'day')
            expect((await store.statistics.statistics(query({ group, ...long }))).names).toEqual(names);
          for (const { name, counts } of names) {
            const one = await store.statistics.statistics(query({ span, of: { group, name } }));
            expect(one.total.counts).toEqual(counts);
          }
        }
      }
    });

    test('what the relay writes itself is not counted', async () => {
      const store = await bench().open();
      await accept(store, { via: 'dsn', reversePath: '' });
      await settleAll(store.spool, (await claimAll(store.spool)).claims);
      const { total } = await store.statistics.statistics(query({ toMs: Date.now() + DAY_MS }));
      expect(nonZero(total.counts)).toEqual([]);
    });

    test('an operation that is refused counts nothing', async () => {
      const store = await bench().open();
      const message = await newMessage(store, { acceptedAtMs: START_MS });
      await store.spool.accept(message);
      const again = await newMessage(store, { id: message.facts.id, acceptedAtMs: START_MS });
      const others = Array.from({ length: 3 }, () => accept(store, { acceptedAtMs: START_MS }));
      await expect(store.spool.accept(again)).rejects.toMatchObject({ code: 'conflict' });
      await Promise.all(others);
      expect(nonZero((await store.statistics.statistics(query())).total.counts)).toEqual([['accepted', 4]]);
    });

    test('of one account are its own', async () => {
      const store = await bench().open();
      const other = { id: 'acc_00000000000000000000000001', name: 'other', createdAtMs: 0 };
      await store.directory.addAccount(other, 'test');
      await accept(store, { acceptedAtMs: START_MS });
      await accept(store, { acceptedAtMs: START_MS, accountId: other.id });
      await accept(store, { acceptedAtMs: START_MS, accountId: other.id });
      const acceptedOf = async (accountIds: readonly string[]) =>
        (await store.statistics.statistics(query({ accountIds, group: 'domain' }))).names[0]?.counts.accepted;
      expect(await Promise.all([[], [other.id], [await defaultAccountId(store)]].map(acceptedOf))).toEqual([
        3, 2, 1,
      ]);
    });

    test('by the time to deliver give percentiles within a tenth, from the time that the sender set', async () => {
      const store = await bench().open();
      for (let number = 1; number <= 100; number++)
        await deliver(store, { acceptedAtMs: START_MS }, START_MS + number * 1_000);
      const sendAtMs = START_MS + DAY_MS;
      await deliver(store, { acceptedAtMs: START_MS, sendAtMs }, sendAtMs + 5_000);
      const { periods } = await store.statistics.statistics(query());
      const [first, second] = periods;
      for (const [share, ms] of [
        [0.5, 50_000],
        [0.9, 90_000],
        [0.99, 99_000],
      ] as const)
        expect(Math.abs(percentileMs(first!.times, share)! / ms - 1)).toBeLessThan(0.1);
      expect(Math.abs(percentileMs(second!.times, 0.5)! / 5_000 - 1)).toBeLessThan(0.1);
    });

    test('keep a bounded number of names a day, the largest of the day before among them', async () => {
      const store = await bench().open();
      const limit = NAMES_A_DAY.tag;
      const send = (tag: string, atMs: number) => accept(store, { acceptedAtMs: atMs, tags: [tag] });
      for (let index = 0; index < 2; index++) await send('monday', START_MS);
      for (let index = 0; index < limit + 100; index++) await send(`tag${index}`, START_MS + DAY_MS);
      await send('monday', START_MS + DAY_MS);
      const read = () => store.statistics.statistics(query({ group: 'tag', fromMs: START_MS + DAY_MS }));
      let untagged = 0;
      // What is not folded yet has its names still; it is folded beside the flow of mail.
      await eventually(async () => {
        for (let index = 0; index < 60; index++) await accept(store, { acceptedAtMs: START_MS + DAY_MS });
        untagged += 60;
        return (await read()).names.length <= limit + 1;
      });
      const { names, total } = await read();
      expect(names[0]?.name).toBe(OTHER_NAMES);
      expect(names.some(({ name }) => name === 'monday')).toBe(true);
      expect(names.reduce((sum, { counts }) => sum + counts.accepted, 0)).toBe(limit + 101);
      expect(total.counts.accepted).toBe(limit + 101 + untagged);
    });

    test('the largest names come first, and those left out are counted', async () => {
      const store = await bench().open();
      for (const [domain, count] of [
        ['one.test', 1],
        ['three.test', 3],
        ['two.test', 2],
      ] as const)
        for (let index = 0; index < count; index++)
          await accept(store, { acceptedAtMs: START_MS, recipients: [`a@${domain}`] });
      const { names, moreNames } = await store.statistics.statistics(
        query({ group: 'destination', limit: 2 }),
      );
      expect(names.map(({ name }) => name)).toEqual(['three.test', 'two.test']);
      expect(moreNames).toBe(1);
    });

    test('go after their time, hours before days', async () => {
      const store = await bench().open();
      for (let index = 0; index < 60; index++) await accept(store, { acceptedAtMs: START_MS });
      const ages = { contentMs: DAY_MS, metadataMs: DAY_MS, eventsMs: DAY_MS };
      const clean = async (nowMs: number) => {
        while ((await store.retention.clean(nowMs, ages)).more);
      };
      const acceptedBy = async (span: StatisticSpan) =>
        (await store.statistics.statistics(query({ span }))).total.counts.accepted;
      await clean(START_MS + 89 * DAY_MS);
      expect([await acceptedBy('hour'), await acceptedBy('day')]).toEqual([60, 60]);
      await clean(START_MS + 92 * DAY_MS);
      // Some are not folded yet.
      expect(await acceptedBy('hour')).toBeLessThan(15);
      expect(await acceptedBy('day')).toBe(60);
      await clean(START_MS + 732 * DAY_MS);
      expect(await acceptedBy('day')).toBeLessThan(15);
    });
  });
}

async function accept(store: OpenedStore, draft: MessageDraft = {}): Promise<void> {
  await store.spool.accept(await newMessage(store, draft));
}

async function deliver(store: OpenedStore, draft: MessageDraft, atMs: number): Promise<void> {
  await accept(store, draft);
  const { claims } = await claimAll(store.spool);
  await settleAll(store.spool, claims, { event: { type: 'delivered', atMs, data: {} } });
}

type Sums = Partial<Record<StatisticCount, number>>;

function nonZero(counts: Sums): [string, number][] {
  return Object.entries(counts)
    .filter(([, count]) => count !== 0)
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

/** Random traffic, and what its events come to. */
class Traffic {
  store: OpenedStore;
  readonly #random: () => number;
  readonly #facts = new Map<string, MessageFacts>();
  readonly #credentials: Credential[] = [];
  #nowMs = START_MS;

  constructor(store: OpenedStore, seed: number) {
    this.store = store;
    const random = seededRandom(seed);
    this.#random = () => random.float();
  }

  async prepare(): Promise<void> {
    for (const name of ['one', 'two']) {
      const credential = await newCredential(this.store, { name, username: name });
      await this.store.directory.addCredential(credential, 'test');
      this.#credentials.push(credential);
    }
  }

  async step(): Promise<void> {
    this.#nowMs += Math.round(this.#random() * 90 * MINUTE_MS);
    await Promise.all(Array.from({ length: 1 + this.#below(6) }, () => this.#accept()));
    const { claims } = await claimAll(this.store.spool, { nowMs: Date.now() + DAY_MS, limit: 12 });
    const settlements = deliveriesOf(claims).map((delivery) => settlement(delivery, this.#outcome()));
    await this.store.spool.settle({ nowMs: systemClock.now(), settlements, dsns: [] });
    if (this.#random() < 0.5) await this.#report();
    if (this.#random() < 0.2) await this.#cancel();
  }

  async #accept(): Promise<void> {
    const isDsn = this.#random() < 0.1;
    const message = await newMessage(this.store, {
      acceptedAtMs: this.#nowMs,
      sendAtMs: this.#random() < 0.1 ? this.#nowMs + HOUR_MS : undefined,
      via: isDsn ? 'dsn' : this.#pick(['smtp', 'http'] as const),
      credentialId: isDsn ? undefined : this.#pick(this.#credentials).id,
      stream: this.#pick(['transactional', 'broadcast']),
      signingDomain: this.#pick(['example.org', 'example.com']),
      tags: this.#pick([[], ['welcome'], ['welcome', 'eu'], ['__proto__', "o'tag"]]),
      recipients: Array.from({ length: 1 + this.#below(3) }, (_, index) => ({
        recipient: `user${index}@${this.#pick(['a.test', 'b.test', 'constructor'])}`,
        suppressedBy: this.#random() < 0.1 ? 'complaint' : undefined,
      })),
    });
    this.#facts.set(message.facts.id, message.facts);
    await this.store.spool.accept(message);
  }

  #outcome(): Partial<Settlement> {
    const state = this.#pick([
      'delivered',
      'delivered',
      'deferred',
      'bounced',
      'expired',
      'suppressed',
    ] as const);
    const atMs = this.#nowMs + this.#below(600_000);
    const data = state === 'bounced' ? { via: 'reply', hard: this.#random() < 0.5 } : {};
    return { state, event: { type: state, atMs, data }, nextAttemptAtMs: Date.now() };
  }

  async #report(): Promise<void> {
    const messageId = this.#pick([...this.#facts.keys()]);
    const type = this.#pick(['bounced', 'complained', 'delivered', 'unsubscribed'] as const);
    await this.store.reports.applyReport([
      {
        messageId,
        recipientNumber: 1,
        state: type === 'bounced' ? 'bounced' : undefined,
        event: { type, atMs: this.#nowMs, data: { via: 'report', hard: this.#random() < 0.5 } },
        suppression: undefined,
        dsns: [],
      },
    ]);
  }

  async #cancel(): Promise<void> {
    const id = this.#pick([...this.#facts.keys()]);
    const selection = { id, destination: undefined, accountId: undefined, stream: undefined };
    await this.store.queue.cancel(selection, this.#nowMs, 'test');
  }

  /** From the log alone. */
  async countEvents(span: StatisticSpan) {
    const byPeriod = new Map<number, Sums>();
    const byName: Record<StatisticGroup, Map<string, Sums>> = {
      domain: new Map(),
      stream: new Map(),
      destination: new Map(),
      tag: new Map(),
      credential: new Map(),
    };
    const total: Sums = {};
    const times = new Map<number, number>();
    const deferred = new Set<string>();
    for await (const event of this.#events()) {
      const facts = this.#facts.get(event.messageId ?? '');
      if (facts === undefined || facts.via === 'dsn') continue;
      const { type, atMs, data, recipient = '', deliveryId = '' } = event;
      const byReport = data['via'] === 'report';
      if (byReport && type === 'delivered') continue;
      const counts: StatisticCount[] =
        type === 'bounced'
          ? [data['hard'] === true ? 'bouncedHard' : 'bouncedSoft']
          : [type as StatisticCount];
      if (type === 'bounced' && byReport) counts.push('returned');
      if (type === 'deferred') deferred.add(deliveryId);
      if (type === 'delivered') {
        if (!deferred.has(deliveryId)) counts.push('firstAttempt');
        const step = stepOf(atMs - Math.max(facts.acceptedAtMs, facts.sendAtMs ?? 0));
        times.set(step, (times.get(step) ?? 0) + 1);
      }
      const startMs = Math.floor(atMs / SPAN_MS[span]) * SPAN_MS[span];
      const sums = [
        total,
        at(byPeriod, startMs),
        at(byName.domain, facts.signingDomain),
        at(byName.stream, facts.stream),
        at(byName.destination, destinationOf(recipient)),
        at(byName.credential, facts.credentialId ?? ''),
        ...facts.tags.map((tag) => at(byName.tag, tag)),
      ];
      for (const sum of sums) for (const count of counts) sum[count] = (sum[count] ?? 0) + 1;
    }
    return {
      total: nonZero(total),
      times,
      byPeriod: flat(byPeriod),
      byName: Object.fromEntries(
        Object.entries(byName).map(([group, sums]) => [group, flat(sums)]),
      ) as unknown as Record<StatisticGroup, Map<string, [string, number][]>>,
    };
  }

  async *#events() {
    for (let after = 0; ;) {
      const { events } = await this.store.events.readEvents({ ...allEvents(), after });
      yield* events;
      const last = events.at(-1);
      if (last === undefined) return;
      after = last.sequence;
    }
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)]!;
  }
}

function at<K>(sums: Map<K, Sums>, key: K): Sums {
  const found = sums.get(key) ?? {};
  sums.set(key, found);
  return found;
}

function flat<K>(sums: ReadonlyMap<K, Sums>): Map<K, [string, number][]> {
  return new Map([...sums].map(([key, sum]) => [key, nonZero(sum)]));
}

function destinationOf(recipient: string): string {
  return recipient.slice(recipient.lastIndexOf('@') + 1);
}
