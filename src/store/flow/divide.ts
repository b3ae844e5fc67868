/** Decides which deliveries of an accepted message are handed to the delivery worker at once, and which wait. */
import type { NewDelivery } from '../message-records.ts';
import type { Feed, FeedDestination, GrantRequest } from './feed.ts';

/** A delivery with its number in the message, counted from 1. */
export interface Numbered {
  readonly number: number;
  readonly delivery: NewDelivery;
}

/** The deliveries to one destination, divided. */
export interface Division<D> {
  readonly destination: D;
  readonly now: readonly Numbered[];
  readonly later: readonly Numbered[];
}

export interface DivideRequest<D extends FeedDestination> extends Pick<
  GrantRequest<D>,
  'nowMs' | 'accountKey' | 'hasWaiting'
> {
  /** False: none is due, or all are held. */
  readonly wanted: boolean;
}

/** The first deliveries of each destination, as far as the feed has room. `total`: how many are handed over. */
export function divide<D extends FeedDestination>(
  feed: Feed<D>,
  byDestination: Iterable<readonly [D, readonly Numbered[]]>,
  { wanted, ...request }: DivideRequest<D>,
): { readonly groups: readonly Division<D>[]; readonly total: number } {
  let total = 0;
  const groups: Division<D>[] = [];
  for (const [destination, numbered] of byDestination) {
    const granted = feed.grant(destination, {
      ...request,
      wanted: wanted ? numbered.length : 0,
      besides: total,
    });
    total += granted;
    groups.push({ destination, now: numbered.slice(0, granted), later: numbered.slice(granted) });
  }
  return { groups, total };
}
