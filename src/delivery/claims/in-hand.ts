/**
 * Everything that is claimed and not settled: the destinations with work, the messages with content in memory, and
 * how many deliveries each has in hand. Claims come in as parcels; a parcel that was settled is given back.
 */
import type { ContentReader } from '../../store/content-reader.ts';
import type { Claim, ClaimedDelivery } from '../../store/records.ts';
import { Destination } from '../destination-state.ts';
import { MessageSource } from './message-source.ts';
import type { SignMessage } from './message-signer.ts';
import type { Parcel } from './parcel.ts';

export interface InHandOptions {
  readonly reader: ContentReader;
  readonly sign: SignMessage;
  readonly recipientsPerTransaction: number;
  /** What a new destination may hold. */
  readonly firstWindow: number;
}

/** What a claim holds: parcels to send, and recipients that are suppressed. */
export interface Unpacked {
  readonly parcels: readonly Parcel[];
  readonly suppressed: Parcel | undefined;
}

interface Source {
  readonly source: MessageSource;
  deliveries: number;
}

/** Failing destinations without work that are remembered; beyond it the oldest is forgotten, and its back-off starts anew. */
const MAX_REMEMBERED = 10_000;

export class InHand {
  readonly #options: InHandOptions;
  readonly #destinations = new Map<string, Destination>();
  readonly #sources = new Map<number, Source>();
  #deliveries = 0;

  constructor(options: InHandOptions) {
    this.#options = options;
  }

  /** Deliveries. */
  get size(): number {
    return this.#deliveries;
  }

  /** Those with work, and those that fail. */
  get destinations(): ReadonlyMap<string, Destination> {
    return this.#destinations;
  }

  /** A destination that failed in the process before this one. */
  remember(name: string, failures: number): void {
    if (failures > 0) this.#destination(name).carriedFailures = failures;
  }

  take(claim: Claim): Unpacked {
    const { deliveries, messageId } = claim;
    const destination = this.#destination(claim.destination);
    const source = this.#source(claim);
    destination.inHand += deliveries.length;
    this.#deliveries += deliveries.length;
    const parcel = (some: readonly ClaimedDelivery[]): Parcel => ({
      messageId,
      facts: source.facts,
      source,
      destination,
      deliveries: some,
      triesBefore: destination.tries,
      history: [],
      retried: false,
      underWay: false,
    });
    const limit = this.#options.recipientsPerTransaction;
    if (deliveries.length <= limit && deliveries.every((one) => one.suppressedBy === undefined))
      return { parcels: [parcel(deliveries)], suppressed: undefined };

    const suppressed = deliveries.filter((delivery) => delivery.suppressedBy !== undefined);
    const wanted = deliveries.filter((delivery) => delivery.suppressedBy === undefined);
    const parcels: Parcel[] = [];
    for (let start = 0; start < wanted.length; start += limit)
      parcels.push(parcel(wanted.slice(start, start + limit)));
    return { parcels, suppressed: suppressed.length > 0 ? parcel(suppressed) : undefined };
  }

  /** It is settled. */
  giveBack({ messageId, destination, deliveries }: Parcel): void {
    const count = deliveries.length;
    this.#deliveries -= count;
    destination.inHand -= count;
    destination.unsettled -= count;
    const source = this.#sources.get(messageId);
    if (source === undefined) return;
    source.deliveries -= count;
    if (source.deliveries === 0) this.#sources.delete(messageId);
  }

  /** To be asked when it may have become superfluous. */
  forgetIfDone(destination: Destination): void {
    const { inHand, failing, lookingUp } = destination;
    if (inHand === 0 && !failing && !lookingUp) this.#destinations.delete(destination.name);
  }

  #destination(name: string): Destination {
    let destination = this.#destinations.get(name);
    if (destination === undefined) {
      destination = new Destination(name, this.#options.firstWindow);
      this.#destinations.set(name, destination);
      if (this.#destinations.size > MAX_REMEMBERED + this.#deliveries) this.#forgetOldest();
    }
    return destination;
  }

  #forgetOldest(): void {
    for (const destination of this.#destinations.values()) {
      if (destination.inHand > 0) continue;
      this.#destinations.delete(destination.name);
      for (const site of destination.sites) site.blocked.delete(destination);
      return;
    }
  }

  #source(claim: Claim): MessageSource {
    const known = this.#sources.get(claim.messageId);
    if (known !== undefined) {
      known.deliveries += claim.deliveries.length;
      return known.source;
    }
    const source = new MessageSource(claim.facts, claim.contentId, claim.content, this.#options);
    this.#sources.set(claim.messageId, { source, deliveries: claim.deliveries.length });
    return source;
  }
}
