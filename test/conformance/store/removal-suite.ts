/** The end of an account: what it may do ends at once, what it has goes step by step, and nothing of it is left in any table. */
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import type { AttemptRecord } from '../../../src/store/delivery-records.ts';
import { MAX_CHUNK_BYTES } from '../../../src/store/message-records.ts';
import { eventually } from '../../support/eventually.ts';
import { benchFor, type Bench, type Engine, type OpenedStore, type RawRows } from './engine.ts';
import { indexAll } from './search-suite.ts';
import { acceptMany, claimAll, HOUR_MS, newCredential, newMessage, settleAll } from './fixtures.ts';

const DESTINATION = 'rcpt.example';

/** What becomes of the rows of each table. A table that is not here fails the test: decide. */
const GONE = [
  'account account_storage attempt content_chunk credential credential_usage credential_use delivery dkim_key domain erasure',
  'event health_hour health_state idempotency known_recipient look_state message person_grant refused_message report_count search_block search_run soft_bounce',
  'statistic statistic_delta stream stream_misfit suppression suspension template template_version unverified_report usage_count webhook',
  'webhook_delivery',
].flatMap((words) => words.split(' '));
/** The audit log says who removed what, and no selector is made twice for a domain. */
const KEPT = ['audit', 'audit_head', 'audit_text', 'dkim_selector'];
const OF_NO_ACCOUNT = [
  'check_state counter data_key destination destination_count destination_limit destination_try duty login_throttle master_key_check',
  'event_pending node node_life person person_factor person_identity person_recovery_code person_session person_used_token postern_schema schema search_state server_event shaping_count shared_bucket source_day source_limit upload',
].flatMap((words) => words.split(' '));

interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly credentialId: string;
  readonly username: string;
  /** In texts of all that it has. */
  readonly marks: readonly string[];
  readonly key: string;
  readonly credentialKey: string;
}

