/** `relayctl audit list` and `audit verify`: who did what, which credential sent what, and whether anybody changed it. */
import { execFileSync } from 'node:child_process';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sealAudit } from '../../src/admin/audit.ts';
import { createSecretBox } from '../../src/platform/secret-box.ts';
import { databasePath } from '../../src/store/sqlite/engine/connection.ts';
import { openSqliteReader } from '../../src/store/sqlite/reader.ts';
import { CliStage } from './support/cli-stage.ts';

let stage: CliStage;
beforeEach(() => (stage = new CliStage()));
afterEach(async () => await stage.dispose());

interface Line {
  readonly id: string;
  readonly sequence: number;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly hash: string;
  readonly previous: string;
  readonly credential: string | null;
}

const list = async (...options: readonly string[]) =>
  (await stage.jsonLines('audit', 'list', ...options)) as Line[];

/** As somebody with the file. */
function tamper(...statements: readonly string[]): void {
  const db = new Database(databasePath(stage.dataDir));
  for (const name of ['audit_stays', 'audit_kept', 'audit_not_replaced']) db.exec(`DROP TRIGGER ${name}`);
  for (const statement of statements) db.exec(statement);
  db.close();
}

async function changes(): Promise<void> {
  await stage.json('suppression', 'add', 'alice@example.org');
  await stage.clock.advance(3_600_000);
  await stage.json('account', 'add', 'shop');
  await stage.json('stream', 'add', 'news', '--account', 'shop');
}

describe('audit list', () => {
  test('shows who did what to what, the newest first', async () => {
    await changes();
    const text = await stage.text('audit', 'list');
    const [head, ...rows] = text
      .trimEnd()
      .split('\n')
      .map((row) => row.split(/ {2,}/).slice(0, 3));
    expect(head).toEqual(['TIME', 'WHO', 'FROM']);
    expect(rows).toHaveLength(3);
    expect(text).toMatch(/2026-11-24 07:12:31 +relayctl:test .*stream add +news/);
    expect(text).toMatch(/2026-11-24 06:12:31 +relayctl:test .*suppression add +alice@example\.org/);
    expect(text.indexOf('stream add')).toBeLessThan(text.indexOf('suppression add'));
  });

  test('gives as JSON what a third party computes the hash of a line from', async () => {
    await changes();
    const lines = await list();
    expect(lines.map(({ sequence }) => sequence)).toEqual([3, 2, 1]);
    expect(lines[0]?.previous).toBe(lines[1]?.hash);
    // The command of docs/audit.md.
    const fields =
      '"postern audit 1", .previous, .sequence, .at, .actor, (.credential // ""), (.account // ""), (.origin // ""), .action, .chained_subject';
    for (const line of lines) {
      const input = execFileSync('jq', ['-r', fields], { input: JSON.stringify(line) });
      expect(execFileSync('sha256sum', { input, encoding: 'utf8' })).toBe(`${line.hash}  -\n`);
    }
  });

  test('finds lines by time, actor, account, action and subject', async () => {
    await changes();
    const actions = async (...options: readonly string[]) =>
      (await list(...options)).map(({ action }) => action);
    expect(await actions('--since', '30m')).toEqual(['stream add', 'account add']);
    expect(await actions('--until', '2026-11-24T07:00:00Z')).toEqual(['suppression add']);
    expect(await actions('--actor', 'test')).toHaveLength(3);
    expect(await actions('--actor', 'relayctl:test', '--account', 'shop')).toEqual([
      'stream add',
      'account add',
    ]);
    expect(await actions('--actor', 'relayd')).toEqual([]);
    expect(await actions('--action', 'suppression')).toEqual(['suppression add']);
    expect(await actions('--subject', 'ALICE@')).toEqual(['suppression add']);
    const [newest] = await list('--limit', '1');
    expect(await actions('--before', newest!.id)).toEqual(['account add', 'suppression add']);
  });

  test('says of an address that was erased that it was', async () => {
    await changes();
    await stage.store.audit.eraseAuditText(['alice@example.org'], stage.clock.now(), 'relayctl:test');
    expect(await list('--action', 'suppression')).toMatchObject([{ subject: '(erased)' }]);
    expect((await stage.run(['audit', 'verify'])).code).toBe(0);
  });

  test('one line is written of an import, however many addresses it has', async () => {
    stage.files['list.txt'] = Array.from({ length: 2_500 }, (_, n) => `a${n}@example.org`).join('\n');
    await stage.json('suppression', 'import', 'list.txt');
    expect(await list()).toMatchObject([{ action: 'suppression import', subject: '2500 addresses' }]);
  });

  test('with --sent shows which credential sent what', async () => {
    const added = (await stage.json('credential', 'add', '--name', 'wordpress')) as { id: string };
    const mine = await stage.accept({ credentialId: added.id });
    await stage.clock.advance(1_000);
    const other = await stage.accept({});
    const sent = await stage.jsonLines('audit', 'list', '--sent');
    expect(sent).toMatchObject([
      { message: other, credential: null },
      { message: mine, credential: { id: added.id, name: 'wordpress' }, recipients: 1 },
    ]);
    expect(await stage.jsonLines('audit', 'list', '--sent', '--credential', 'wordpress')).toEqual([sent[1]]);
    expect(await stage.jsonLines('audit', 'list', '--sent', '--since', '1h', '--limit', '1')).toEqual([
      sent[0],
    ]);
    expect(await stage.text('audit', 'list', '--sent')).toContain('wordpress');
    expect((await stage.run(['audit', 'list', '--sent', '--action', 'x'])).code).toBe(2);
  });

  test.each([
    [['--since', 'soon'], 'neither a span'],
    [['--before', 'msg_1'], 'not an id of the audit log'],
    [['--credential', 'none'], 'there is no credential none'],
  ])('refuses %j', async (options, problem) => {
    stage.openStore();
    const ran = await stage.run(['audit', 'list', ...options]);
    expect(ran.code).not.toBe(0);
    expect(ran.err).toContain(problem);
  });
});

