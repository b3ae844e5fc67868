/** The configuration's input on a real machine: environment, files, host name. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { ConfigInput } from './load.ts';
import type { Environment } from './read-environment.ts';

/** The environment of this process. The only place that reads it. */
export function processEnvironment(): Environment {
  return process.env;
}

/** `path`: from `--config`. */
export function systemConfigInput(path?: string): ConfigInput {
  return {
    path,
    env: processEnvironment(),
    readFile: (name) => readFileSync(name, 'utf8'),
    defaultHostname: hostname(),
    cwd: process.cwd(),
    pid: process.pid,
  };
}