export function describeRemoval(engine: Engine): void {
  describe('an account that is removed', () => {
    const bench = benchFor(engine);

    test('leaves no row in any table, and takes nothing of another', async () => {
      const { store, raw, doomed, stays } = await twoTenants(bench());
      await store.spool.accept(await newMessage(store, { accountId: doomed.id }));
      await indexAll(store);
      const before = await rowsOf(raw);
      const holders = [...before].filter(([, rows]) => isMarked(rows, doomed)).map(([table]) => table);
      expect(holders.filter((table) => GONE.includes(table)).sort()).toEqual(GONE.toSorted());
      const known = [...GONE, ...KEPT, ...OF_NO_ACCOUNT];
      expect([...before.keys()].filter((table) => !known.includes(table))).toEqual([]);
      await cancelAll(store, doomed);
      await begin(store, doomed);
      await removeAll(store, doomed);
      await eventually(async () => {
        const after = await rowsOf(raw);
        for (const [table, rows] of after)
          if (!KEPT.includes(table)) expect(isMarked(rows, doomed), table).toBe(false);
        expect(after.get('upload')).toEqual([]);
        return true;
      });
      const after = await rowsOf(raw);
      for (const table of GONE.filter((name) => !FOLDED.includes(name))) {
        const [was, is] = [before, after].map((all) =>
          all.get(table)?.filter((row) => isMarked([row], stays)),
        );
        expect(is, table).toEqual(was);
        expect(is?.length, table).toBeGreaterThan(0);
      }
      for (const table of FOLDED)
        expect(
          isMarked([...(after.get('statistic') ?? []), ...(after.get('statistic_delta') ?? [])], stays),
          table,
        ).toBe(true);
    });

    test('may do nothing from the first commit on, and its name is free', async () => {
      const { store, doomed, stays } = await twoTenants(bench());
      const at = await store.directory.latestVersion();
      await begin(store, doomed);
      expect(await store.directory.latestVersion()).toBeGreaterThan(at);
      expect(await store.directory.credentialsChangedSince(at)).toEqual([doomed.credentialId]);
      expect(await store.directory.credentialByUsername(doomed.username)).toMatchObject({
        revokedAtMs: expect.any(Number) as number,
      });
      const draft = { accountId: doomed.id, credentialId: doomed.credentialId };
      expect(await store.spool.accept(await newMessage(store, draft))).toMatchObject({
        kind: 'credential-changed',
      });
      const webhooks = await store.webhooks.listWebhooks(doomed.id);
      expect(webhooks.map(({ state }) => state)).toEqual(['disabled']);
      expect(await store.directory.accountByName(doomed.name)).toBeUndefined();
      expect((await store.directory.listAccounts()).map(({ id }) => id)).not.toContain(doomed.id);
      expect((await store.directory.listAccounts()).map(({ id }) => id)).toContain(stays.id);
      await store.directory.addAccount({ id: 'acc_again', name: doomed.name, createdAtMs: 1 }, 'test');
      expect((await store.removal.accountsRemoving()).map(({ id }) => id)).toEqual([doomed.id]);
      // A second time changes nothing.
      await begin(store, doomed);
      expect(await store.directory.accountByName(doomed.name)).toMatchObject({ id: 'acc_again' });
      const seen = await store.directory.latestVersion();
      await removeAll(store, doomed);
      // Who watches sessions has to look at all of them: the rows that say which are gone.
      for (const version of [at, seen])
        expect(await store.directory.credentialsChangedSince(version)).toBeUndefined();
      expect(await store.directory.credentialsChangedSince(await store.directory.latestVersion())).toEqual(
        [],
      );
      expect(await store.removal.accountsRemoving()).toEqual([]);
      expect(await store.directory.accountByName(doomed.name)).toMatchObject({ id: 'acc_again' });
    });

    test('gives its domains back with the first step', async () => {
      const { store, doomed, stays } = await twoTenants(bench());
      const name = domainOf(doomed);
      expect(await store.directory.domainHolder(name)).toMatchObject({ accountId: doomed.id });
      await begin(store, doomed);
      await store.removal.removeSomeOf(doomed.id, 0, systemClock.now(), 'test');
      await eventually(async () => (await store.directory.domainHolder(name)) === undefined);
      await addDomain(store, stays.id, name, 'dom_taken');
      await eventually(async () => (await store.directory.domainHolder(name))?.accountId === stays.id);
    });

    test('waits for the attempts that are under way, whose outcomes are settled as ever', async () => {
      const { store, doomed } = await twoTenants(bench());
      await store.shaping.resume({ kind: 'account', subject: doomed.id }, systemClock.now(), 'test');
      await store.spool.accept(
        await newMessage(store, { accountId: doomed.id, recipients: [`a@${DESTINATION}`] }),
      );
      const { claims } = await claimAll(store.spool);
      expect(claims).toHaveLength(1);
      await cancelAll(store, doomed);
      await begin(store, doomed);
      expect(await steps(store, doomed)).toEqual({ kind: 'waits' });
      await settleAll(store.spool, claims);
      expect((await countsOf(store))?.delivered).toBe(2);
      await removeAll(store, doomed);
      expect(await countsOf(store)).toMatchObject({ delivered: 1, queued: 0, cancelled: 0 });
    });

    test('is removed in bounded steps, which another process goes on with', async () => {
      const { open } = bench();
      const first = await open();
      await first.directory.addAccount({ id: 'acc_many', name: 'many', createdAtMs: 1 }, 'test');
      await acceptMany(first, 250, { accountId: 'acc_many', recipients: [`a@${DESTINATION}`] });
      await settleAll(first.spool, (await claimAll(first.spool)).claims);
      await first.removal.beginRemoval('acc_many', '250 messages', systemClock.now(), 'test');
      for (let taken = 0; taken < 2; taken++)
        expect(await first.removal.removeSomeOf('acc_many', 0, systemClock.now(), 'test')).toMatchObject({
          kind: 'more',
        });
      expect((await countsOf(first))?.delivered).toBe(50);
      await first.close();
      const second = await open();
      expect((await second.removal.accountsRemoving()).map(({ id }) => id)).toEqual(['acc_many']);
      await removeAll(second, { id: 'acc_many' });
      expect(await countsOf(second)).toBeUndefined();
      expect(
        (
          await second.events.readEvents({
            accountId: undefined,
            messageId: undefined,
            recipient: undefined,
            types: [],
            after: 0,
            limit: 9,
          })
        ).events,
      ).toEqual([]);
      // Numbers go on after those that are gone.
      const last = await second.events.lastEventSequence();
      await second.spool.accept(await newMessage(second));
      expect(await second.events.lastEventSequence()).toBeGreaterThan(Math.max(500, last));
    });

    test('is counted first', async () => {
      const { store, doomed } = await twoTenants(bench());
      expect(await store.removal.accountContents(doomed.id)).toMatchObject({
        ...{
          domains: 1,
          credentials: 1,
          messages: 2,
          suppressions: 1,
          webhooks: 1,
          templates: 1,
          streams: 2,
        },
        ...{ refused: 1, reports: 1 },
      });
      const { count, more } = await store.removal.countEventsOf(doomed.id, 0);
      expect(count).toBeGreaterThan(3);
      expect(more).toBe(false);
      const nobody = await store.removal.accountContents('acc_nobody');
      expect(Object.values(nobody).every((one) => one === 0)).toBe(true);
      await expect(begin(store, { id: 'acc_nobody' })).rejects.toMatchObject({ code: 'not-found' });
      expect(await store.removal.removeSomeOf('acc_nobody', 0, 1, 'test')).toEqual({ kind: 'done' });
      // One that is not being removed is left alone.
      expect(await store.removal.removeSomeOf(doomed.id, 0, 1, 'test')).toEqual({ kind: 'done' });
      expect((await store.removal.accountContents(doomed.id)).messages).toBe(2);
    });
  });
}

