/**
 * Message and octet rates of clients, for each host and its network (an IPv4 /24, an IPv6 /48), because whoever has
 * one address usually has its neighbours. Many times the rate of any provider's reports. Beyond it, 451 at MAIL with
 * the seconds to wait.
 */
import { reply } from '../smtp/server/replies.ts';
import { BoundedTable } from '../platform/bounded-table.ts';
import { spend, takeToken, type BucketState } from '../platform/token-bucket.ts';
import { clientHost, clientNetwork } from '../platform/network/client-network.ts';
import type { Reply } from '../smtp/reply.ts';

export interface Ration {
  readonly messagesPerMinute: number;
  readonly octetsPerMinute: number;
}

const MIB = 1024 * 1024;
/** Bursts of six messages of the largest size, or 600 reports of 100 KiB. */
export const RATION_OF_HOST: Ration = { messagesPerMinute: 600, octetsPerMinute: 64 * MIB };
/** Providers send reports from several hosts of a network; a network may send twice as much as a host. */
export const RATION_OF_NETWORK: Ration = { messagesPerMinute: 1_200, octetsPerMinute: 128 * MIB };
/** Hosts and networks; about 300 octets each. */
const MAX_CLIENTS = 20_000;

interface Used {
  readonly messages: BucketState | undefined;
  readonly octets: BucketState | undefined;
}

const NOTHING: Used = { messages: undefined, octets: undefined };

export class ClientRates {
  readonly #used = new BoundedTable<Used>(MAX_CLIENTS);

  /** `undefined`: one more message is accepted. */
  take(address: string, nowMs: number): Reply | undefined {
    const counted = rationsOf(address).map(([key, ration]) => {
      const used = this.#used.get(key) ?? NOTHING;
      const messages = takeToken(used.messages, { ratePerMinute: ration.messagesPerMinute, nowMs });
      const octets = takeToken(used.octets, { ratePerMinute: ration.octetsPerMinute, nowMs });
      return { key, messages, octets };
    });
    const waits = counted
      .flatMap(({ messages, octets }) => [messages, octets])
      .map(({ retryAfterSeconds = 0 }) => retryAfterSeconds);
    const seconds = Math.max(...waits);
    // Refusals are not counted.
    if (seconds > 0)
      return reply(451, '4.7.1', `Too much from your network, try again in ${seconds} seconds`);
    for (const { key, messages, octets } of counted)
      this.#used.set(key, { messages: messages.state, octets: octets.state });
    return undefined;
  }

  /** Counts octets of a message. They may exceed the ration: the next message then waits longer. */
  spendOctets(address: string, octets: number, nowMs: number): void {
    for (const [key, { octetsPerMinute }] of rationsOf(address)) {
      const used = this.#used.get(key) ?? NOTHING;
      const state = spend(used.octets, octets, { ratePerMinute: octetsPerMinute, nowMs });
      this.#used.set(key, { ...used, octets: state });
    }
  }
}

function rationsOf(address: string): readonly (readonly [key: string, ration: Ration])[] {
  return [
    [clientHost(address), RATION_OF_HOST],
    [clientNetwork(address), RATION_OF_NETWORK],
  ];
}
