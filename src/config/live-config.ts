/**
 * The configuration in force as one object that may be kept: each of its properties is what holds when it is read. So a
 * service is given its slice once, and sees a reload without being told; what it copies out of it stays as it was.
 */
import type { Config } from './config.ts';

/** Every section is there at all times: only values change, never the shape. */
export function liveConfig(current: () => Config): Config {
  return liveView(current);
}

function liveView<T extends object>(current: () => T): T {
  const view = {};
  for (const [name, value] of Object.entries(current())) {
    const read = () => current()[name as keyof T];
    const section = isSection(value) ? liveView(read as () => object) : undefined;
    Object.defineProperty(view, name, {
      enumerable: true,
      get: section === undefined ? read : () => section,
    });
  }
  return view as T;
}

/** Not lists, and not the octets of a key. */
function isSection(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
