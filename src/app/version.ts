/** The program's version, from package.json, and the command lines of its programs as installed. */
import { existsSync, readFileSync } from 'node:fs';

export function programVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}

/** `npx relayctl` in a checkout, `relayctl` where it is installed. */
export function typed(program: 'relayctl' | 'relayd'): string {
  return existsSync(new URL('../../src', import.meta.url)) ? `npx ${program}` : program;
}