const ATTEMPT: AttemptRecord = {
  text: 'Ok',
  ...{ atMs: 1, host: 'mx', address: '127.0.0.1', tls: undefined, replyCode: 250, status: '2.0.0' },
  ...{ stage: 'final', durationMs: 1 },
};

/** Counts move from one to the other by themselves. */
const FOLDED = ['statistic', 'statistic_delta'];

const begin = (store: OpenedStore, { id }: Pick<Tenant, 'id'>) =>
  store.removal.beginRemoval(id, 'in words', systemClock.now(), 'test');

/** Until it is done or waits. */
async function steps(store: OpenedStore, { id }: Pick<Tenant, 'id'>) {
  for (let behind = 0; ;) {
    const step = await store.removal.removeSomeOf(id, behind, systemClock.now(), 'test');
    if (step.kind !== 'more') return step;
    behind = step.eventsBehind;
  }
}

async function removeAll(store: OpenedStore, tenant: Pick<Tenant, 'id'>): Promise<void> {
  expect(await steps(store, tenant)).toEqual({ kind: 'done' });
}

const cancelAll = (store: OpenedStore, { id }: Tenant) =>
  store.queue.cancel({ accountId: id, id: undefined, destination: undefined }, systemClock.now(), 'test');

async function countsOf(store: OpenedStore) {
  return (await store.queue.destination(DESTINATION))?.counts;
}

/** Two accounts with something in every table, alike. */
async function twoTenants({ open, dataDir, rawOf }: Bench) {
  const store = await open();
  const raw = rawOf(dataDir);
  const doomed = await tenant(store, raw, 'doomed');
  const stays = await tenant(store, raw, 'stays');
  return { store, raw, doomed, stays };
}

function domainOf({ name }: Pick<Tenant, 'name'>): string {
  return `${name}.example`;
}

async function addDomain(store: OpenedStore, accountId: string, name: string, id: string): Promise<void> {
  const [createdAtMs, verifiedAtMs] = [1, 2];
  await store.directory.addDomain(
    { id, accountId, name, verifiedAtMs, recordStatus: {}, createdAtMs },
    [
      {
        ...{ domain: name, selector: `${id}-key`, algorithm: 'rsa-sha256', state: 'active', createdAtMs },
        ...{ sealedPrivateKey: new Uint8Array([1]), publicKey: 'p' },
      },
    ],
    'test',
  );
}

