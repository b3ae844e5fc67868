/**
 * Both ends of the relay, counted: what was handed over and how that was answered, and what arrived at the MX and how
 * often. Messages are known by a number that is in the recipient and in every line of the content, so a message that
 * arrives cut off or mixed up is found, too.
 */
import { body } from '../../e2e/support/received-mail.ts';
import { RECIPIENT_DOMAIN, SENDER_DOMAIN } from '../../e2e/support/stage.ts';
import type { ReceivedMessage } from '../../support/fake-mx-options.ts';

export const FROM = `shop@${SENDER_DOMAIN}`;

/** An attempt is in flight from its final dot to the commit of its settlement: on a busy machine less than this. */
const IN_FLIGHT_MS = 4_000;

export interface Outage {
  readonly killedAtMs: number;
  readonly startedAtMs: number;
}

export class Ledger {
  /** 250 was heard. */
  readonly accepted = new Set<number>();
  /** The final dot was sent and no reply heard: it may have been accepted. */
  readonly unanswered = new Set<number>();
  /** Refused, or lost before the final dot. */
  readonly notAccepted = new Set<number>();
  /** Arrival times by message, on this process's clock. */
  readonly arrivals = new Map<number, number[]>();
  /** Messages that arrived other than they were sent. */
  readonly damaged = new Set<number>();
  /** From a kill to the next start's first listening. */
  readonly outages: Outage[] = [];

  /** For the MX: `onMessage`. It has to keep the content. */
  readonly note = (message: ReceivedMessage): void => {
    for (const { address } of message.recipients) {
      const number = Number(/\+(\d+)@/.exec(address)?.[1]);
      this.arrivals.set(number, [...(this.arrivals.get(number) ?? []), performance.now()]);
      if (body(message.content).toString() !== bodyOf(number)) this.damaged.add(number);
    }
  };

  arrivalsOf(number: number): number {
    return this.arrivals.get(number)?.length ?? 0;
  }

  /** Answered 250, not arrived. */
  lost(): number[] {
    return [...this.accepted].filter((number) => !this.arrivals.has(number));
  }

  /** Arrived though it was refused, or never whole. */
  uninvited(): number[] {
    return [...this.arrivals.keys()].filter((number) => this.notAccepted.has(number));
  }

  repeated(): number[] {
    return [...this.arrivals].filter(([, times]) => times.length > 1).map(([number]) => number);
  }

  /** Arrived again with no kill meanwhile that its first attempt could have been in flight at. */
  repeatedWithoutKill(): number[] {
    return this.repeated().filter((number) => {
      const times = this.arrivals.get(number)!;
      return times.some((time, at) => at > 0 && !this.#killedBetween(times[at - 1]!, time));
    });
  }

  toString(): string {
    return (
      `${this.accepted.size} accepted, ${this.unanswered.size} unanswered, ${this.notAccepted.size} not accepted, ` +
      `${this.outages.length} kills, ${this.repeated().length} delivered twice, ${this.lost().length} missing`
    );
  }

  #killedBetween(firstMs: number, secondMs: number): boolean {
    // The MX may note an arrival a moment after the kill: its reply was on the way.
    return this.outages.some(
      ({ killedAtMs, startedAtMs }) =>
        killedAtMs - IN_FLIGHT_MS < firstMs && firstMs < startedAtMs && firstMs < secondMs,
    );
  }
}

/** Every third recipient is answered slowly, so that a kill always meets attempts in flight. */
export function recipientOf(number: number): string {
  return `${number % 3 === 0 ? 'slow-40ms' : 'prompt'}+${number}@${RECIPIENT_DOMAIN}`;
}

/** Every fiftieth message is so large that it goes to the store in parts. */
export function bodyOf(number: number): string {
  return `line of message ${number}\r\n`.repeat(number % 50 === 49 ? 20_000 : 80);
}

export function contentOf(number: number): string {
  return `From: <${FROM}>\r\nSubject: ${number}\r\n\r\n${bodyOf(number)}`;
}
