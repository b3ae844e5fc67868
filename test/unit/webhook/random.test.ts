/**
 * Webhooks at random, from a seed: receivers that fail, hang and come back, deaths of the dispatcher, a store that cannot
 * write, pauses, replays, changes. Whatever happens: of one message one event is under way at a time and none overtakes,
 * everything arrives, nothing is told twice without a death or a replay, and in the end nothing waits.
 */
import { joinStore } from '../../support/join-store.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { silentLog } from '../../../src/platform/log.ts';
import { createSecretBox } from '../../../src/platform/secret-box.ts';
import { openSqliteStore, type SqliteStore } from '../../../src/store/sqlite/open.ts';
import { openSqliteReader, type SqliteReader } from '../../../src/store/sqlite/reader.ts';
import { startDispatcher, type Dispatcher } from '../../../src/webhook/dispatcher.ts';
import type { Answer } from '../../../src/webhook/response.ts';
import type { Post, Sender } from '../../../src/webhook/sender.ts';
import { makeSealedKey } from '../../../src/webhook/webhook-keys.ts';
import { claimAll, newMessage, settleAll } from '../../conformance/store/fixtures.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const SEEDS = [1, 2, 3, 4, 5, 6];
const STEPS = 120;
const HOOK = 'whk_a';

interface Told {
  readonly id: string;
  readonly orderKey: string;
  readonly sequence: number;
}

class RandomRun {
  readonly clock = new VirtualClock();
  readonly random: ReturnType<typeof seededRandom>;
  readonly dataDir = mkdtempSync(path.join(tmpdir(), 'postern-random-'));
  readonly store: SqliteStore;
  readonly reader: SqliteReader;
  readonly box: ReturnType<typeof createSecretBox>;
  readonly arrived: Told[] = [];
  readonly inFlight = new Map<string, number>();
  /** Ids that may come again: under way when their dispatcher died, or replayed. */
  readonly excused = new Set<string>();
  failing = 0.2;
  #generation = 0;
  #dispatcher: Dispatcher | undefined;
  #dispatcherReader: SqliteReader | undefined;
  #writeFails = false;

  constructor(seed: number) {
    this.random = seededRandom(seed);
    this.box = createSecretBox(new Uint8Array(32).fill(seed), this.random);
    const { dataDir, clock, random } = this;
    this.store = openSqliteStore({ dataDir, clock, random, log: silentLog, exclusive: true });
    this.reader = openSqliteReader(dataDir);
  }

  chance(share: number): boolean {
    return this.random.float() < share;
  }

  /** Whole milliseconds: what the store keeps. */
  below(most: number): number {
    return Math.floor(this.random.float() * most);
  }

  async add(): Promise<void> {
    const { sealed } = makeSealedKey(HOOK, this.box, this.random);
    const accountId = (await this.reader.accountByName('default'))!.id;
    await this.store.webhooks.addWebhook(
      { id: HOOK, accountId, url: 'https://a.example/', events: [], sealedSecret: sealed, createdAtMs: 1 },
      'test',
    );
  }

  start(): void {
    this.#writeFails = false;
    const generation = ++this.#generation;
    const reader = openSqliteReader(this.dataDir);
    this.#dispatcherReader = reader;
    const nobody = () => Promise.resolve({ kind: 'not-found', nxdomain: true } as const);
    this.#dispatcher = startDispatcher({
      reader,
      writer: {
        recordWebhooks: (records) =>
          this.#writeFails || generation !== this.#generation
            ? Promise.reject(new Error('cannot write'))
            : this.store.webhooks.recordWebhooks(records),
      },
      box: this.box,
      sender: { guard: { resolver: { a: nobody, aaaa: nobody }, allowPrivateAddresses: false } },
      openSender: () => this.#sender(generation),
      clock: this.clock,
      random: this.random,
      log: silentLog,
    });
  }

  /** What is under way may have arrived, and nobody writes that down. */
  async die(): Promise<void> {
    this.#generation++;
    for (const id of this.inFlight.keys()) this.excused.add(id);
    // What arrived a moment ago may not be written yet.
    const written = new Set(
      (await this.log()).filter(({ state }) => state !== 'pending').map(({ sequence }) => sequence),
    );
    for (const { id, sequence } of this.arrived) if (!written.has(sequence)) this.excused.add(id);
    this.inFlight.clear();
    const dead = this.#dispatcher;
    const reader = this.#dispatcherReader;
    const stopping = dead?.stop(0);
    await this.clock.advance(20_000);
    await stopping;
    reader?.close();
  }

  stutter(): void {
    this.#writeFails = !this.#writeFails;
  }

  heal(): void {
    this.#writeFails = false;
    this.failing = 0;
  }

  #sender(generation: number): Sender {
    const aborts = new Set<() => void>();
    return {
      send: async (post) => {
        const told = toldOf(post);
        const isLive = () => generation === this.#generation;
        if (isLive()) await this.#begin(told);
        return await new Promise<Answer>((resolve) => {
          const abort = () => resolve({ kind: 'unanswered', error: 'closed' });
          aborts.add(abort);
          const fails = this.chance(this.failing);
          const takesMs = this.chance(0.05) ? 15_000 : this.below(400);
          this.clock.after(takesMs, () => {
            aborts.delete(abort);
            if (isLive()) this.inFlight.delete(told.id);
            if (isLive() && !fails) this.arrived.push(told);
            resolve(this.#answer(fails));
          });
        });
      },
      close() {
        for (const abort of aborts) abort();
      },
    };
  }

  async #begin(told: Told): Promise<void> {
    const others = [...this.inFlight.keys()];
    this.inFlight.set(told.id, told.sequence);
    for (const id of others) {
      const other = Number(id.slice(4, 18));
      expect(await orderKeyOf(this, other), `${told.id} beside ${id}`).not.toBe(told.orderKey);
    }
  }

  #answer(fails: boolean): Answer {
    const statusCode = fails ? (this.chance(0.2) ? 429 : 500) : 204;
    const retryAfter = fails && this.chance(0.2) ? '30' : undefined;
    return { kind: 'answered', statusCode, retryAfter, location: undefined, excerpt: undefined };
  }

  async accept(recipients: number): Promise<void> {
    const message = await newMessage(joinStore(this.reader, this.store), {
      recipients: Array.from({ length: recipients }, (_, index) => `r${index}@example.com`),
    });
    await this.store.spool.accept(message);
  }

  async settle(): Promise<void> {
    const { claims } = await claimAll(this.store.spool, { nowMs: Number.MAX_SAFE_INTEGER / 2, limit: 5 });
    await settleAll(this.store.spool, claims, { state: 'delivered' });
  }

  async replay(): Promise<void> {
    const upTo = await this.reader.lastEventSequence();
    const after = Math.floor(this.random.float() * upTo);
    for (const { sequence } of await this.log())
      if (sequence > after) this.excused.add(`evt_${String(sequence).padStart(14, '0')}_a`);
    const range = { kind: 'range', after, upTo, sinceMs: undefined, untilMs: undefined } as const;
    await this.store.webhooks.replayWebhook(HOOK, range, this.clock.now(), 'test');
  }

  async log() {
    return this.reader.webhookDeliveries({
      webhookId: HOOK,
      state: undefined,
      before: undefined,
      limit: 10_000,
    });
  }

  async dispose(): Promise<void> {
    await this.die();
    this.reader.close();
    await this.store.close();
    rmSync(this.dataDir, { recursive: true });
  }
}

