/** Load with power cuts in between. */
import { expect } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import type { Stage } from '../../e2e/support/stage.ts';
import type { DiskFaults } from './disk-faults.ts';
import type { Ledger } from './ledger.ts';
import { queueEmpty, submitAll } from './load.ts';

export interface PowerCuts {
  readonly stage: Stage;
  readonly ledger: Ledger;
  readonly faults: DiskFaults;
  readonly messages: number;
  readonly connections: number;
  /** Counts of answered messages at which the power goes, in order. */
  readonly atAccepted: readonly number[];
}

/** Resolves when every message was handed over and the queue is empty. */
export async function cutThePower({ stage, ledger, faults, ...plan }: PowerCuts): Promise<void> {
  let next = 0;
  const clients = Array.from({ length: plan.connections }, () =>
    submitAll(stage, ledger, () => (next < plan.messages ? next++ : undefined)),
  );
  for (const count of plan.atAccepted) {
    await eventually(() => ledger.accepted.size >= count || next >= plan.messages, {
      what: `${count} acceptances`,
      timeoutMs: 60_000,
      everyMs: 1,
    });
    const killedAtMs = performance.now();
    await stage.relay.kill();
    faults.loseUnsynced(stage.relay.dataDir);
    await stage.relay.start();
    ledger.outages.push({ killedAtMs, startedAtMs: performance.now() });
  }
  await Promise.all(clients);
  expect(ledger.accepted.size + ledger.unanswered.size + ledger.notAccepted.size).toBe(plan.messages);
  await queueEmpty(stage, 60_000);
}
