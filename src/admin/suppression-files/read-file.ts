/**
 * A file of suppressions as an upload has it, in memory and within bounds: its rows, and what is wrong with which line. In slices of
 * a few milliseconds, between which the event loop goes on. The command line reads files of any size itself.
 */
import type { EventLoop } from '../../platform/event-loop.ts';
import type { NewSuppression, SuppressionReason } from '../../store/suppression-records.ts';
import type { SuppressionReader } from '../../store/suppressions.ts';
import type { ImportDefaults } from '../suppression-import.ts';
import { readLines } from './line-reader.ts';
import { PROVIDERS, type Provider } from './provider-records.ts';
import { ProviderRows } from './provider-rows.ts';
import { SuppressionRows, type Row, type RowReader } from './suppression-rows.ts';

export const FILE_FORMATS = ['csv', 'json', ...PROVIDERS] as const;
export type FileFormat = 'csv' | 'json' | Provider;

export interface FileOfSuppressions {
  /** Those that can be written. */
  readonly suppressions: readonly NewSuppression[];
  readonly rows: number;
  readonly expired: number;
  readonly wrong: number;
  /** The first ones. */
  readonly problems: readonly { readonly line: number; readonly problem: string }[];
}

const SLICE_BYTES = 16 * 1024;
const PROBLEMS_SHOWN = 50;
const LOOKS_A_TURN = 100;

/** `format`: `undefined`: as the first line looks. */
export function rowReader(
  format: FileFormat | undefined,
  defaults: ImportDefaults,
  reason: SuppressionReason | undefined,
): RowReader {
  return format === undefined || format === 'csv' || format === 'json'
    ? new SuppressionRows(defaults, format)
    : new ProviderRows(format, defaults, reason);
}

export async function readFile(
  bytes: Uint8Array,
  reader: RowReader,
  loop: EventLoop,
): Promise<FileOfSuppressions> {
  const suppressions: NewSuppression[] = [];
  const problems: { line: number; problem: string }[] = [];
  const counts = { rows: 0, expired: 0, wrong: 0 };
  const take = (rows: readonly Row[]) => {
    for (const row of rows) {
      counts.rows++;
      if ('suppression' in row) suppressions.push(row.suppression);
      else if ('expired' in row) counts.expired++;
      else {
        counts.wrong++;
        if (problems.length < PROBLEMS_SHOWN) problems.push({ line: row.line, problem: row.problem });
      }
    }
  };
  for await (const lines of readLines(slicesOf(bytes, loop), reader.longestLine))
    for (const line of lines) take(reader.push(line));
  take(reader.end());
  return { ...counts, suppressions, problems };
}

/** How many of them are there already, for the same reason and at least as long, or stand in the file twice. Rejects with StoreError. */
export async function countKnown(
  wanted: readonly NewSuppression[],
  reader: Pick<SuppressionReader, 'suppressionsOf'>,
  loop: EventLoop,
): Promise<number> {
  const seen = new Set<string>();
  let known = 0;
  for (const [at, one] of wanted.entries()) {
    if (at % LOOKS_A_TURN === 0) await turnOf(loop);
    const key = JSON.stringify([one.address, one.scope, one.reason]);
    const isThere =
      seen.has(key) ||
      (await reader.suppressionsOf(one.accountId, one.address)).some(
        ({ scope, reason, expiresAtMs }) =>
          scope === one.scope && reason === one.reason && lasts(expiresAtMs) >= lasts(one.expiresAtMs),
      );
    seen.add(key);
    if (isThere) known++;
  }
  return known;
}

function lasts(expiresAtMs: number | undefined): number {
  return expiresAtMs ?? Number.POSITIVE_INFINITY;
}

async function* slicesOf(bytes: Uint8Array, loop: EventLoop): AsyncIterable<Uint8Array> {
  for (let from = 0; from < bytes.length; from += SLICE_BYTES) {
    yield bytes.subarray(from, from + SLICE_BYTES);
    await turnOf(loop);
  }
}

function turnOf(loop: EventLoop): Promise<void> {
  return new Promise((resolve) => {
    loop.nextTurn(resolve);
  });
}
