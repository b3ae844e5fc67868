/**
 * From the first 421 to full speed again: the real relay in fast time among three providers, of which the largest takes a few
 * messages a minute for a while. The built-in rules decide what it does; nobody helps.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { FastTime } from '../support/fast-time.ts';
import { mostInAWindow } from '../support/provider-limits.ts';
import { ProviderStage, type TakenMessage } from './support/provider-stage.ts';

/** A minute is a second. */
const FACTOR = 60;
const MINUTE_MS = 60_000;
const CLIENT = '127.0.0.1';
const BROADCAST = 60;
const TRANSACTIONAL = 6;
/** What it takes in a minute while it misbehaves. */
const FEW = 6;
const WAIT_MS = 240_000;
/** Connections that are open at once take messages side by side. */
const NEARLY = 10;

let all: ProviderStage;

beforeEach(async () => {
  all = await ProviderStage.start(new FastTime(FACTOR));
});
afterEach(() => all[Symbol.asyncDispose]());

it('slows down for the provider that asks for it, and for no other, and has its speed back by itself', async () => {
  const { google, yahoo, gmx } = all.providers;
  const domains = google.domains.length;

  await all.submit('google', 'broadcast', 5);
  await eventually(() => google.taken.length === 5 * domains, { timeoutMs: WAIT_MS });
  expect(google.limits.violations).toEqual([]);

  google.limits.change({ messages: { count: FEW, windowMs: MINUTE_MS } });
  await all.submit('google', 'broadcast', BROADCAST, 100);
  await all.submit('google', 'transactional', TRANSACTIONAL, 100);
  await all.submit('yahoo', 'broadcast', BROADCAST);
  await all.submit('gmx', 'broadcast', BROADCAST);

  // The others have all of theirs while most of what is for the limited one waits.
  const total = 5 * domains + (BROADCAST + TRANSACTIONAL) * domains;
  await eventually(() => yahoo.taken.length + gmx.taken.length === 2 * BROADCAST, { timeoutMs: WAIT_MS });
  expect(google.taken.length).toBeLessThan(total / 2);
  expect([...yahoo.limits.violations, ...gmx.limits.violations]).toEqual([]);

  const limited = await eventually(
    async () => (await limitEvents()).find(({ change }) => change === 'slowed'),
    { timeoutMs: WAIT_MS },
  );
  expect(limited).toMatchObject({ rule: 'google-rate', subject: 'google' });
  await eventually(async () => (await reasonOf('alpha.test')).includes('google-rate'), {
    timeoutMs: WAIT_MS,
  });

  // It takes all again, and has all of it, in the end without a limit.
  const refusedBefore = google.limits.violations.length;
  google.limits.change({});
  await eventually(() => google.taken.length >= total, { timeoutMs: WAIT_MS });
  expect(google.taken).toHaveLength(total);
  expect(new Set(google.taken.map(({ recipient }) => recipient)).size).toBe(total);
  expect(google.limits.violations).toHaveLength(refusedBefore);
  await eventually(async () => (await limitEvents()).some(({ change }) => change === 'lifted'), {
    timeoutMs: WAIT_MS,
  });

  // Few are refused after the first reaction, and none of the others' connections were.
  expect(refusedBefore).toBeLessThan(total / 5);
  const windows = google.limits.begunAtMs(CLIENT);
  expect(mostInAWindow(windows, MINUTE_MS)).toBeGreaterThan(FEW);

  // What was submitted last, and is urgent, did not wait for the campaign.
  const order = google.taken.slice(5 * domains);
  const lastUrgent = order.findLastIndex(({ recipient }) => recipient.startsWith('t'));
  const broadcastBefore = order.slice(0, lastUrgent).filter(isBroadcast).length;
  expect(broadcastBefore).toBeLessThan((BROADCAST * domains) / 2);

  // The campaign goes in its order, but for what was refused and tried again.
  for (const domain of google.domains) {
    const numbers = order
      .filter((taken) => isBroadcast(taken) && taken.recipient.endsWith(`@${domain}`))
      .map(({ recipient }) => Number(recipient.slice(1).split('@')[0]));
    const late = numbers.filter((number, at) => Math.max(...numbers.slice(0, at)) > number + NEARLY);
    expect(late.length).toBeLessThanOrEqual(refusedBefore);
  }
}, 600_000);

const isBroadcast = ({ recipient }: TakenMessage) => recipient.startsWith('b');

/** What changed of automatic limits. */
async function limitEvents(): Promise<readonly Record<string, unknown>[]> {
  const events = await all.stage.relay.ctlList<Record<string, unknown>>('events', '--server');
  return events.filter(({ event }) => event === 'destination_limited');
}

/** What mail to `domain` waits for; empty: nothing. */
async function reasonOf(domain: string): Promise<string> {
  const { waits_for: waitsFor } = await all.stage.relay.ctl<{ readonly waits_for: string | null }>(
    ...['destination', 'show', domain],
  );
  return waitsFor ?? '';
}
