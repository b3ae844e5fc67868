/** What the steps of an erasure have in common: whom they erase, and what a step found. */
import type { AddressMentions } from '../../../smtp/address-mentions.ts';
import type { ErasedKind } from '../../erasure.ts';
import type { Dialect } from '../dialect.ts';
import type { OldMessage } from '../retention/account-retention.ts';
import type { Value } from '../statement.ts';
import type { Steps } from '../steps.ts';

/** Of whom, and what stands in its place. */
export interface ErasedParty {
  readonly account: number;
  /** Its public id. */
  readonly accountId: string;
  readonly mentions: AddressMentions;
  readonly pseudonym: string;
  readonly knownAs: string;
}

/** The key of the last row that a step looked at. */
export type Place = readonly Exclude<Value, Uint8Array | undefined>[];

export interface RoomStep {
  /** `undefined`: the room is done. */
  readonly after: Place | undefined;
  readonly counts: Partial<Record<ErasedKind, number>>;
  /** Whose content goes, in this transaction. */
  readonly contents?: readonly OldMessage[];
  /** Messages that have to be settled first. */
  readonly waiting?: readonly number[];
}

/** A part of the store that is walked in the order of its key. */
export interface Room {
  readonly name: string;
  /** Some of it, after a place. */
  step(party: ErasedParty, after: Place | undefined): Steps<RoomStep>;
}

/**
 * A condition: `column` may mention the address of {@link mayMentionValue}; of other texts it is rarely true. Backslashes may stand
 * between any two characters of a local part in quotes.
 */
export function mayMention(column: string, { folded }: Pick<Dialect, 'folded'>): string {
  const text = `(${folded(column)} LIKE :needle ESCAPE '!' OR ${column} LIKE '%\\%' ESCAPE '!'`;
  return `${text} OR octet_length(${column}) > length(${column}))`;
}

/** For `:needle`. */
export function mayMentionValue({ needle }: AddressMentions): string {
  return `%${needle}%`;
}
