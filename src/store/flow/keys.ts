/**
 * Arithmetic of integer keys. A delivery's key is made of its message's key and its number, a chunk's of its message's key
 * and its index, so the rows of a message are a range. JavaScript numbers are exact up to 2^53: enough for 5 * 10^11
 * messages.
 */
import { assert } from '../../platform/assert.ts';

/** Range of keys reserved for the deliveries of a message. */
export const DELIVERIES_PER_MESSAGE = 16_384;
/** In chunks of 64 KiB, the size used when memory is short, this is 1 GiB. */
const CHUNKS_PER_MESSAGE = 16_384;

/** Maximum number of recipients of a message. */
export const MAX_RECIPIENTS = DELIVERIES_PER_MESSAGE - 1;

/** `number` counts from 1, as in the public id. */
export function deliveryKey(messageKey: number, number: number): number {
  assert(number >= 1 && number <= MAX_RECIPIENTS, 'a recipient number in range');
  return messageKey * DELIVERIES_PER_MESSAGE + number;
}

export function messageKeyOf(deliveryKeyValue: number): number {
  return Math.floor(deliveryKeyValue / DELIVERIES_PER_MESSAGE);
}

export function recipientNumberOf(deliveryKeyValue: number): number {
  return deliveryKeyValue % DELIVERIES_PER_MESSAGE;
}

/** First and last key that deliveries of the message can have. */
export function deliveryRange(messageKey: number): readonly [number, number] {
  const first = messageKey * DELIVERIES_PER_MESSAGE;
  return [first, first + DELIVERIES_PER_MESSAGE - 1];
}

/** `index` counts from 0. */
export function chunkKey(messageKey: number, index: number): number {
  assert(index >= 0 && index < CHUNKS_PER_MESSAGE, 'a chunk index in range');
  return messageKey * CHUNKS_PER_MESSAGE + index;
}

/** First and last key that chunks of the message can have. */
export function chunkRange(messageKey: number): readonly [number, number] {
  const first = messageKey * CHUNKS_PER_MESSAGE;
  return [first, first + CHUNKS_PER_MESSAGE - 1];
}
