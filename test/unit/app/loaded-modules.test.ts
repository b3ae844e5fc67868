/**
 * What each thread loads at its start, from the import statements of the sources: memory that a relay holds for as long as
 * it runs. `import type` and `await import()` load nothing.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const SRC = path.resolve(import.meta.dirname, '../../../src');
const IMPORT = /^(?:import|export)\s(?!type\b)(?:[^;]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;

interface Loaded {
  readonly packages: readonly string[];
  /** Folders of src/. */
  readonly rooms: readonly string[];
}

/** Everything that importing `entry` loads, however indirectly. */
function loadedBy(entry: string): Loaded {
  const files = new Set<string>();
  const packages = new Set<string>();
  const follow = (file: string) => {
    if (files.has(file)) return;
    files.add(file);
    for (const [, target = ''] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
      if (target.startsWith('.')) follow(path.resolve(path.dirname(file), target));
      else if (!target.startsWith('node:')) packages.add(target.split('/')[0] ?? '');
    }
  };
  follow(path.join(SRC, entry));
  const rooms = new Set([...files].map((file) => path.dirname(path.relative(SRC, file))));
  return { packages: [...packages].sort(), rooms: [...rooms].sort() };
}

describe('modules that are loaded at the start', () => {
  test('the store thread: the engine alone', () => {
    const { packages, rooms } = loadedBy('store/thread/thread-main.ts');
    expect(packages).toEqual(['better-sqlite3']);
    expect([...new Set(rooms.map((room) => room.split('/')[0]))]).toEqual([
      'dkim',
      'platform',
      'policy',
      'smtp',
      'store',
    ]);
    expect(rooms).not.toContain('smtp/server');
  });

  test('the delivery thread: no server, no HTTP, no schemas', () => {
    const { packages, rooms } = loadedBy('app/delivery-worker.ts');
    expect(packages).toEqual(['better-sqlite3', 'smol-toml']);
    for (const room of [
      'http',
      'smtp/server',
      'intake',
      'submission',
      'inbound',
      'webhook',
      'admin',
      'api-json',
    ])
      expect(rooms).not.toContain(room);
  });

  test('the main thread: nothing of what only some relays use, or few requests', () => {
    const { packages, rooms } = loadedBy('app/relayd.ts');
    for (const name of ['fastify', 'mailauth', 'mailparser', 'liquidjs', 'html-to-text', 'commander', 'jose'])
      expect(packages).not.toContain(name);
    for (const room of ['http', 'inbound', 'cli', 'delivery']) expect(rooms).not.toContain(room);
  });
});
