/** `relayctl db backup` and `db check`: copies that replace nothing, and what is said of a file that is not whole. */
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockDataFolder } from '../../src/store/sqlite/engine/lock.ts';
import { migrations } from '../../src/store/sqlite/migrations/index.ts';
import { CliStage } from './support/cli-stage.ts';

let stage: CliStage;
let file: string;
beforeEach(async () => {
  stage = new CliStage();
  file = path.join(stage.dataDir, 'copy.db');
  writeFileSync(key('master.key'), Buffer.alloc(32, 1).toString('base64'), { mode: 0o600 });
  await stage.text('domain', 'add', 'shop.example', '--dkim', 'rsa');
});
afterEach(() => stage.dispose());

const key = (name: string) => path.join(stage.dataDir, name);

const filesOf = (at: string) =>
  readdirSync(path.dirname(at)).filter((name) => name.startsWith(path.basename(at)));

describe('db backup', () => {
  it('copies all that is durable into one file for its owner alone', async () => {
    const id = await stage.accept();
    const made = await stage.json('db', 'backup', file);
    expect(made).toMatchObject({
      file,
      checked: true,
      counts: { accounts: 1, domains: 1, messages: 1, waiting: 1 },
      secret_files: [],
      also_needed: [{ what: 'master key', where: key('master.key') }],
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(stage.dataDir).filter((name) => name.startsWith('copy.db'))).toEqual(['copy.db']);
    const copy = new Database(file, { readonly: true });
    expect(copy.prepare('SELECT public_id FROM message').pluck().all()).toEqual([id]);
    copy.close();
  });

  it('holds nothing that is accepted after it began, however much is written meanwhile', async () => {
    await stage.accept({ content: `Subject: large\r\n\r\n${'x'.repeat(8_000_000)}\r\n` });
    const running = stage.json('db', 'backup', file);
    // Each step of the copy gives way to these commits, which would make it begin again.
    for (let count = 0; count < 20; count++) await stage.accept();
    expect(await running).toMatchObject({ counts: { messages: 1 } });
    expect(await stage.json('db', 'check')).toMatchObject({ ok: true, counts: { messages: 21 } });
  });

  it('names the certificates by ACME, which are not in it', async () => {
    mkdirSync(key('acme'));
    expect(await stage.json('db', 'backup', file, '--with-key')).toMatchObject({
      also_needed: [{ what: 'certificates by ACME', where: key('acme') }],
    });
  });

  it('replaces no file', async () => {
    writeFileSync(file, 'mine');
    const { code, err } = await stage.run(['db', 'backup', file]);
    expect(code).toBe(1);
    expect(err).toContain(`${file} exists, and is not overwritten`);
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  it('replaces no key file, and makes no copy then', async () => {
    writeFileSync(`${file}.master.key`, 'mine');
    expect((await stage.run(['db', 'backup', file, '--with-key'])).code).toBe(1);
    expect(readFileSync(`${file}.master.key`, 'utf8')).toBe('mine');
    expect(existsSync(file)).toBe(false);
  });

  it('puts the key and the certificate beside it with --with-key', async () => {
    writeFileSync(key('self-signed.pem'), 'a certificate', { mode: 0o600 });
    const made = await stage.json('db', 'backup', file, '--with-key');
    expect(made).toMatchObject({
      secret_files: [`${file}.master.key`, `${file}.self-signed.pem`],
      also_needed: [],
    });
    expect(statSync(`${file}.master.key`).mode & 0o777).toBe(0o600);
    expect(Buffer.from(readFileSync(`${file}.master.key`, 'utf8'), 'base64')).toEqual(Buffer.alloc(32, 1));
    expect(readFileSync(`${file}.self-signed.pem`, 'utf8')).toBe('a certificate');
  });

  it('leaves nothing behind when it is interrupted', async () => {
    await stage.accept();
    const interrupted = AbortSignal.abort();
    const { code, err } = await stage.run(['db', 'backup', file], { interrupted });
    expect([code, err]).toEqual([1, expect.stringContaining('interrupted: there is no backup')]);
    expect(readdirSync(stage.dataDir).filter((name) => name.startsWith('copy.db'))).toEqual([]);
  });

  it('leaves no file of a backup whose second one cannot be written', async () => {
    writeFileSync(key('self-signed.pem'), 'a certificate', { mode: 0o600 });
    // Seen only by who writes it.
    symlinkSync('/nowhere', `${file}.self-signed.pem`);
    const { code, err } = await stage.run(['db', 'backup', file, '--with-key']);
    expect([code, err]).toEqual([
      1,
      expect.stringContaining(`${file}.self-signed.pem exists, and is not overwritten; there is no backup`),
    ]);
    expect(filesOf(file)).toEqual(['copy.db.self-signed.pem']);
    unlinkSync(`${file}.self-signed.pem`);
    expect((await stage.run(['db', 'backup', file, '--with-key'])).code).toBe(0);
    expect(filesOf(file)).toEqual(['copy.db', 'copy.db.master.key', 'copy.db.self-signed.pem']);
  });

  it.each([
    { when: 'it is interrupted', files: [] },
    { when: 'another one is being made', files: ['copy.db.partial'] },
  ])('leaves no key behind when $when', async ({ files }) => {
    await stage.accept();
    for (const name of files) writeFileSync(key(name), '');
    const left = filesOf(file);
    const interrupted = files.length === 0 ? AbortSignal.abort() : undefined;
    const options = interrupted === undefined ? {} : { interrupted };
    expect((await stage.run(['db', 'backup', file, '--with-key'], options)).code).toBe(1);
    expect(filesOf(file)).toEqual(left);
  });

  it('does not write into the copy of another backup to the same file', async () => {
    const first = stage.run(['db', 'backup', file]);
    const second = await stage.run(['db', 'backup', file]);
    expect([second.code, second.err]).toEqual([
      1,
      expect.stringMatching(/copy\.db\.partial is there|exists/),
    ]);
    expect((await first).code).toBe(0);
    expect(await stage.json('db', 'check', file)).toMatchObject({ ok: true });
  });

  it('names the folder that is not there', async () => {
    const { code, err } = await stage.run(['db', 'backup', '/nowhere/at/all.db']);
    expect([code, err]).toEqual([1, expect.stringContaining('there is no folder /nowhere/at')]);
  });

  it('says what a restore needs besides', async () => {
    stage.env['RELAY_TLS__CERT'] = '/etc/ssl/mail.pem';
    stage.env['RELAY_TLS__KEY'] = '/etc/ssl/mail.key';
    const text = await stage.text('db', 'backup', file);
    expect(text).toContain(`master key: ${key('master.key')}`);
    expect(text).toContain('certificate: /etc/ssl/mail.pem');
    expect(text).toContain('key of the certificate: /etc/ssl/mail.key');
    expect(text).toContain(
      'Without the master key its DKIM keys, credentials and webhook secrets are unusable',
    );
  });
});

describe('db check', () => {
  it('says of a pipe, a folder or a device that it is no file, and waits for none of them', async () => {
    const pipe = key('pipe');
    execFileSync('mkfifo', [pipe]);
    for (const odd of [pipe, stage.dataDir, '/dev/zero']) {
      const { code, err } = await stage.run(['db', 'check', odd]);
      expect(code).toBe(1);
      expect(err).toContain(`${odd} is not a file`);
    }
  });

  it('finds the live database whole, and opened by its key', async () => {
    expect(await stage.json('db', 'check')).toMatchObject({
      ok: true,
      faults: [],
      schema: migrations.length,
      key: { state: 'opens', from: key('master.key') },
    });
  });

  it('takes the key beside a copy before that of the configuration', async () => {
    await stage.text('db', 'backup', file, '--with-key');
    writeFileSync(key('master.key'), Buffer.alloc(32, 2).toString('base64'));
    expect(await stage.json('db', 'check', file)).toMatchObject({ key: { from: `${file}.master.key` } });
    const { code, out } = await stage.run(['db', 'check', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ ok: false, faults: [], key: { state: 'wrong' } });
  });

  it('says that there is no key, and makes none', async () => {
    const { code, out } = await stage.run(['db', 'check', '--key', '/nowhere.key']);
    expect([code, out]).toEqual([1, expect.stringContaining('there is no master key in /nowhere.key')]);
  });

  it('tells a copy whose pages are damaged', async () => {
    await stage.accept({ content: `Subject: large\r\n\r\n${'x'.repeat(100_000)}\r\n` });
    await stage.text('db', 'backup', file);
    const damaged = openSync(file, 'r+');
    const pages = statSync(file).size / 4096;
    for (let page = 4; page < pages; page += 3)
      writeSync(damaged, Buffer.alloc(64, 0xa5), 0, 64, page * 4096);
    closeSync(damaged);
    const { code, out, err } = await stage.run(['db', 'check', file]);
    expect([code, out + err]).toEqual([1, expect.stringMatching(/damaged|malformed|Tree|btree|page/i)]);
  });

  it('refuses what is no database of the relay', async () => {
    writeFileSync(file, 'text, not a database, of some length to be read as one');
    expect((await stage.run(['db', 'check', file])).err).toContain('is not a database');
    const other = new Database(key('other.db'));
    other.exec('CREATE TABLE t (a)');
    other.close();
    expect((await stage.run(['db', 'check', key('other.db')])).err).toContain('database of another program');
    writeFileSync(key('empty.db'), '');
    expect((await stage.run(['db', 'check', key('empty.db')])).err).toContain('is empty');
  });

  it('looks at a copy of an older schema without changing it, and calls a newer one a fault', async () => {
    await stage.text('db', 'backup', file);
    const newer = `${file}.newer`;
    copyFileSync(file, newer);
    const change = new Database(newer);
    change.exec('UPDATE schema SET needs_version = 900');
    change.pragma('user_version = 900');
    change.close();
    const { code, out } = await stage.run(['db', 'check', newer, '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      faults: [expect.stringContaining('written by a newer Postern')],
    });

    const older = `${file}.older`;
    const first = new Database(older);
    first.pragma('application_id = 1347638350');
    first.exec(`CREATE TABLE schema (needs_version INTEGER NOT NULL) STRICT; INSERT INTO schema VALUES (1)`);
    first.exec(migrations[0]!.up);
    first.pragma('user_version = 1');
    first.close();
    const before = readFileSync(older);
    expect(await stage.json('db', 'check', older)).toMatchObject({
      ok: true,
      schema: 1,
      key: { state: 'unknown', from: null },
      counts: { webhooks: 0 },
    });
    expect(readFileSync(older)).toEqual(before);
  });
});

describe('db migrate', () => {
  it('says the schema, and waits for no relayd that runs', async () => {
    const made = { store: key('postern.db'), from_schema: migrations.length, schema: migrations.length };
    expect(await stage.json('db', 'migrate')).toEqual(made);
    const lock = lockDataFolder(stage.dataDir);
    const { code, err } = await stage.run(['db', 'migrate']);
    lock.release();
    expect([code, err]).toEqual([1, expect.stringContaining('another relayd is using')]);
  });
});

describe('db copy', () => {
  it('goes to the other engine alone', async () => {
    const { code, err } = await stage.run(['db', 'copy', '--to', `sqlite:${key('elsewhere')}`]);
    expect([code, err]).toEqual([1, expect.stringContaining('relayctl db backup copies the file')]);
  });

  it.each([
    [['db', 'copy'], '--to or --to-file is missing'],
    [['db', 'copy', '--to', 'mysql://u:geheim@h/d'], 'is not a store'],
    [['db', 'copy', '--to', 'postgres://u:geheim@h'], 'names no database'],
    [['db', 'copy', '--to', 'postgres://u:geh#eim@h/d'], 'the URL'],
    [['db', 'copy', '--to', 'postgres:/u:geheim@h/d'], 'lacks the //'],
    [['db', 'migrate', '--url', 'sqlite:', '--url-file', 'x'], 'two ways to give one URL'],
  ])('%j says what is wrong, and never repeats a password', async (words, expected) => {
    const { code, out, err } = await stage.run(words);
    expect(code).toBe(2);
    expect(err).toContain(expected);
    expect(out + err).not.toContain('geheim');
  });

  it('names the server that cannot be reached, without its password', async () => {
    stage.files['/srv/url'] = 'postgres://mail:geheim@127.0.0.1:1/mail\n';
    const { code, out, err } = await stage.run(['db', 'copy', '--to-file', '/srv/url']);
    expect([code, err]).toEqual([1, expect.stringContaining('cannot be reached')]);
    expect(out + err).not.toContain('geheim');
  });
});
