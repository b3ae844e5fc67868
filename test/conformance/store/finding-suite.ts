/** What the checks keep over a restart, and the events of the server. */
import { describe, expect, test } from 'vitest';
import type { CheckState } from '../../../src/store/findings.ts';
import { benchFor, type Engine } from './engine.ts';

const ALL = { accountId: undefined, messageId: undefined, recipient: undefined, types: [] };
const AGES = { contentMs: 1, metadataMs: 1, eventsMs: 1_000 };

export function describeFindings(engine: Engine): void {
  describe('checks', () => {
    const bench = benchFor(engine);
    const failed: CheckState = { name: 'egress', ok: false, sinceMs: 900, detail: 'closed', remedy: 'ask' };
    const well: CheckState = { name: 'egress', ok: true, sinceMs: 2_000, detail: 'open', remedy: undefined };

    test('are read back after a restart as they were last told, and each turn is an event of the server', async () => {
      const { open } = bench();
      const before = await open();
      expect(await before.findings.checkStates()).toEqual([]);
      expect(await before.findings.lastServerEvent()).toBe(0);
      await before.findings.recordChecks([failed, { ...failed, name: 'dns' }], 1_000);
      await before.findings.recordChecks([well], 2_000);
      await before.close();
      const after = await open();
      expect(await after.findings.checkStates()).toEqual([{ ...failed, name: 'dns' }, well]);
      const events = await after.findings.serverEvents({ after: 0, limit: 10 });
      expect(events).toEqual([
        {
          sequence: 1,
          type: 'check_failed',
          atMs: 1_000,
          data: { check: 'egress', detail: 'closed', remedy: 'ask' },
        },
        {
          sequence: 2,
          type: 'check_failed',
          atMs: 1_000,
          data: { check: 'dns', detail: 'closed', remedy: 'ask' },
        },
        { sequence: 3, type: 'check_recovered', atMs: 2_000, data: { check: 'egress', detail: 'open' } },
      ]);
      expect(await after.findings.serverEvents({ after: 1, limit: 1 })).toEqual([events[1]]);
      expect(await after.findings.lastServerEvent()).toBe(3);
    });

    test('put no event of the server among those of accounts, which webhooks read', async () => {
      const store = await bench().open();
      await store.findings.recordChecks([failed], 1_000);
      expect((await store.events.readEvents({ ...ALL, after: 0, limit: 10 })).events).toEqual([]);
    });

    test('drop events past their age, and give no number twice', async () => {
      const store = await bench().open();
      await store.findings.recordChecks([failed], 1_000);
      await store.findings.recordChecks([well], 2_000);
      await store.retention.clean(2_500, AGES);
      expect(await store.findings.serverEvents({ after: 0, limit: 10 })).toMatchObject([{ sequence: 2 }]);
      await store.retention.clean(9_000, AGES);
      expect(await store.findings.lastServerEvent()).toBe(2);
      await store.findings.recordChecks([failed], 9_000);
      expect(await store.findings.serverEvents({ after: 0, limit: 10 })).toMatchObject([
        { sequence: 2 },
        { sequence: 3 },
      ]);
      expect(await store.findings.checkStates()).toEqual([failed]);
    });

    test('remember when was looked, and a domain that changed is an event of its account', async () => {
      const { open } = bench();
      const store = await open();
      const [account] = await store.directory.listAccounts();
      const change = { accountId: account!.id, atMs: 5, data: { domain: 'site.example', problems: ['spf'] } };
      await store.findings.recordLooks(
        [
          { subject: 'lists', atMs: 1, found: '' },
          { subject: 'dom_a', atMs: 5, found: 'spf:wrong' },
        ],
        [change],
        [],
      );
      await store.findings.recordLooks([{ subject: 'lists', atMs: 7, found: '' }], [], ['dom_gone']);
      expect(await store.findings.lookStates()).toEqual([
        { subject: 'dom_a', atMs: 5, found: 'spf:wrong' },
        { subject: 'lists', atMs: 7, found: '' },
      ]);
      await store.findings.recordLooks([], [], ['dom_a']);
      expect(await store.findings.lookStates()).toHaveLength(1);
      const { events } = await store.events.readEvents({ ...ALL, after: 0, limit: 10 });
      expect(events).toMatchObject([
        { type: 'domain_changed', atMs: 5, accountName: account!.name, data: change.data },
      ]);
    });
  });
}
