/**
 * `kill -9` while mail goes in and out: 1,000 messages over 20 connections, relayd killed five times meanwhile and
 * started again, both ends counted. What was answered 250 arrives; what was never handed over does not; a message
 * arrives twice only when its attempt was in flight at a kill.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { RECIPIENT_DOMAIN, SENDER_DOMAIN, Stage } from '../e2e/support/stage.ts';
import { SmtpTalk } from '../e2e/support/smtp-talk.ts';

const MESSAGES = 1_000;
const CONNECTIONS = 20;
/** Counts of answered messages at which relayd is killed; the last when the queue still holds some of them. */
const KILL_AT = [120, 300, 480, 700, 960];
/** An attempt is in flight from its final dot to the commit of its settlement: far less than this. */
const IN_FLIGHT_MS = 2_000;
const FROM = `shop@${SENDER_DOMAIN}`;

/** Every third recipient is answered slowly, so that a kill always meets attempts in flight. */
const recipientOf = (number: number) =>
  `${number % 3 === 0 ? 'slow-40ms' : 'prompt'}+${number}@${RECIPIENT_DOMAIN}`;

interface Tally {
  /** 250 was heard. */
  readonly accepted: Set<number>;
  /** The final dot was sent and no reply heard: it may have been accepted. */
  readonly unknown: Set<number>;
  /** Refused, or lost before the final dot. */
  readonly notAccepted: Set<number>;
}

describe('kill -9 under load', () => {
  let stage: Stage;
  const tally: Tally = { accepted: new Set(), unknown: new Set(), notAccepted: new Set() };
  /** Arrival times by message number, on this process's clock. */
  const arrivals = new Map<number, number[]>();
  /** From the signal to the next start's first listening. */
  const outages: { readonly killedAtMs: number; readonly startedAtMs: number }[] = [];

  beforeAll(async () => {
    stage = await Stage.start({
      config: { delivery: { retry_schedule: ['1s'] }, log: { level: 'warn' } },
      mx: {
        keepContent: false,
        onMessage: (message) => {
          for (const { address } of message.recipients) {
            const number = Number(/\+(\d+)@/.exec(address)?.[1]);
            arrivals.set(number, [...(arrivals.get(number) ?? []), performance.now()]);
          }
        },
      },
    });
    await stage.relay.ctl(
      ...['credential', 'add', '--kind', 'network', '--name', 'load', '--allow-ip', '127.0.0.1'],
    );
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
  });

  it('accepts and kills', { timeout: 180_000 }, async () => {
    let next = 0;
    const workers = Array.from({ length: CONNECTIONS }, () =>
      submitUntilDone(stage, tally, () => (next < MESSAGES ? next++ : undefined)),
    );
    for (const count of KILL_AT) {
      await eventually(() => tally.accepted.size >= count || next >= MESSAGES, {
        what: `${count} acceptances`,
        timeoutMs: 60_000,
        everyMs: 1,
      });
      const killedAtMs = performance.now();
      await stage.relay.kill();
      await stage.relay.start();
      outages.push({ killedAtMs, startedAtMs: performance.now() });
    }
    await Promise.all(workers);
    expect(tally.accepted.size + tally.unknown.size + tally.notAccepted.size).toBe(MESSAGES);
    // A kill costs each connection one message at the most.
    expect(tally.accepted.size).toBeGreaterThanOrEqual(MESSAGES - KILL_AT.length * CONNECTIONS);
  });

  it('delivers every message that was answered 250', { timeout: 90_000 }, async () => {
    const missing = () => [...tally.accepted].filter((number) => !arrivals.has(number));
    await eventually(() => missing().length === 0, {
      what: `${tally.accepted.size} accepted messages at the MX`,
      timeoutMs: 60_000,
    }).catch(() => undefined);
    expect(missing()).toEqual([]);
    await eventually(
      async () => {
        const { queued, deferred } = await stage.relay.ctl<{ queued: number; deferred: number }>(
          ...['queue', 'summary'],
        );
        return queued + deferred === 0;
      },
      { what: 'an empty queue', timeoutMs: 30_000, everyMs: 200 },
    );
  });

  it('delivers nothing that was not handed over', () => {
    expect([...arrivals.keys()].filter((number) => tally.notAccepted.has(number))).toEqual([]);
  });

  it('repeats only attempts that were in flight at a kill', () => {
    const repeated = [...arrivals].filter(([, times]) => times.length > 1);
    for (const [number, times] of repeated) {
      for (let at = 1; at < times.length; at++) {
        const first = times[at - 1]!;
        // The MX may note an arrival a moment after the kill: its reply was on the way.
        const killBetween = outages.some(
          ({ killedAtMs, startedAtMs }) =>
            killedAtMs - IN_FLIGHT_MS < first && first < startedAtMs && first < times[at]!,
        );
        expect(killBetween, `message ${number} came twice without a kill between`).toBe(true);
      }
    }
    process.stdout.write(
      `kill -9: ${tally.accepted.size} accepted, ${tally.unknown.size} unanswered, ${outages.length} kills, ` +
        `${repeated.length} delivered twice, 0 lost\n`,
    );
  });
});

/** One connection at a time, a message after the other; after a kill a new connection and the next message. */
async function submitUntilDone(stage: Stage, tally: Tally, take: () => number | undefined): Promise<void> {
  let session: SmtpTalk | undefined;
  for (let number = take(); number !== undefined; number = take()) {
    session ??= await connect(stage);
    let dotSent = false;
    try {
      await session.ok(250, `MAIL FROM:<${FROM}>`);
      await session.ok(250, `RCPT TO:<${recipientOf(number)}>`);
      await session.ok(354, 'DATA');
      session.write(`From: <${FROM}>\r\nSubject: ${number}\r\n\r\n${'line of text\r\n'.repeat(80)}`);
      dotSent = true;
      const reply = await session.command('.');
      (reply.code === 250 ? tally.accepted : tally.notAccepted).add(number);
    } catch {
      (dotSent ? tally.unknown : tally.notAccepted).add(number);
      session.destroy();
      session = undefined;
    }
  }
  session?.destroy();
}

/** Tries until relayd is there (again). */
async function connect(stage: Stage): Promise<SmtpTalk> {
  return await eventually(
    async () => {
      const session = await SmtpTalk.connect({ port: stage.relay.port });
      await session.ehlo();
      return session;
    },
    { what: 'a connection', timeoutMs: 30_000, everyMs: 20 },
  );
}
