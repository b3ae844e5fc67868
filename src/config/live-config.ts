/**
 * The configuration in force as one object that may be kept: each of its properties is what holds when it is read. So a
 * service is given its slice once, and sees a reload without being told; what it copies out of it stays as it was.
 *
 * The properties are plain ones, written anew at a reload: they are read several times for each message.
 */
import type { Config } from './config.ts';

export interface LiveConfig {
  readonly config: Config;
  /** Replaces the configuration in force. */
  readonly take: (next: Config) => void;
}

/** Every section always exists: reloads change values only. */
export function liveConfig(atStart: Config): LiveConfig {
  const config = {};
  write(config, atStart);
  return { config: config as Config, take: (next) => write(config, next) };
}

function write(live: Record<string, unknown>, next: object): void {
  for (const [name, value] of Object.entries(next) as [string, unknown][]) {
    if (isSection(value)) write((live[name] ??= {}) as Record<string, unknown>, value);
    else live[name] = value;
  }
}

/** Not lists, and not the octets of a key. */
function isSection(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
