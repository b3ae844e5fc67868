/**
 * `kill -9` while mail goes in and out: 1,000 messages over 20 connections, relayd killed five times meanwhile and
 * started again, both ends counted. What was answered 250 arrives, whole; what was never handed over does not; a
 * message arrives twice only when its attempt was in flight at a kill.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { Stage } from '../e2e/support/stage.ts';
import { Ledger } from './support/ledger.ts';
import { queueEmpty, startFaultStage, submitAll } from './support/load.ts';

const MESSAGES = 1_000;
const CONNECTIONS = 20;
/** Counts of answered messages at which relayd is killed; the last when the queue still holds some of them. */
const KILL_AT = [120, 300, 480, 700, 960];

describe('kill -9 under load', () => {
  let stage: Stage;
  const ledger = new Ledger();

  beforeAll(async () => {
    stage = await startFaultStage({ ledger });
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
  });

  it('accepts and kills', { timeout: 180_000 }, async () => {
    let next = 0;
    const clients = Array.from({ length: CONNECTIONS }, () =>
      submitAll(stage, ledger, () => (next < MESSAGES ? next++ : undefined)),
    );
    for (const count of KILL_AT) {
      await eventually(() => ledger.accepted.size >= count || next >= MESSAGES, {
        what: `${count} acceptances`,
        timeoutMs: 60_000,
        everyMs: 1,
      });
      const killedAtMs = performance.now();
      await stage.relay.kill();
      await stage.relay.start();
      ledger.outages.push({ killedAtMs, startedAtMs: performance.now() });
    }
    await Promise.all(clients);
    expect(ledger.accepted.size + ledger.unanswered.size + ledger.notAccepted.size).toBe(MESSAGES);
    // A kill costs each connection one message at the most.
    expect(ledger.accepted.size).toBeGreaterThanOrEqual(MESSAGES - KILL_AT.length * CONNECTIONS);
  });

  it('delivers every message that was answered 250, whole', { timeout: 90_000 }, async () => {
    await queueEmpty(stage, 60_000);
    expect(ledger.lost()).toEqual([]);
    expect([...ledger.damaged]).toEqual([]);
  });

  it('delivers nothing that was not handed over', () => {
    expect(ledger.uninvited()).toEqual([]);
  });

  it('repeats only attempts that were in flight at a kill', () => {
    expect(ledger.repeatedWithoutKill()).toEqual([]);
    process.stdout.write(`kill -9: ${ledger.toString()}\n`);
  });
});
