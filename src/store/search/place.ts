/**
 * The place of a message in time, which orders the results of a search: the milliseconds in its public id (platform/ids.ts). Of
 * two ids, the lower one never has the later place.
 */
import { idOf } from '../../platform/ids.ts';

const PREFIX = 'msg_';
const TIME_CHARACTERS = 10;
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';
export const DAY_MS = 86_400_000;

/** The place of the message with this id. Text that is no id has a place too, in the order of texts. */
export function placeOf(id: string): number {
  let place = 0;
  for (let index = 0; index < TIME_CHARACTERS; index++)
    place = place * 32 + digitOf(id.charAt(PREFIX.length + index));
  return place;
}

/** The lowest text of an id at this place: below all messages there, and above all before. */
export function idAtPlace(place: number): string {
  return idOf(PREFIX, place, '');
}

/** True of what {@link idAtPlace} makes. */
export function isBoundary(id: string): boolean {
  return id.length <= PREFIX.length + TIME_CHARACTERS;
}

/** Entries of the index are kept by days, so that what retention removes together is together. */
export function dayOfPlace(place: number): number {
  return Math.floor(place / DAY_MS);
}

function digitOf(character: string): number {
  if (character === '') return 0;
  let digit = Math.max(0, DIGITS.indexOf(character));
  // The highest digit that is not above it.
  while (digit < 31 && DIGITS.charAt(digit + 1) <= character) digit++;
  return digit;
}
