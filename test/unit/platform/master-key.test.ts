import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadMasterKey, readMasterKey } from '../../../src/platform/master-key.ts';
import { systemRandom } from '../../../src/platform/random.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'postern-key-'));
  file = path.join(folder, 'master.key');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('loadMasterKey', () => {
  it('creates the file once, readable by its owner alone, and leaves nothing beside it', () => {
    const key = loadMasterKey(file, systemRandom);
    expect(key).toHaveLength(32);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['master.key']);
    const content = readFileSync(file);
    expect(loadMasterKey(file, systemRandom)).toEqual(key);
    expect(readFileSync(file).equals(content)).toBe(true);
  });

  it('takes the key of another process that was first', () => {
    const first = Buffer.alloc(32, 1);
    let written = false;
    const slow = {
      ...systemRandom,
      bytes(length: number) {
        // The other process makes the file while this one makes its key.
        if (!written) writeFileSync(file, first.toString('base64'));
        written = true;
        return systemRandom.bytes(length);
      },
    };
    expect(Buffer.from(loadMasterKey(file, slow)).equals(first)).toBe(true);
    expect(readdirSync(folder)).toEqual(['master.key']);
  });

  it.each([
    ['hexadecimal', Buffer.from(Buffer.alloc(32, 0xab).toString('hex') + '\n')],
    ['base64', Buffer.from(Buffer.alloc(32, 0xab).toString('base64') + '\r\n')],
    ['base64url without padding', Buffer.from(Buffer.alloc(32, 0xab).toString('base64url'))],
    ['raw', Buffer.alloc(32, 0xab)],
  ])('reads a key given as %s', (_form, content) => {
    writeFileSync(file, content);
    expect(Buffer.from(loadMasterKey(file, systemRandom)).equals(Buffer.alloc(32, 0xab))).toBe(true);
  });

  it.each(['', 'password', 'ab'.repeat(31), 'x'.repeat(32) + '\n'])(
    'refuses the content %j and leaves it',
    (content) => {
      writeFileSync(file, content);
      expect(() => loadMasterKey(file, systemRandom)).toThrow(
        expect.objectContaining({
          code: 'master-key-malformed',
          message: expect.stringContaining(file) as string,
        }),
      );
      expect(readFileSync(file, 'utf8')).toBe(content);
    },
  );

  it('says which file it can neither read nor make', () => {
    const absent = path.join(folder, 'none', 'master.key');
    expect(() => loadMasterKey(absent, systemRandom)).toThrow(
      expect.objectContaining({
        code: 'master-key-unreadable',
        message: expect.stringContaining(absent) as string,
      }),
    );
    expect(() => loadMasterKey(folder, systemRandom)).toThrow(
      expect.objectContaining({ code: 'master-key-unreadable' }),
    );
  });
});

describe('readMasterKey', () => {
  it('makes no file', () => {
    expect(readMasterKey(file)).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
  });
});
