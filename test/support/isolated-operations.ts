/** The entry module of an isolated process that does what a stranger's input would make it do. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { serveIsolated } from '../../src/platform/isolated-entry.ts';

const held: unknown[] = [];

/** So much of V8's heap, at once. */
function onHeap(megabytes: number): number[][] {
  return Array.from({ length: megabytes }, () => new Array<number>(131_072).fill(0.5));
}

/** Who is at work, in one step, so that nobody reads half of it. */
function note(file: string): void {
  writeFileSync(`${file}.new`, String(process.pid));
  renameSync(`${file}.new`, file);
}

serveIsolated({
  double: (input: number) => input * 2,
  bytes: (input: Uint8Array) => input.length,
  pid: () => process.pid,
  environment: () => Object.keys(process.env).filter((name) => !name.startsWith('NODE_CHANNEL_')),
  throws: () => {
    throw new Error('no such thing');
  },
  endless: () => {
    for (;;) held.length = 0;
  },
  noted: (file: string) => {
    note(file);
  },
  endlessOnceNoted: (file: string) => {
    note(file);
    for (;;) held.length = 0;
  },
  neverAnswers: () => new Promise(() => undefined),
  catastrophicRegex: (input: string) => /^(?:a+)+$/.test(input),
  smallObjects: () => {
    for (let count = 0; ; count++) held.push({ count, text: `entry ${count}` });
  },
  hugeArray: () => new Array<number>(300_000_000).fill(1).length,
  hugeString: () => Buffer.from('x'.repeat(400_000_000)).length,
  endlessString: () => {
    for (let text = 'x'; ; text += text) held.push(text.length);
  },
  manyBuffers: () => {
    for (;;) held.push(Buffer.alloc(1024 * 1024, 1));
  },
  hugeBuffer: () => Buffer.alloc(4_000_000_000, 1).length,
  keeps: (megabytes: number) => {
    for (let count = 0; count < megabytes; count++) held.push(Buffer.alloc(1024 * 1024, 1));
    return process.pid;
  },
  keepsOnHeap: (megabytes: number) => {
    held.push(onHeap(megabytes));
    return process.pid;
  },
  takesOnHeap: (megabytes: number) => onHeap(megabytes).length,
  coreDumpFilter: () => readFileSync('/proc/self/coredump_filter', 'latin1').trim(),
  output: (length: number) => 'x'.repeat(length),
});
