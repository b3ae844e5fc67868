/** The audit log: who did what, in a chain that is whole whoever writes, and what a person's erasing leaves of it. */
import { describe, expect, test } from 'vitest';
import { verifyAudit, type AuditVerdict } from '../../../src/admin/audit.ts';
import { partsOf } from '../../../src/store/audit-chain.ts';
import { writesOf, type Role } from '../../../src/store/store.ts';
import { VERBS } from '../../../src/store/store-verbs.ts';
import { DECISIONS, type Audited, type Decision } from './audited-verbs.ts';
import { benchFor, type Engine, type OpenedStore } from './engine.ts';
import { defaultAccountId, HOUR_MS, newCredential } from './fixtures.ts';

/** Changes the database behind the back of the relay, as who has the file or a login to the server can: without triggers. */
export type Tamper = (dataDir: string, ...statements: readonly string[]) => Promise<void>;

const AT = 1_800_000_000_000;
const ALICE = 'relayctl:alice@192.0.2.7';

export function verified(store: OpenedStore, head?: string): Promise<AuditVerdict> {
  return verifyAudit(store.audit, { head, box: undefined });
}

export async function suppress(store: OpenedStore, address: string, actor = ALICE): Promise<void> {
  const accountId = await defaultAccountId(store);
  const why = {
    reason: 'manual',
    evidence: '',
    createdAtMs: AT,
    expiresAtMs: undefined,
    createdBy: 'test',
  } as const;
  await store.suppressions.addSuppression({ accountId, scope: '', address, ...why }, actor);
}

