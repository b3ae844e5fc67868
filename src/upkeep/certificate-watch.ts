/**
 * Detects a renewed certificate by polling the files' times. Watching folders would miss how renewal tools work (a
 * symbolic link that changes its target), and a minute is soon enough for a certificate of weeks.
 */
import { statSync } from 'node:fs';
import type { Clock, Timer } from '../platform/clock.ts';

const LOOK_EVERY_MS = 60_000;

export interface CertificateWatch {
  /** Without waiting for the minute to end. */
  lookNow(): void;
  stop(): void;
}

/**
 * Calls `onChange` once for each change of a file in `files()` or of the list. A missing file may be in the middle of
 * a renewal: it is a change when the next poll misses it too.
 */
export function watchCertificate(
  files: () => readonly string[],
  clock: Clock,
  onChange: () => void,
): CertificateWatch {
  let timer: Timer | undefined;
  let seen = files().map(fingerprint);
  // Of certificates that are ordered, some may be missing for long.
  let wasComplete = seen.every((print) => print !== undefined);
  const lookNow = () => {
    const found = files().map(fingerprint);
    const complete = found.every((print) => print !== undefined);
    if ((complete || !wasComplete) && found.join() !== seen.join()) {
      seen = found;
      onChange();
    }
    wasComplete = complete;
  };
  const look = () => {
    lookNow();
    timer = clock.after(LOOK_EVERY_MS, look);
  };
  timer = clock.after(LOOK_EVERY_MS, look);
  return { lookNow, stop: () => timer?.cancel() };
}

function fingerprint(file: string): string | undefined {
  try {
    const { ino, mtimeMs, size } = statSync(file);
    return `${ino} ${mtimeMs} ${size}`;
  } catch {
    return undefined;
  }
}
