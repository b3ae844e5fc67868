/**
 * Whether there is room for mail: below the reserve none is taken, so that outcomes can still be written. Left out where a
 * database server keeps the mail: its disk is watched there.
 */
import type { Check } from './check.ts';

export interface DiskFacts {
  /** `data_dir`. */
  readonly folder: string;
  /** `undefined`: the system does not tell. */
  readonly freeBytes: number | undefined;
  readonly reserveBytes: number;
}

const MIB = 1024 * 1024;

export const disk: Check<DiskFacts> = {
  reason: 'less disk space than the reserve',
  stopsMail: true,
  look({ folder, freeBytes, reserveBytes }) {
    if (freeBytes === undefined)
      return {
        ok: false,
        detail: `the file system of ${folder} cannot be looked at`,
        remedy: 'see whether it is mounted, and who owns it',
      };
    const free = `${Math.floor(freeBytes / MIB)} MiB are free in ${folder}`;
    if (freeBytes >= reserveBytes) return { ok: true, detail: free };
    return {
      ok: false,
      detail: `${free}, less than the reserve of ${reserveBytes / MIB} MiB: mail is answered 452 4.3.1, outcomes are still written`,
      remedy: 'make room on that file system; mail is taken again within a second',
    };
  },
};
