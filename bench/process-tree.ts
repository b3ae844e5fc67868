/**
 * What a program costs that is many processes: a mail server whose master starts a process for each role and each
 * connection, a cluster of workers. Children that have ended count too: the kernel adds their time to the parent that
 * waited for them, so the sum over a tree only grows. Linux only (/proc), as measure.ts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { memoryOf, TICKS_PER_SECOND, type Memory } from './measure.ts';

/** `roots` and all their living descendants. */
export function processTree(roots: readonly number[]): readonly number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) continue;
    const parent = statOf(pid)?.parentPid;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const tree = [...roots];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/** User and system time of the trees so far, in milliseconds, ended children included; `undefined` without /proc. */
export function cpuMsOfTrees(roots: readonly number[]): number | undefined {
  if (roots.length === 0) return undefined;
  let ticks: number | undefined;
  for (const pid of tree(roots)) {
    const stat = statOf(pid);
    if (stat !== undefined) ticks = (ticks ?? 0) + stat.ticks;
  }
  return ticks === undefined ? undefined : (ticks * 1000) / TICKS_PER_SECOND;
}

export interface TreeMemory extends Memory {
  /** Shared pages divided among those who share them: what the program would give back. */
  readonly pssBytes: number;
  readonly processes: number;
}

/** Sums over the trees; RSS counts a page once for every process that has it. */
export function memoryOfTrees(roots: readonly number[]): TreeMemory | undefined {
  if (roots.length === 0) return undefined;
  const sum = { rssBytes: 0, peakRssBytes: 0, pssBytes: 0, processes: 0 };
  for (const pid of tree(roots)) {
    const memory = memoryOf(pid);
    if (memory === undefined) continue;
    sum.rssBytes += memory.rssBytes;
    sum.peakRssBytes += memory.peakRssBytes;
    sum.pssBytes += pssOf(pid);
    sum.processes++;
  }
  return sum.processes === 0 ? undefined : sum;
}

/** Empty where there is no /proc. */
function tree(roots: readonly number[]): readonly number[] {
  try {
    return processTree(roots);
  } catch {
    return [];
  }
}

function statOf(pid: number): { parentPid: number; ticks: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name in parentheses and may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // utime, stime, and those of the children that were waited for.
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { parentPid: Number(fields[1]), ticks };
  } catch {
    return undefined;
  }
}

function pssOf(pid: number): number {
  try {
    const match = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'));
    return Number(match?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