function toldOf({ headers, body }: Post): Told {
  const { message_id: orderKey, id } = JSON.parse(body) as { message_id: string | null; id: string };
  return { id: headers['webhook-id'] ?? '', orderKey: orderKey ?? '', sequence: Number(id.slice(4)) };
}

const orderKeys = new WeakMap<RandomRun, Map<number, string>>();

/** Of the event with that sequence. */
async function orderKeyOf(run: RandomRun, sequence: number): Promise<string> {
  const known = orderKeys.get(run) ?? new Map<number, string>();
  orderKeys.set(run, known);
  const found =
    known.get(sequence) ??
    (
      await run.reader.readEvents({
        accountId: undefined,
        messageId: undefined,
        recipient: undefined,
        types: [],
        after: sequence - 1,
        limit: 1,
      })
    ).events[0]?.messageId ??
    '';
  known.set(sequence, found);
  return found;
}

test.each(SEEDS)('seed %i', async (seed) => {
  const run = new RandomRun(seed);
  await run.add();
  run.start();
  for (let step = 0; step < STEPS; step++) {
    const dice = run.random.float();
    if (dice < 0.35) await run.accept(1 + Math.floor(run.random.float() * 4));
    else if (dice < 0.6) await run.settle();
    else if (dice < 0.65) run.failing = run.random.float() < 0.3 ? 0.95 : 0.2;
    else if (dice < 0.68) run.stutter();
    else if (dice < 0.71) {
      await run.die();
      run.start();
    } else if (dice < 0.74) await run.replay();
    else if (dice < 0.77) {
      await run.store.webhooks.pauseWebhook(HOOK, 'by hand', run.clock.now(), 'test');
      await run.clock.advance(run.below(2_000));
      await run.store.webhooks.resumeWebhook(HOOK, false, run.clock.now(), 'test');
    } else await run.clock.advance(run.below(3_000));
  }
  run.heal();
  const last = () => run.reader.lastEventSequence();
  const isDone = async () =>
    (await run.reader.webhookById(HOOK))!.cursor === (await last()) &&
    (await run.log()).length === (await last()) &&
    (await run.log()).every(({ state }) => state === 'delivered');
  for (let minutes = 0; minutes < 400 && !(await isDone()); minutes++) await run.clock.advance(60_000);
  expect(
    await isDone(),
    JSON.stringify([
      await run.reader.webhookById(HOOK),
      (await run.log()).filter(({ state }) => state !== 'delivered'),
    ]),
  ).toBe(true);

  const times = new Map<string, number>();
  const first = new Map<string, number[]>();
  for (const { id, orderKey, sequence } of run.arrived) {
    times.set(id, (times.get(id) ?? 0) + 1);
    if (times.get(id) === 1) first.set(orderKey, [...(first.get(orderKey) ?? []), sequence]);
  }
  for (const [orderKey, sequences] of first)
    expect(sequences, orderKey).toEqual([...sequences].sort((one, other) => one - other));
  for (const [id, count] of times) if (count > 1) expect(run.excused, id).toContain(id);
  expect(times.size).toBe(await last());
  await run.dispose();
});
