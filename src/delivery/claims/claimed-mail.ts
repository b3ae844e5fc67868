/**
 * All claimed and unsettled deliveries. Owns the list of destinations with work or failures, the messages with content in
 * memory, and their total number of deliveries. Claims come in and become entries; an entry whose outcome is durable
 * leaves.
 */
import type { ContentReader } from '../../store/content-reader.ts';
import type { Claim, ClaimedDelivery, DestinationBlock } from '../../store/delivery-records.ts';
import { PassingMap } from '../../platform/passing-map.ts';
import { ActiveDestination } from '../destination/active-destination.ts';
import { QueueEntry } from '../destination/queue-entry.ts';
import { ChunkCache } from '../content/chunk-cache.ts';
import { MessageSource, type SourceOptions } from '../content/message-source.ts';
import type { RecipientFields } from '../content/recipient-fields.ts';
import type { SignMessage } from '../content/message-signer.ts';

export interface ClaimedMailOptions {
  readonly reader: ContentReader;
  readonly sign: SignMessage;
  readonly recipientFields: RecipientFields;
  readonly recipientsPerTransaction: number;
  /** What a new destination may hold. */
  readonly firstWindow: number;
}

/** What a claim holds: entries to send, and recipients that are suppressed. */
export interface ClaimedEntries {
  readonly entries: readonly QueueEntry[];
  readonly suppressed: QueueEntry | undefined;
}

interface Source {
  readonly source: MessageSource;
  readonly contentId: number;
  deliveries: number;
}

/** Failing destinations without work that are remembered; beyond it the oldest is forgotten, and its back-off starts anew. */
const MAX_REMEMBERED = 10_000;

function isUsual({ suppressedBy, heldBy, reroute }: ClaimedDelivery): boolean {
  return suppressedBy === undefined && heldBy === undefined && reroute === undefined;
}

function isTried({ attempts }: ClaimedDelivery): boolean {
  return attempts > 0;
}

function areAlike(deliveries: readonly ClaimedDelivery[]): boolean {
  const [first] = deliveries;
  return first === undefined || deliveries.every((delivery) => isTried(delivery) === isTried(first));
}

/**
 * Those that may take different ways are apart: what a route held from what it may hold yet, and what an operator gave a route
 * from all others. So is what was tried from what was not, which may have its first try after the maximum age.
 */
function apart(deliveries: readonly ClaimedDelivery[]): Iterable<readonly ClaimedDelivery[]> {
  const ways = new Map<string, ClaimedDelivery[]>();
  for (const delivery of deliveries) {
    const { heldBy, reroute } = delivery;
    const way = `${heldBy === undefined ? 'new' : 'held'} ${isTried(delivery) ? 'tried' : ''} ${reroute ?? ''}`;
    const group = ways.get(way);
    if (group === undefined) ways.set(way, [delivery]);
    else group.push(delivery);
  }
  return ways.values();
}

export class ClaimedMail {
  readonly #options: ClaimedMailOptions;
  readonly #forAll: SourceOptions;
  readonly #forOne: SourceOptions;
  readonly #kept: ChunkCache;
  readonly #destinations = new Map<string, ActiveDestination>();
  readonly #sources = new PassingMap<Source>();
  #deliveries = 0;

  constructor(options: ClaimedMailOptions) {
    this.#options = options;
    const { reader, sign, recipientFields } = options;
    this.#forAll = { reader, sign };
    this.#kept = new ChunkCache(reader);
    this.#forOne = { reader: this.#kept, sign, recipientFields };
  }

  /** Deliveries. */
  get size(): number {
    return this.#deliveries;
  }

  /** Those with work, and those that fail. */
  get destinations(): ReadonlyMap<string, ActiveDestination> {
    return this.#destinations;
  }

  /** A destination that failed in the process before this one. */
  remember(name: string, failures: number): void {
    if (failures > 0) this.#destination(name).carryFailures(failures);
  }

  take(claim: Claim): ClaimedEntries {
    const { deliveries } = claim;
    const destination = this.#destination(claim.destination);
    const source = this.#source(claim);
    destination.claim(deliveries.length, deliveries[0]?.bulk === true);
    if (deliveries.some(({ ended }) => ended === true)) destination.claimForEnd();
    this.#deliveries += deliveries.length;
    const entry = (some: readonly ClaimedDelivery[]) => new QueueEntry(claim, source, destination, some);
    const limit = source.isForOne ? 1 : this.#options.recipientsPerTransaction;
    if (deliveries.length <= limit && deliveries.every(isUsual) && areAlike(deliveries))
      return { entries: [entry(deliveries)], suppressed: undefined };

    const suppressed = deliveries.filter((delivery) => delivery.suppressedBy !== undefined);
    const wanted = deliveries.filter((delivery) => delivery.suppressedBy === undefined);
    const entries: QueueEntry[] = [];
    for (const some of apart(wanted))
      for (let start = 0; start < some.length; start += limit)
        entries.push(entry(some.slice(start, start + limit)));
    return { entries, suppressed: suppressed.length > 0 ? entry(suppressed) : undefined };
  }

  /** Its outcome is durable. */
  settled(entry: QueueEntry): void {
    const { messageId, deliveries } = entry;
    const count = deliveries.length;
    entry.settled();
    this.#deliveries -= count;
    const source = this.#sources.get(messageId);
    if (source === undefined) return;
    source.deliveries -= count;
    if (source.deliveries > 0) return;
    this.#sources.delete(messageId);
    if (source.source.isForOne) this.#kept.forget(source.contentId);
  }

  /** The store has written these blocks: from now on it hands out nothing of them. `nowMs` is monotonic. */
  blocksWritten(blocks: readonly DestinationBlock[], nowMs: number): void {
    for (const { destination, untilMs, tries = [] } of blocks)
      this.#destinations.get(destination)?.blockWritten({ untilMs, tries: tries.length }, nowMs);
  }

  /** To be asked when it may have become superfluous. */
  forgetIfDone(destination: ActiveDestination): void {
    const { claimed, failing, lookingUp } = destination;
    if (claimed === 0 && !failing && !lookingUp) this.#destinations.delete(destination.name);
  }

  #destination(name: string): ActiveDestination {
    let destination = this.#destinations.get(name);
    if (destination === undefined) {
      destination = new ActiveDestination(name, this.#options.firstWindow);
      this.#destinations.set(name, destination);
      if (this.#destinations.size > MAX_REMEMBERED + this.#deliveries) this.#forgetOldest();
    }
    return destination;
  }

  #forgetOldest(): void {
    for (const destination of this.#destinations.values()) {
      if (destination.claimed > 0) continue;
      this.#destinations.delete(destination.name);
      destination.forgotten();
      return;
    }
  }

  #source(claim: Claim): MessageSource {
    const known = this.#sources.get(claim.messageId);
    if (known !== undefined) {
      known.deliveries += claim.deliveries.length;
      return known.source;
    }
    const { facts, contentId, content } = claim;
    const options = this.#options.recipientFields.isWanted(facts) ? this.#forOne : this.#forAll;
    const source = new MessageSource(facts, contentId, content, options);
    this.#sources.set(claim.messageId, { source, contentId, deliveries: claim.deliveries.length });
    return source;
  }
}
