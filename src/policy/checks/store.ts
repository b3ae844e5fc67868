/** Whether the store takes changes; where relayctl looks by itself, whether it can be read. */
import { shellWord } from '../../platform/shell-word.ts';
import type { Check } from './check.ts';

export interface StoreFacts {
  /** The database; `undefined`: a server has it. */
  readonly file: string | undefined;
  readonly outcome:
    | { readonly kind: 'answers' }
    /** It was asked and has not answered yet. */
    | { readonly kind: 'waits'; readonly forMs: number }
    /** `code`: of StoreError. */
    | { readonly kind: 'failed'; readonly code: string; readonly message: string };
}

export const store: Check<StoreFacts> = {
  reason: 'the store does not take changes',
  stopsMail: true,
  look({ file, outcome }) {
    switch (outcome.kind) {
      case 'answers':
        return { ok: true, detail: 'the store answers' };
      case 'waits': {
        const seconds = Math.max(1, Math.round(outcome.forMs / 1000));
        return {
          ok: false,
          detail: `the store has not answered for ${seconds} s: ${
            file === undefined
              ? 'the database server or the way to it is slow'
              : `another process holds ${file}, or the disk is slow`
          }`,
          remedy: file === undefined ? SERVER_REMEDY : holder(file),
        };
      }
      case 'failed':
        return { ok: false, detail: outcome.message, remedy: remedyFor(outcome.code, file) };
    }
  },
};

const SERVER_REMEDY =
  'see whether the database server of store.url runs, is reached from here and has connections left: relayctl db check';

function remedyFor(code: string, file: string | undefined): string {
  if (file === undefined) return remedyOfServer(code);
  switch (code) {
    case 'busy':
      return holder(file);
    case 'disk-full':
      return 'make room on the file system of data_dir';
    case 'incompatible':
      return 'run programs of one version, or restore a backup';
    case 'not-found':
      return 'start relayd once, or name its configuration with --config';
    default:
      return 'look at the disk, and at who owns data_dir: relayctl has to run as the user of relayd';
  }
}

function remedyOfServer(code: string): string {
  switch (code) {
    case 'disk-full':
      return 'make room on the disk of the database server';
    case 'incompatible':
      return 'run programs of one version';
    case 'not-found':
      return 'start relayd once, or type: relayctl db migrate';
    default:
      return SERVER_REMEDY;
  }
}

function holder(file: string): string {
  return `see who holds it: fuser -v ${shellWord(file)}; end what is not relayd, such as a backup tool`;
}
