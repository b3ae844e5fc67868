/**
 * Arrays in PostgreSQL's wire format. Given to the driver as one Buffer, a column of many rows costs a fraction of the
 * driver's own text form.
 */
import type { Value } from '../../sql/statement.ts';
import { storableText } from './storable-text.ts';

export type ColumnType = 'bigint' | 'double precision' | 'text' | 'bytea';

const OIDS: Readonly<Record<ColumnType, number>> = {
  bigint: 20,
  'double precision': 701,
  text: 25,
  bytea: 17,
};
const HEAD_BYTES = 20;
const LENGTH_BYTES = 4;
/** Of a bigint and of a double. */
const NUMBER_BYTES = 8;
const TWO_32 = 2 ** 32;

/** `values` are of `type`; `undefined` and null are NULL. A bigint is an integer below 2^53. */
export function binaryArray(type: ColumnType, values: readonly Value[]): Buffer {
  const isOfNumbers = type === 'bigint' || type === 'double precision';
  const items = isOfNumbers ? values : values.map(octetsOf);
  let size = HEAD_BYTES;
  let hasNull = 0;
  for (const item of items) {
    size += LENGTH_BYTES;
    if (item === null || item === undefined) hasNull = 1;
    else size += typeof item === 'number' ? NUMBER_BYTES : item.length;
  }
  const buffer = Buffer.allocUnsafe(size);
  buffer.writeInt32BE(values.length === 0 ? 0 : 1, 0);
  buffer.writeInt32BE(hasNull, 4);
  buffer.writeInt32BE(OIDS[type], 8);
  if (values.length === 0) return buffer.subarray(0, 12);
  buffer.writeInt32BE(values.length, 12);
  buffer.writeInt32BE(1, 16);
  let at = HEAD_BYTES;
  for (const item of items) at = put(buffer, at, item, type);
  return buffer;
}

function octetsOf(value: Value): Uint8Array | null {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'string') return value as Uint8Array;
  return Buffer.from(storableText(value));
}

function put(buffer: Buffer, at: number, item: Value, type: ColumnType): number {
  if (item === null || item === undefined) return buffer.writeInt32BE(-1, at);
  if (typeof item === 'number') {
    buffer.writeInt32BE(NUMBER_BYTES, at);
    if (type === 'double precision') return buffer.writeDoubleBE(item, at + 4);
    const high = Math.floor(item / TWO_32);
    buffer.writeInt32BE(high, at + 4);
    return buffer.writeUInt32BE(item - high * TWO_32, at + 8);
  }
  const octets = item as Uint8Array;
  buffer.writeInt32BE(octets.length, at);
  buffer.set(octets, at + LENGTH_BYTES);
  return at + LENGTH_BYTES + octets.length;
}
