/**
 * Restrictions of accounts and streams: mail passes, is paced or is held. Read once, and again after a change here or by
 * another process, so that accepting reads memory only.
 */
import { restrictingRows } from '../../sql/statistics/restriction-rows.ts';
import { Paces } from '../../sql/statistics/paces.ts';
import { RestrictionStates, type Restriction } from '../../sql/statistics/restriction-states.ts';
import type { StepRunner } from '../engine/step-runner.ts';
import type { Participant, Transaction } from '../engine/transaction.ts';

export class Restrictions implements Participant {
  readonly #steps: StepRunner;
  readonly #transaction: Transaction;
  readonly #paces = new Paces();
  #states: RestrictionStates | undefined;

  constructor(steps: StepRunner, transaction: Transaction) {
    this.#steps = steps;
    this.#transaction = transaction;
    transaction.join(this);
  }

  /** The restriction of `deliveries` of the stream, accepted now. */
  restrictionOf(accountKey: number, stream: string, deliveries: number, nowMs: number): Restriction {
    return this.#read().restrictionOf(accountKey, stream, deliveries, nowMs, (step) =>
      this.#transaction.undo.record(step),
    );
  }

  isHeld(accountKey: number, stream: string): boolean {
    return this.#read().isHeld(accountKey, stream);
  }

  /** The cache is stale, and will be again if this transaction is rolled back. */
  changed(): void {
    this.#states = undefined;
    this.#transaction.undo.record(() => {
      this.#states = undefined;
    });
  }

  onForeignChange(): void {
    this.#states = undefined;
  }

  #read(): RestrictionStates {
    return (this.#states ??= new RestrictionStates(this.#steps.run(restrictingRows()), this.#paces));
  }
}
