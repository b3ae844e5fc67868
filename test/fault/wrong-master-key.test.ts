/** The real programs on a data folder whose database and master key do not belong together. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { databasePath } from '../../src/store/sqlite/engine/connection.ts';
import { Relay } from '../e2e/support/relay-process.ts';

let relay: Relay;
const keyFile = () => path.join(relay.dataDir, 'master.key');

beforeEach(() => {
  relay = new Relay({ dnsServer: '127.0.0.1:1', mxPort: 1 });
});
afterEach(() => relay.dispose());

/** Another key in place of the right one, which it gives back. */
function replaceKey(): Buffer {
  const right = readFileSync(keyFile());
  writeFileSync(keyFile(), `${randomBytes(32).toString('base64')}\n`);
  return right;
}

/** As a release before the check value left it. */
function forgetCheck(): void {
  const db = new Database(databasePath(relay.dataDir));
  db.exec('DELETE FROM master_key_check');
  db.close();
}

function checks(): number {
  const db = new Database(databasePath(relay.dataDir), { readonly: true });
  try {
    return db.prepare<[], number>('SELECT count(*) FROM master_key_check').pluck().get() ?? 0;
  } finally {
    db.close();
  }
}

/** relayd must end by itself; gives the reason that it logged last. */
async function refusal(): Promise<string> {
  relay.spawn();
  expect(await relay.ended()).toBe(1);
  expect(existsSync(path.join(relay.dataDir, 'relayd.json'))).toBe(false);
  const lines = relay.log().split('\n');
  const line = lines.findLast((text) => text.includes('"event":"cannot start"')) ?? '{}';
  return (JSON.parse(line) as { reason: string }).reason;
}

describe('a master key that is not the one of the store', () => {
  test('refuses the start although no secret is stored yet, and the right one starts again', async () => {
    await relay.start();
    await relay.stop();
    const right = replaceKey();

    const reason = await refusal();
    expect(reason).toContain(`the key in ${keyFile()} is not the one of the store in ${relay.dataDir}`);
    expect(reason).toContain('it does not open the key check value;');
    expect(reason).toContain(`restore ${keyFile()} from the backup`);

    writeFileSync(keyFile(), right);
    await relay.start();
    expect(await relay.stop()).toBe(0);
  });

  test('is said by the commands that seal or hash, which change nothing', async () => {
    await relay.start();
    await relay.ctl('domain', 'add', 'sender.test');
    await relay.stop();
    replaceKey();
    for (const args of [
      ['credential', 'add', '--name', 'app', '--kind', 'smtp'],
      ['domain', 'add', 'second.test'],
      ['webhook', 'add', '--url', 'https://receiver.test/hook'],
      ['config', 'check'],
    ]) {
      const { code, stderr } = await relay.ctlRaw([...args, '--json']);
      const { error } = JSON.parse(stderr) as { error: { code: string; message: string } };
      expect([args.join(' '), code, error.code]).toEqual([args.join(' '), 1, 'master-key-wrong']);
      expect(error.message).toContain('it does not open the key check value, the DKIM key postern-');
    }
    expect(await relay.ctlList('credential', 'list')).toEqual([]);
    expect(await relay.ctlList('domain', 'list')).toHaveLength(1);
  });

  test('in data_key is refused, and the file that it hides is named', async () => {
    await relay.start();
    await relay.stop();
    relay.configure({ data_key: randomBytes(32).toString('hex') });
    const reason = await refusal();
    expect(reason).toContain('the key in data_key is not the one of the store');
    expect(reason).toContain(`${keyFile()} holds the right one: take data_key out of the configuration`);
  });

  test('is known by the secrets of a store from before the check value, which it gets at its first right start', async () => {
    await relay.start();
    await relay.ctl('domain', 'add', 'sender.test');
    await relay.ctl('webhook', 'add', '--url', 'https://receiver.test/hook');
    await relay.stop();
    forgetCheck();
    const right = replaceKey();
    const reason = await refusal();
    expect(reason).toMatch(
      /it does not open the DKIM key postern-\S+\._domainkey\.sender\.test, .* the key of webhook whk_/,
    );
    expect(checks()).toBe(0);

    writeFileSync(keyFile(), right);
    await relay.start();
    await relay.stop();
    expect(checks()).toBe(1);
  });

  test('is known in a store that relayctl made, before relayd ever ran', async () => {
    await relay.ctl('account', 'add', 'tenant');
    replaceKey();
    expect(await refusal()).toContain('it does not open the key check value;');
  });
});

test('a damaged secret beside a right key is named and does not stop the relay', async () => {
  await relay.start();
  await relay.ctl('domain', 'add', 'sender.test');
  await relay.ctl('domain', 'add', 'other.test');
  await relay.stop();
  forgetCheck();
  const db = new Database(databasePath(relay.dataDir));
  db.exec('UPDATE dkim_key SET sealed_private_key = zeroblob(64) WHERE id = 1');
  db.close();
  await relay.start();
  expect(relay.log()).toMatch(
    /"event":"secrets cannot be opened","secrets":\["the DKIM key postern-[^"]+sender\.test"\]/,
  );
  expect(await relay.stop()).toBe(0);
});