export function describeAudit(engine: Engine, tamper: Tamper): void {
  describe('the audit log', () => {
    const bench = benchFor(engine);

    test('every verb that changes something is decided', () => {
      const table: Readonly<Record<string, Readonly<Record<string, Decision>>>> = DECISIONS;
      for (const role of Object.keys(VERBS) as Role[])
        expect(Object.keys(table[role] ?? {}).toSorted(), role).toEqual(writesOf(role).toSorted());
    });

    test.each(
      Object.entries(DECISIONS).flatMap(([role, verbs]) =>
        Object.entries(verbs).flatMap(([verb, decision]: [string, Decision]) =>
          typeof decision === 'string' ? [] : [{ name: `${role}.${verb}`, decision }],
        ),
      ),
    )('$name writes its line, in the chain', async ({ decision }: { decision: Audited }) => {
      const store = await bench().open();
      const accountId = await defaultAccountId(store);
      await decision.write({ store, accountId });
      const [line] = await store.audit.auditLines({}, 1);
      expect(line).toMatchObject({ action: decision.action, sequence: expect.any(Number) as number });
      if (decision.ofAccount) expect(line?.account).toBe(accountId);
      expect(await verified(store)).toMatchObject({ broken: undefined, head: { sequence: line?.sequence } });
    });

    test('says who, by which key, from where, what, to what and in which account', async () => {
      const store = await bench().open();
      await store.directory.addCredential(await newCredential(store, { id: 'crd_key', kind: 'api' }), ALICE);
      await store.audit.noteAudit({
        ...{ atMs: AT + 0.4, actor: 'api:crd_key@2001:db8::1', action: 'message cancel', subject: 'msg_1' },
      });
      const accountId = await defaultAccountId(store);
      const [line, before] = await store.audit.auditLines({}, 10);
      expect(line).toMatchObject({
        ...{ atMs: AT, actor: 'api:crd_key', credential: 'crd_key', account: accountId },
        ...{ origin: '2001:db8::1', action: 'message cancel', subject: '["msg_1"]' },
        ...{ sequence: 2, previous: before?.hash, texts: [] },
      });
      expect(before).toMatchObject({
        ...{ actor: 'relayctl:alice', credential: undefined, origin: '192.0.2.7', account: accountId },
      });
    });

    test.each(['add', 'change'] as const)(
      'what a key may do is in the line of its %s, however long its lists are; what is left out is said',
      async (verb) => {
        const store = await bench().open();
        const credential = await newCredential(store, { id: 'crd_key', kind: 'api' });
        const names = Array.from({ length: 100 }, (_, at) => `domain-${at}.example`);
        const granted = {
          ...{ ...credential, scopes: ['admin'], domains: names },
          fromAddresses: names.map((name) => `user@${name}`),
          networks: names.map((_, at) => `10.0.${at}.0/24`),
          ...{ sendDsn: true, dsnTo: 'alice@example.org', expiresAtMs: AT, dailyQuota: 7 },
          ...{ limits: { messages_per_hour: 9 }, name: 'n'.repeat(2_000), secretHash: Buffer.from('s3cret') },
        };
        if (verb === 'add') await store.directory.addCredential(granted, ALICE);
        else {
          await store.directory.addCredential(credential, ALICE);
          await store.directory.changeCredential(credential, granted, AT, ALICE);
        }
        const [line] = await store.audit.auditLines({ action: `credential ${verb}` }, 1);
        const parts = partsOf(line?.subject ?? '') ?? [];
        expect(parts[0]).toMatch(/^crd_key (api|name) n+ \(\d+ more characters\)$/);
        expect(parts[1]).toBe(
          'scopes (1) ["admin"] rate 60 quota 7 limits {"messages_per_hour":9} tls 0 dsn 1 ' +
            `expires ${new Date(AT).toISOString()} stream ${credential.stream}`,
        );
        expect(parts[4]).toMatch(/^domains \(100\) \["domain-0\.example",.* \(\d+ more characters\)$/);
        expect(parts[5]).toMatch(/^networks \(100\) \["10\.0\.0\.0\/24",.* \(\d+ more characters\)$/);
        expect(parts[6]).toBe('from (100)');
        expect(parts.at(-1)).toMatch(/^\(\d+ more\)$/);
        expect(line?.subject).not.toContain('@');
        expect(JSON.stringify(line)).not.toContain('s3cret');
        expect(line?.texts.map(({ text }) => text).slice(0, 2)).toEqual([
          'alice@example.org',
          'user@domain-0.example',
        ]);
        expect(await verified(store)).toMatchObject({ broken: undefined });
      },
    );

    test('is found by each of its columns, and by clear text', async () => {
      const store = await bench().open();
      const accountId = await defaultAccountId(store);
      await store.directory.addCredential(await newCredential(store, { id: 'crd_key', kind: 'api' }), ALICE);
      await suppress(store, 'User_1@Example.com', 'api:crd_key@192.0.2.1');
      await suppress(store, 'userx1@example.com', 'relayctl:bob');
      await store.audit.noteAudit({
        atMs: AT + HOUR_MS,
        actor: 'relayd',
        action: 'relayd stop',
        subject: '100% done',
      });
      const actions = async (filter: Parameters<typeof store.audit.auditLines>[0]) =>
        (await store.audit.auditLines(filter, 10)).map(({ action }) => action);
      const [add, change, stop] = ['credential add', 'suppression add', 'relayd stop'];
      expect(await actions({})).toEqual([stop, change, change, add]);
      expect(await actions({ actor: 'relayctl:bob' })).toEqual([change]);
      expect(await actions({ credential: 'crd_key' })).toEqual([change]);
      expect(await actions({ account: accountId })).toEqual([change, change, add]);
      expect(await actions({ account: 'acc_other' })).toEqual([]);
      expect(await actions({ action: 'suppression' })).toEqual([change, change]);
      expect(await actions({ action: 'suppress' })).toEqual([]);
      expect(await actions({ sinceMs: AT + 1, untilMs: AT + HOUR_MS })).toEqual([stop]);
      expect(await actions({ text: 'USER_1@example' })).toEqual([change]);
      expect(await actions({ text: '0% DONE' })).toEqual([stop]);
      const [newest] = await store.audit.auditLines({}, 1);
      expect(await actions({ before: newest!.id, actor: 'relayctl:alice' })).toEqual([add]);
      expect(await actions({ after: newest!.id - 1 })).toEqual([stop]);
    });

    test('has no address of a recipient or a sender in clear, and none after it was erased', async () => {
      const store = await bench().open();
      await suppress(store, 'user@example.com');
      await store.queue.hold(
        {
          ...{ accountId: undefined, id: undefined, destination: undefined },
          sender: 'USER@example.com',
          subject: 'My illness',
        },
        AT,
        ALICE,
      );
      const { lines } = await store.audit.auditStretch(0, 100);
      expect(lines.map(({ subject }) => subject).join()).not.toMatch(/example\.com|illness/i);
      expect(lines.flatMap(({ texts }) => texts.map(({ text }) => text))).toEqual([
        ...['user@example.com', 'USER@example.com', 'My illness', 'USER@example.com', 'My illness'],
      ]);
      const kept = await store.audit.auditHead();
      expect(await store.audit.eraseAuditText(['User@Example.com', 'nobody@example.com'], AT, ALICE)).toBe(3);
      expect((await store.audit.auditLines({ text: 'user@example' }, 10)).length).toBe(0);
      const after = await store.audit.auditStretch(0, 100);
      expect(after.lines.flatMap(({ texts }) => texts.map(({ text }) => text))).toEqual([
        'My illness',
        'My illness',
      ]);
      expect(await verified(store, kept.hash)).toMatchObject({ broken: undefined, head: { sequence: 4 } });
    });

    test('gives each text a hash of its own, so that nobody tells by it which lines are of one person', async () => {
      const store = await bench().open();
      await suppress(store, 'user@example.com');
      await suppress(store, 'user@example.com');
      const [one, other] = (await store.audit.auditLines({}, 2)).map(({ subject }) => partsOf(subject)?.[0]);
      expect(one).toMatchObject({ hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
      expect(one).not.toEqual(other);
    });

    test('keeps clear text as long as events, and its lines for good', async () => {
      const store = await bench().open();
      await suppress(store, 'user@example.com');
      const ages = { contentMs: 1, metadataMs: 1, eventsMs: HOUR_MS };
      await store.retention.clean(AT + HOUR_MS - 1, ages);
      expect((await store.audit.auditLines({}, 1))[0]?.texts).toHaveLength(1);
      await store.retention.clean(AT + HOUR_MS + 1, ages);
      expect((await store.audit.auditLines({}, 1))[0]?.texts).toHaveLength(0);
      expect(await verified(store)).toMatchObject({ broken: undefined, head: { sequence: 1 } });
    });

    test('takes any text of a tenant, in a line that stays one', async () => {
      const store = await bench().open();
      await suppress(store, 'a\0b\ud800\n"c"\\@example.com', 'api:x\ny\0@\ud800z');
      await store.audit.noteAudit({
        atMs: AT,
        actor: 'x',
        action: 'a\nb\0',
        subject: ['\ud800\n', 'é'.repeat(5_000)],
      });
      const [note] = await store.audit.auditLines({}, 1);
      expect(note).toMatchObject({ action: 'a b' });
      expect(note!.subject.length).toBeLessThan(1_100);
      expect(await verified(store)).toMatchObject({ broken: undefined, head: { sequence: 2 } });
    });

    test('rolls back with its change', async () => {
      const store = await bench().open();
      await suppress(store, 'user@example.com');
      await expect(store.directory.revokeCredential('crd_none', AT, ALICE)).rejects.toMatchObject({
        code: 'not-found',
      });
      await suppress(store, 'user@example.com');
      expect(await verified(store)).toMatchObject({ broken: undefined, head: { sequence: 2 } });
    });

    test('is one chain without gaps, however many write at once', async () => {
      const { open } = bench();
      const relay = await open();
      const tool = await open({ exclusive: false });
      const accountId = await defaultAccountId(relay);
      const writers = [relay, tool, relay, tool];
      await Promise.all(
        writers.flatMap((store, writer) =>
          Array.from({ length: 20 }, async (_, number) => {
            const address = `${writer}-${number}@example.com`;
            if (number % 4 === 0)
              await store.queue.hold({ accountId, id: undefined, destination: `d${number}` }, AT, ALICE);
            else if (number % 4 === 1)
              await store.directory.revokeCredential('crd_none', AT, ALICE).catch(() => undefined);
            else await suppress(store, address);
          }),
        ),
      );
      // Of five holds two lines each, of ten suppressions one.
      expect(await verified(relay)).toMatchObject({
        broken: undefined,
        head: { sequence: 4 * (2 * 5 + 10) },
      });
    });

    const behindTheBack = async (...statements: readonly string[]) => {
      const { dataDir, open } = bench();
      const store = await open();
      for (let number = 1; number <= 5; number++) await suppress(store, `user${number}@example.com`);
      const kept = await store.audit.auditHead();
      await tamper(dataDir, ...statements);
      return { store, kept };
    };

    test.each([
      ...[
        'at = at + 1',
        `actor = 'relayctl:mallory'`,
        `credential = 'crd_x'`,
        'account = NULL',
        'origin = NULL',
      ],
      ...[
        `action = 'other'`,
        `subject = '["other"]'`,
        `hash = (SELECT o.hash FROM audit o WHERE o.sequence = 5)`,
      ],
    ])('shows that a line was changed: %s', async (change) => {
      const { store } = await behindTheBack(`UPDATE audit SET ${change} WHERE sequence = 3`);
      expect((await verified(store)).broken).toMatchObject({ sequence: 3 });
    });

    test.each([
      ['a line was removed', 3, ['DELETE FROM audit WHERE sequence = 3']],
      ['the first was removed', 1, ['DELETE FROM audit WHERE sequence = 1']],
      ['the end was removed', 4, ['DELETE FROM audit WHERE sequence > 3']],
      [
        'two lines were swapped',
        2,
        [
          'UPDATE audit SET sequence = 99 WHERE sequence = 2',
          'UPDATE audit SET sequence = 2 WHERE sequence = 3',
          'UPDATE audit SET sequence = 3 WHERE sequence = 99',
        ],
      ],
      [
        'a line was put in at the end',
        6,
        [
          `INSERT INTO audit (sequence, at, actor, action, subject, hash)
           SELECT 6, at, actor, action, subject, hash FROM audit WHERE sequence = 5`,
        ],
      ],
      ['a line lost its hash', 3, ['UPDATE audit SET hash = NULL WHERE sequence = 3']],
      [
        'a line was taken out of the chain',
        3,
        ['UPDATE audit SET hash = NULL, sequence = NULL WHERE sequence = 3'],
      ],
      ['the clear text was changed', 3, [`UPDATE audit_text SET text = 'other@example.com' WHERE line = 3`]],
    ] as const)('shows that %s', async (_, sequence, statements) => {
      const { store } = await behindTheBack(...statements);
      expect((await verified(store)).broken).toMatchObject({ sequence });
    });

    test('shows by a hash that was kept elsewhere that the end was removed with the head', async () => {
      const { store, kept } = await behindTheBack(
        'DELETE FROM audit WHERE sequence > 3',
        'UPDATE audit_head SET last = 3, hash = (SELECT hash FROM audit WHERE sequence = 3)',
      );
      expect((await verified(store)).broken).toBeUndefined();
      expect((await verified(store, kept.hash)).broken).toMatchObject({ sequence: 3 });
    });

    test('says how many lines stand outside the chain', async () => {
      const { store } = await behindTheBack(
        `INSERT INTO audit (at, actor, action, subject) VALUES (1, 'relayctl:old', 'domain add', 'of an earlier release')`,
      );
      await suppress(store, 'user6@example.com');
      expect(await verified(store)).toMatchObject({
        ...{ broken: undefined, head: { sequence: 6 }, outside: { before: 0, after: 1 } },
      });
      const [, old] = await store.audit.auditLines({}, 2);
      expect(old).toMatchObject({ sequence: undefined, subject: 'of an earlier release' });
    });
  });
}
