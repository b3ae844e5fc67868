/** What hosts and DNS of a world tell the observer: of one relay (ledger.ts), or of a fleet (fleet/fleet-ledger.ts). */
import type { RecipientReply } from '../../src/smtp/client/session.ts';
import type { LedgerDelivery } from './ledger-entries.ts';
import type { Life } from './life.ts';
import type { Promises } from './promises.ts';

export interface SendingWitness {
  /** MAIL is about to be said. */
  begins(life: Life, deliveries: readonly LedgerDelivery[], host: string): void | Promise<void>;
  /** The final dot is about to be sent. */
  ending?(life: Life, deliveries: readonly LedgerDelivery[]): Promise<void>;
  ends(life: Life, deliveries: readonly LedgerDelivery[]): void;
  /** The host has it. */
  takes(delivery: LedgerDelivery, life: Life): void;
  /** The relay heard that the host has it. */
  hears(delivery: LedgerDelivery, life: Life): void;
  hearsRefusal(delivery: LedgerDelivery, reply: RecipientReply, host: string, life: Life): void;
  /** This hop cannot take the message as it is. */
  hearsUnsendable(deliveries: readonly LedgerDelivery[]): void;
  /** DNS said that mail to `destination` goes nowhere. */
  hasNoWay(destination: string): void;
}

export interface Witness {
  readonly promises: Promises;
  readonly sending: SendingWitness;
  /** The delivery of `messageId` to `recipient`. */
  find(messageId: string, recipient: string): LedgerDelivery | undefined;
}
