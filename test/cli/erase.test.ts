/** `relayctl erase`: refused while mail waits, in every account or one, what is left is named, and what is still to find is found. */
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { databasePath } from '../../src/store/sqlite/engine/connection.ts';
import { CliStage } from './support/cli-stage.ts';

const JANE = 'jane@rcpt.example';
const BOB = 'bob@rcpt.example';

let stage: CliStage;
beforeEach(() => {
  stage = new CliStage();
  stage.openStore();
});
afterEach(() => stage.dispose());

interface Erased {
  readonly account: string;
  readonly finished: boolean;
  readonly pseudonym: string;
  readonly erased: Readonly<Record<string, number>>;
  readonly left: readonly { readonly name: string; readonly remedy: string }[];
}
type Answer = { readonly accounts: readonly Erased[]; readonly traces?: readonly object[] };

const erase = async (...more: readonly string[]) =>
  (await stage.json('erase', 'Jane@RCPT.example', '--yes', ...more)) as Answer;

describe('a person', () => {
  test('is erased when that is confirmed, and the trace has a pseudonym', async () => {
    const id = await stage.accept({ recipients: [JANE, BOB], subject: 'Offer' });
    await stage.settle(() => ({ state: 'delivered' }));
    for (const answer of ['', 'n']) {
      const { code, err } = await stage.run(['erase', JANE], { answer });
      expect([code, err]).toEqual([1, expect.stringContaining(JANE)]);
    }
    expect((await stage.run(['erase', JANE])).code).toBe(2);
    const { code, out } = await stage.run(['erase', JANE], { answer: 'y' });
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(
        /^default: 1 delivery, 1 message, 1 content, 2 events; now erased-\w+@erased\.invalid\nNot reached:\n {2}backups/,
      ),
    ]);
    expect(await stage.json('message', 'show', id)).toMatchObject({
      ...{ id, subject: null },
      deliveries: [{ recipient: expect.stringMatching(/^erased-/) as string }, { recipient: BOB }],
    });
    const lines = await stage.jsonLines('audit', 'list');
    expect(lines).toMatchObject([{ action: 'audit erase' }, { action: 'erased' }, { action: 'erase' }]);
    expect(JSON.stringify(lines)).not.toContain('jane');
    expect(lines[1]).toMatchObject({
      subject: expect.stringMatching(
        /^hash:\w{8}:\w{32}: 1 deliveries, 1 messages, 1 contents, 2 events$/,
      ) as string,
    });
  });

  test('is not erased while mail to or from it waits, unless that is cancelled', async () => {
    const to = await stage.accept({ recipients: [JANE] });
    const from = await stage.accept({ reversePath: JANE, recipients: [BOB, 'c@rcpt.example'] });
    const { code, err } = await stage.run(['erase', JANE, '--yes']);
    expect([code, err]).toEqual([1, expect.stringContaining('1 to it and 2 from it')]);
    for (const words of [to, from, '--cancel']) expect(err).toContain(words);
    expect(await stage.json('message', 'show', to)).toMatchObject({ deliveries: [{ state: 'queued' }] });
    const { accounts } = await erase('--cancel');
    expect(accounts).toMatchObject([{ finished: true, erased: { deliveries: 1, messages: 2 } }]);
    expect(await stage.json('message', 'show', from)).toMatchObject({
      ...{ reverse_path: accounts[0]?.pseudonym },
      deliveries: [{ state: 'cancelled' }, { state: 'cancelled' }],
    });
  });

  test('is erased in every account, or in the one that is named', async () => {
    const shop = ((await stage.json('account', 'add', 'shop')) as { id: string }).id;
    const ids = [
      await stage.accept({ recipients: [JANE] }),
      await stage.accept({ accountId: shop, recipients: [JANE] }),
    ];
    await stage.settle(() => ({ state: 'delivered' }));
    expect((await erase('--account', 'shop')).accounts).toMatchObject([{ account: 'shop' }]);
    const recipients = async () =>
      await Promise.all(
        ids.map(async (id) => {
          const shown = (await stage.json('message', 'show', id)) as { deliveries: { recipient: string }[] };
          return shown.deliveries[0]?.recipient;
        }),
      );
    expect(await recipients()).toEqual([JANE, expect.stringMatching(/^erased-/)]);
    expect((await erase()).accounts).toMatchObject([
      { account: 'default', erased: { deliveries: 1 } },
      { account: 'shop', erased: { deliveries: 0 } },
    ]);
    expect((await stage.run(['erase', JANE, '--account', 'nobody', '--yes'])).code).toBe(1);
    expect((await stage.run(['erase', 'no address', '--yes'])).code).toBe(2);
  });

  test('stays suppressed under a hash, which its address finds', async () => {
    await stage.json('suppression', 'add', JANE, '--note', `asked, ${JANE}`);
    await erase();
    const [one] = await stage.jsonLines('suppression', 'list');
    expect(one).toMatchObject({
      ...{ address: expect.stringMatching(/^hash:\w{8}:\w{32}$/) as string, erased: true, evidence: '' },
    });
    expect((await stage.run(['suppression', 'export'])).out).toContain('hash:');
    expect(await stage.json('suppression', 'check', 'JANE@rcpt.example')).toMatchObject({
      ...{ suppressed: true, erased: true, reason: 'manual' },
    });
    expect(await stage.json('suppression', 'check', BOB)).toMatchObject({ suppressed: false });
    await stage.json('suppression', 'remove', JANE);
    expect(await stage.jsonLines('suppression', 'list')).toEqual([]);
    expect((await stage.run(['suppression', 'remove', JANE])).code).toBe(1);
  });

  test('is left in what somebody configured, which is named', async () => {
    await stage.json('credential', 'add', '--name', 'crm', '--from', JANE);
    const { accounts, traces } = await erase('--verify');
    expect(accounts[0]?.left).toEqual([
      {
        ...{ what: 'credential', name: 'crm' },
        remedy: `relayctl credential change crm --remove-from ${JANE} --account default`,
      },
    ]);
    expect(traces).toMatchObject([{ where: 'credential', configuration: true }]);
    const dry = await stage.run(['erase', JANE, '--dry-run']);
    expect([dry.code, dry.out]).toEqual([0, expect.stringContaining('left: credential crm')]);
    expect(await stage.json('erase', JANE, '--dry-run')).toEqual({
      address: JANE,
      dry_run: true,
      accounts: [{ account: 'default', open: { to: 0, from: 0 }, left: accounts[0]?.left }],
    });
  });

  test('says beforehand what stands against it, and when nothing does', async () => {
    const dry = async () => (await stage.run(['erase', JANE, '--dry-run'])).out;
    expect(await dry()).toBe('default: nothing stands against it\n');
    await stage.accept({ recipients: [JANE, BOB] });
    expect(await dry()).toMatch(/^default: deliveries have no final state yet: 1 to .*msg_/);
    expect(await stage.json('erase', JANE, '--dry-run')).toMatchObject({
      accounts: [{ open: { to: 1, from: 0 } }],
    });
  });

  test('is found in every file of the data folder, until nothing is left', async () => {
    await stage.accept({ recipients: [JANE] });
    await stage.settle(() => ({ state: 'delivered' }));
    const dry = await stage.run(['erase', JANE, '--dry-run', '--verify', '--json']);
    expect(dry.code).toBe(1);
    const where = (JSON.parse(dry.out) as { traces: { where: string }[] }).traces.map((trace) => trace.where);
    expect(where).toContain('the log of the database');
    expect((await erase('--verify')).traces).toEqual([]);
    const beside = path.join(stage.dataDir, 'beside.txt');
    for (const text of ['to Jane@rcpt.example ', Buffer.from(`x${JANE}y`).toString('base64')])
      appendFileSync(beside, text);
    const found = await stage.run(['erase', JANE, '--verify', '--yes', '--json']);
    expect(found.code).toBe(1);
    expect(JSON.parse(found.out)).toMatchObject({
      traces: [
        { file: beside, offset: 3 },
        { file: beside, offset: 23 },
      ],
    });
  });
});

test('a database is written anew while no relay runs', async () => {
  const refused = await stage.run(['db', 'compact']);
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('relayd')]);
  const alone = new CliStage();
  await alone.json('account', 'add', 'shop');
  expect(await alone.json('db', 'compact')).toMatchObject({
    ...{ file: databasePath(alone.dataDir), after_bytes: expect.any(Number) as number },
  });
  expect(await alone.jsonLines('account', 'list')).toHaveLength(2);
  await alone.dispose();
});