async function tenant(store: OpenedStore, raw: RawRows, name: string): Promise<Tenant> {
  const nowMs = systemClock.now();
  const id = `acc_${name}`;
  await store.directory.addAccount({ id, name, createdAtMs: nowMs }, 'test');
  await addDomain(store, id, domainOf({ name }), `dom_${name}`);
  const username = `${name}-user`;
  const credential = await newCredential(store, {
    accountId: id,
    accountName: name,
    username,
    name: `${name}-login`,
  });
  await store.directory.addCredential(credential, 'test');
  // A person stays, so nothing of the account is in its row.
  await store.people.addPerson(
    {
      ...{ id: `usr_${id.length}`, email: `${id.length}@people.example`, name: 'Carol', createdAtMs: nowMs },
      grants: [{ accountId: id, role: 'operator', readsContent: false }],
    },
    'test',
  );
  const misfit = { stream: 'broadcast', misfit: 'other-domain', lastAtMs: nowMs, messages: 1 } as const;
  await store.directory.recordStreamMisfits([{ accountId: id, ...misfit, exampleId: 'msg_1' }]);
  await store.webhooks.addWebhook(
    {
      ...{
        id: `whk_${name}`,
        accountId: id,
        url: `https://${name}.example/`,
        events: [],
        createdAtMs: nowMs,
      },
      sealedSecret: new Uint8Array([1]),
    },
    'test',
  );
  await store.templates.addTemplate(
    {
      ...{ id: `tpl_${name}`, accountId: id, name: `${name}-template`, createdAtMs: nowMs },
      first: { subject: 'x', html: `<p>${name}</p>`, text: undefined, variables: [], createdAtMs: nowMs },
    },
    'test',
  );
  await store.suppressions.addSuppression(
    {
      ...{ accountId: id, scope: '', address: `gone@${name}.example`, reason: 'manual', evidence: name },
      ...{ createdAtMs: nowMs, expiresAtMs: undefined, createdBy: 'test' },
    },
    'test',
  );
  const draft = {
    ...{
      accountId: id,
      credentialId: credential.id,
      signingDomain: domainOf({ name }),
      tags: [`${name}-tag`],
    },
    ...{
      reversePath: `a@${name}.example`,
      recipients: [`${name}@${DESTINATION}`],
      content: `Subject: ${name}\r\n\r\n`,
    },
  };
  const mark = { key: `${name}-key`, bodyHash: undefined, result: '{}' };
  await store.spool.accept(await newMessage(store, draft), mark);
  // A content of several chunks goes bit by bit.
  for (let index = 0; index < 2; index++)
    await store.spool.putChunk(`${name}-upload`, index, Buffer.alloc(MAX_CHUNK_BYTES, `${name} `));
  await store.spool.accept({
    ...(await newMessage(store, draft)),
    content: { kind: 'chunks', upload: `${name}-upload`, chunkCount: 2 },
  });
  const { claims } = await claimAll(store.spool);
  const mine = claims.filter(({ facts }) => facts.accountId === id);
  await settleAll(store.spool, mine.slice(0, 1), { attempts: [{ ...ATTEMPT, text: name }] });
  const about = {
    accountId: id,
    scope: '',
    address: `${name}@${DESTINATION}`,
    reason: 'soft-bounces' as const,
  };
  await settleAll(store.spool, mine.slice(1), {
    state: 'bounced',
    attempts: [{ ...ATTEMPT, text: name }],
    event: { type: 'bounced', atMs: nowMs, data: { hard: false } },
    softBounce: {
      rule: { messages: 9, spanMs: HOUR_MS },
      suppression: {
        ...about,
        evidence: '',
        createdAtMs: nowMs,
        expiresAtMs: undefined,
        createdBy: 'delivery',
      },
    },
  });
  await store.refusals.keepRefused({
    ...{
      id: `msg_refused_${name}`,
      accountId: id,
      credentialId: credential.id,
      via: 'smtp',
      client: '192.0.2.1',
    },
    ...{
      refusedAtMs: nowMs,
      reversePath: `a@${name}.example`,
      recipients: ['x@example.com'],
      recipientCount: 1,
    },
    ...{ reply: '550', fix: undefined, headerFrom: undefined, subject: undefined, leftOut: 0 },
    headers: Buffer.from('From: x\r\n\r\n'),
  });
  await store.reports.keepReport({
    ...{
      id: `rpt_${name}`,
      accountId: id,
      receivedAtMs: nowMs,
      kind: 'bounce',
      form: 'dsn',
      recipient: undefined,
    },
    ...{ messageId: undefined, client: '192.0.2.1', why: 'no token', reading: undefined },
    headers: Buffer.from('From: x\r\n\r\n'),
  });
  await store.findings.recordLooks([{ subject: `dom_${name}`, atMs: nowMs, found: '{}' }], [], []);
  const restricted = { accountId: id, stream: 'broadcast', level: 'hold', reason: name } as const;
  await store.health.setHealth({ ...restricted, perMinute: undefined, atMs: nowMs }, 'test');
  await store.shaping.suspend({
    ...{ kind: 'account', subject: id, atMs: nowMs, untilMs: undefined, reason: name, actor: 'test' },
  });
  await store.erasure.beginErasure(
    {
      ...{ id: `era_${name}`, accountId: id, address: `x@${name}.example`, hash: 'hash:x', knownAs: 'x' },
      pseudonym: 'erased-x@erased.invalid',
    },
    nowMs,
    'test',
  );
  const last = await store.events.lastEventSequence();
  await store.webhooks.recordWebhooks([
    {
      ...{
        webhookId: `whk_${name}`,
        atMs: nowMs,
        cursor: last,
        failingSinceMs: undefined,
        deliveredAtMs: undefined,
      },
      ...{ recovered: false, ends: undefined },
      outcomes: [
        {
          ...{
            sequence: last,
            eventType: 'accepted',
            messageId: `msg_${name}`,
            attempts: 1,
            wasRecorded: false,
          },
          ...{ result: 'failed', nextAttemptAtMs: undefined, firstAttemptAtMs: nowMs, attempt: undefined },
        },
      ],
    },
  ]);
  const account = `(SELECT id FROM account WHERE public_id = '${id}')`;
  const credentialKey = `(SELECT id FROM credential WHERE public_id = '${credential.id}')`;
  for (const text of [
    `INSERT INTO account_storage (account_id, octets) VALUES (${account}, 1)`,
    `INSERT INTO credential_use (credential_id, at, name, networks) VALUES (${credentialKey}, 1, '${name}', '[]')`,
    ...[id, credential.id].flatMap((holder) => [
      `INSERT INTO usage_count VALUES ('${holder}', 3600, 1, 1, 1, 1, 9)`,
      `INSERT INTO known_recipient VALUES ('${holder}', 'a hash', 1)`,
    ]),
    // A node that folds beside this may have counted it already.
    `INSERT INTO statistic (span, account_id, kind, number, name) VALUES (1, ${account}, 1, 1, '${name}')`,
  ])
    await raw.run(text);
  const [keys] = await raw.all(`SELECT ${account} AS key, ${credentialKey} AS "credentialKey"`);
  const { key, credentialKey: ofCredential } = keys as Readonly<Record<string, unknown>>;
  return {
    ...{ id, name, credentialId: credential.id, username, marks: [name, credential.id] },
    ...{ key: String(key), credentialKey: String(ofCredential) },
  };
}

async function rowsOf(raw: RawRows): Promise<ReadonlyMap<string, readonly object[]>> {
  const tables = await raw.tables();
  const all = new Map<string, readonly object[]>();
  for (const table of tables) all.set(table, await raw.all(`SELECT * FROM ${table}`));
  return all;
}

/** Some row is of the tenant: it refers to it by key, or has one of its marks in some column. */
function isMarked(rows: readonly object[], { marks, key, credentialKey }: Tenant): boolean {
  return rows.some((row) => {
    const { account_id: account, credential_id: credential } = row as Readonly<Record<string, unknown>>;
    if (String(account) === key || String(credential) === credentialKey) return true;
    const text = Object.values(row)
      .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)))
      .join('\n');
    return marks.some((mark) => text.includes(mark));
  });
}
