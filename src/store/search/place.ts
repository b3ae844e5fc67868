/**
 * The place of a message in time, which orders the results of a search: the milliseconds in its public id (platform/ids.ts). Of
 * two ids, the lower one never has the later place.
 */
import { idOf } from '../../platform/ids.ts';

const PREFIX = 'msg_';
const TIME_CHARACTERS = 10;
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';
const LOWEST = '0';
export const DAY_MS = 86_400_000;

/** The place of the message with this id. Text that is no id has a place too, in the order of texts. */
export function placeOf(id: string): number {
  let place = 0;
  /** What stands for the digits after a character that is none. */
  let rest: number | undefined;
  for (let index = 0; index < TIME_CHARACTERS; index++) {
    const character = id.charAt(PREFIX.length + index);
    const digit = rest ?? DIGITS.indexOf(character === '' ? LOWEST : character);
    if (digit >= 0) place = place * 32 + digit;
    else {
      const below = digitBelow(character);
      place = place * 32 + Math.max(0, below);
      rest = below < 0 ? 0 : 31;
    }
  }
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

/** The highest digit below the character; -1: it is below all. */
function digitBelow(character: string): number {
  let digit = -1;
  while (digit < 31 && DIGITS.charAt(digit + 1) < character) digit++;
  return digit;
}
