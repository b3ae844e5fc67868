/**
 * Whether a time server keeps the system's clock, by `timedatectl`: that is the kernel's own state, which chrony and ntpd
 * set too. No time server is asked. Without that program (a container), the result is empty.
 */
import { execFile } from 'node:child_process';

const WAIT_MS = 2_000;
const MOST_OCTETS = 1_024;

/** `undefined`: the system does not tell. Never rejects. */
export function clockSynchronized(program = 'timedatectl'): Promise<boolean | undefined> {
  return new Promise((resolve) => {
    execFile(
      program,
      ['show', '--property=NTPSynchronized', '--value'],
      { timeout: WAIT_MS, maxBuffer: MOST_OCTETS, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } },
      (error, said) => {
        const word = said.trim();
        resolve(error !== null || (word !== 'yes' && word !== 'no') ? undefined : word === 'yes');
      },
    );
  });
}
