import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/platform/log.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import type { DirectoryReader } from '../../../src/store/directory.ts';
import { createDirectorySnapshot } from '../../../src/store/directory-snapshot.ts';
import type { Domain } from '../../../src/store/directory-records.ts';
import { openSqliteStore } from '../../../src/store/sqlite/open.ts';
import { openSqliteReader } from '../../../src/store/sqlite/reader.ts';
import { defaultAccount } from '../../support/default-account.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const DOMAIN: Domain = {
  id: 'dom_1',
  accountId: 'acc_1',
  name: 'a.test',
  verifiedAtMs: 1,
  recordStatus: {},
  createdAtMs: 1,
};

let clock: VirtualClock;
let domains: Map<string, Domain>;
let version: number;
let away: boolean;
let asked: string[];
/** Answers come when it is resolved. */
let gate: Promise<undefined> | undefined;
let snapshot: DirectoryReader;

beforeEach(() => {
  clock = new VirtualClock();
  domains = new Map([[DOMAIN.name, DOMAIN]]);
  version = 1;
  away = false;
  asked = [];
  gate = undefined;
  snapshot = createDirectorySnapshot(directory, clock, 3);
});

const directory = {
  async findDomain(_accountId: string, name: string) {
    asked.push(name);
    const found = domains.get(name);
    await gate;
    return found;
  },
  latestVersion() {
    asked.push('version');
    return away ? Promise.reject(new Error('away')) : Promise.resolve(version);
  },
} as Partial<DirectoryReader> as DirectoryReader;

const find = (name = DOMAIN.name) => snapshot.findDomain('acc_1', name);

describe('a snapshot of the directory', () => {
  it('asks once for what is there, and each time for what is not', async () => {
    expect([await find(), await find(), await find()]).toEqual([DOMAIN, DOMAIN, DOMAIN]);
    expect([await find('b.test'), await find('b.test')]).toEqual([undefined, undefined]);
    expect(asked).toEqual(['version', 'a.test', 'b.test', 'b.test']);
  });

  it('knows at once what was added', async () => {
    expect(await find('b.test')).toBeUndefined();
    domains.set('b.test', { ...DOMAIN, name: 'b.test' });
    expect(await find('b.test')).toMatchObject({ name: 'b.test' });
  });

  it('knows of a change within half a second, and at once when it was asked for the version', async () => {
    await find();
    domains.delete(DOMAIN.name);
    version++;
    expect(await find()).toEqual(DOMAIN);
    await clock.advance(500);
    expect(await find()).toBeUndefined();
    domains.set(DOMAIN.name, DOMAIN);
    await find();
    domains.delete(DOMAIN.name);
    version++;
    expect(await snapshot.latestVersion()).toBe(version);
    expect(await find()).toBeUndefined();
  });

  it('keeps nothing that was read before a change it has heard of', async () => {
    await find('b.test');
    const { promise, resolve } = Promise.withResolvers<undefined>();
    gate = promise;
    const before = find();
    domains.delete(DOMAIN.name);
    version++;
    await snapshot.latestVersion();
    resolve(undefined);
    expect(await before).toEqual(DOMAIN);
    expect(await find()).toBeUndefined();
  });

  it('asks for the version once for all who come meanwhile', async () => {
    await Promise.all([find(), find(), find()]);
    expect(asked.filter((what) => what === 'version')).toHaveLength(1);
  });

  it('is bounded', async () => {
    for (const name of ['b.test', 'c.test', 'd.test']) domains.set(name, { ...DOMAIN, name });
    for (const name of ['a.test', 'b.test', 'c.test', 'd.test', 'd.test', 'a.test']) await find(name);
    expect(asked).toEqual(['version', 'a.test', 'b.test', 'c.test', 'd.test', 'a.test']);
  });

  it('goes on when the version could not be asked', async () => {
    await find();
    await clock.advance(500);
    away = true;
    await expect(find()).rejects.toThrow('away');
    away = false;
    expect(await find()).toEqual(DOMAIN);
  });
});

it('stands in front of SQLite', async () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'postern-snapshot-'));
  const options = { dataDir, clock: systemClock, random: systemRandom, log: silentLog, exclusive: true };
  const store = openSqliteStore(options);
  const reader = openSqliteReader(dataDir);
  try {
    const own = createDirectorySnapshot(reader, clock);
    const domain = { ...DOMAIN, accountId: defaultAccount(dataDir).id };
    expect(await own.findDomain(domain.accountId, domain.name)).toBeUndefined();
    await store.directory.addDomain(domain, [], 'test');
    expect(await own.findDomain(domain.accountId, domain.name)).toMatchObject({ name: domain.name });
    await store.directory.removeDomain(domain.id, 1, 'test');
    expect(await own.findDomain(domain.accountId, domain.name)).toBeDefined();
    await clock.advance(500);
    expect(await own.findDomain(domain.accountId, domain.name)).toBeUndefined();
    expect(await own.dkimKeys('dom_none')).toEqual([]);
  } finally {
    reader.close();
    await store.close();
    rmSync(dataDir, { recursive: true });
  }
});
