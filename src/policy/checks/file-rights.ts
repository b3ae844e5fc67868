/** Whether only relayd's user can get at what the relay keeps, and at its secrets (policy/file-rights.ts judges). */
import type { Check } from './check.ts';

export interface FileRightsFacts {
  /** A line each: what is wrong, `; fix: ` and the command. */
  readonly findings: readonly string[];
}

const FIX = '; fix: ';

export const fileRights: Check<FileRightsFacts> = {
  reason: 'other users can get at files of the relay',
  stopsMail: false,
  look({ findings }) {
    if (findings.length === 0)
      return { ok: true, detail: 'only their owner can get at the files of the relay' };
    const parts = findings.map((line) => line.split(FIX));
    return {
      ok: false,
      detail: parts.map(([problem = '']) => problem).join('; '),
      remedy: parts.map(([, ...remedy]) => remedy.join(FIX)).join('; '),
    };
  },
};
