/** What hosts and DNS said against deliveries: why they may bounce, and when one was refused last. */
import type { RecipientReply } from '../../src/smtp/client/session.ts';
import type { LedgerDelivery } from './ledger-entries.ts';
import type { Life } from './life.ts';
import type { SimulatedTime } from './simulated-time.ts';

export class RefusalsHeard {
  readonly #time: Pick<SimulatedTime, 'elapsedMs'>;
  readonly #noWay = new Set<string>();

  constructor(time: Pick<SimulatedTime, 'elapsedMs'>) {
    this.#time = time;
  }

  hearsRefusal(delivery: LedgerDelivery, { reply, stage }: RecipientReply, host: string, _life: Life): void {
    // A 503 is about the dialogue, never about the message.
    const ofDialogue = reply.code === 503;
    if (reply.code >= 500 && !ofDialogue) delivery.refusedForGood = true;
    delivery.refusedAtMs = this.#time.elapsedMs;
    // RFC 3463 §3.4: the state of the mail system; RFC 5321 §5.1: then the next host is asked.
    const ofHost = reply.status?.split('.')[1] === '3' || ofDialogue;
    delivery.refusedBy = stage !== 'final' && ofHost ? host : undefined;
  }

  /** This hop cannot take the message as it is. */
  hearsUnsendable(deliveries: readonly LedgerDelivery[]): void {
    for (const delivery of deliveries) delivery.refusedForGood = true;
  }

  /** DNS said that mail to `destination` goes nowhere. */
  hasNoWay(destination: string): void {
    this.#noWay.add(destination);
  }

  mayBounce(delivery: LedgerDelivery): boolean {
    return delivery.refusedForGood || this.#noWay.has(delivery.destination);
  }
}