describe('audit verify', () => {
  const seal = async () => {
    const reader = openSqliteReader(stage.dataDir);
    const box = createSecretBox(new Uint8Array(32).fill(1), stage.random);
    const head = await sealAudit(reader, stage.store.audit, box, stage.clock.now());
    reader.close();
    return head;
  };

  test('finds nothing wrong in a log that is whole, and prints its head', async () => {
    await changes();
    const [newest] = await list('--limit', '1');
    expect(await stage.json('audit', 'verify')).toEqual({
      ok: true,
      head: { sequence: 3, hash: newest?.hash },
      broken: null,
      outside_the_chain: { before: 0, after: 0 },
      seals_of_gone_keys: {},
      seals_checked: true,
      sealed: null,
    });
    expect(await stage.text('audit', 'verify')).toContain('The audit log is whole: 3 lines');
  });

  test('exits with 1 at a changed line, and says which', async () => {
    await changes();
    tamper(`UPDATE audit SET actor = 'relayctl:mallory' WHERE sequence = 2`);
    const ran = await stage.run(['audit', 'verify']);
    expect(ran.code).toBe(1);
    expect(ran.out).toContain('The audit log was changed at line 2: it is not what was written');
    expect(ran.out).toContain('up to line 1 it is whole');
    const json = await stage.run(['audit', 'verify', '--json']);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({ ok: false, broken: { sequence: 2 } });
  });

  test('finds by a hash that was kept that the end was cut off with its head', async () => {
    await changes();
    const [newest] = await list('--limit', '1');
    expect((await stage.run(['audit', 'verify', '--head', newest!.hash])).code).toBe(0);
    tamper(
      'DELETE FROM audit WHERE sequence = 3',
      'UPDATE audit_head SET last = 2, hash = (SELECT hash FROM audit WHERE sequence = 2)',
    );
    expect((await stage.run(['audit', 'verify'])).code).toBe(0);
    const ran = await stage.run(['audit', 'verify', '--head', newest!.hash]);
    expect(ran.code).toBe(1);
    expect(ran.out).toContain('written anew, or ends earlier');
  });

  test('says up to where it is sealed', async () => {
    await changes();
    await seal();
    expect(await stage.json('audit', 'verify')).toMatchObject({ ok: true, sealed: { sequence: 3 } });
    expect(await stage.text('audit', 'verify')).toContain('sealed  up to line 3');
  });

  test('finds a chain that was written anew without the master key', async () => {
    await changes();
    await seal();
    const stolen = createSecretBox(new Uint8Array(32).fill(2), stage.random);
    const reader = openSqliteReader(stage.dataDir);
    await sealAudit(reader, stage.store.audit, stolen, stage.clock.now());
    reader.close();
    const ran = await stage.run(['audit', 'verify']);
    expect(ran.code).toBe(1);
    expect(ran.out).toContain('line 5: its seal was not made with the master key');
  });

  test('counts seals of a master key that was taken away, once that is said, and goes on with the next', async () => {
    await changes();
    const before = createSecretBox(new Uint8Array(32).fill(3), stage.random);
    const [gone] = before.keyIds;
    const reader = openSqliteReader(stage.dataDir);
    await sealAudit(reader, stage.store.audit, before, stage.clock.now());
    reader.close();
    await seal();
    const ran = await stage.run(['audit', 'verify']);
    expect(ran.code).toBe(1);
    expect(ran.out).toContain(`but with the key ${gone}`);
    expect(await stage.json('audit', 'verify', '--without-key', gone)).toMatchObject({
      ok: true,
      seals_of_gone_keys: { [gone]: 1 },
      sealed: { sequence: 4 },
    });
    expect(await stage.text('audit', 'verify', '--without-key', gone)).toContain(
      `1 seal under the master key ${gone}`,
    );
    expect((await stage.run(['audit', 'verify', '--without-key', 'other'])).code).toBe(1);
  });

  test('refuses what is no hash', async () => {
    stage.openStore();
    expect(await stage.run(['audit', 'verify', '--head', '3f1c'])).toMatchObject({ code: 2 });
  });
});
