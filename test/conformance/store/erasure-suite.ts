/** The erasing of one person: nothing with the address is left in any column, and nothing else is lost. */
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { createSecretBox, MASTER_KEY_BYTES } from '../../../src/platform/secret-box.ts';
import { mentionsOf } from '../../../src/smtp/address-mentions.ts';
import type { AttemptRecord } from '../../../src/store/delivery-records.ts';
import type { Erasure, NewErasure } from '../../../src/store/erasure.ts';
import { addressHashesOf, hashedSuppressions } from '../../../src/store/hashed-addresses.ts';
import { MAX_CHUNK_BYTES } from '../../../src/store/message-records.ts';
import type { NewSuppression } from '../../../src/store/suppression-records.ts';
import { findAll, indexAll } from './search-suite.ts';
import { eventually } from '../../support/eventually.ts';
import { verified } from './audit-suite.ts';
import { benchFor, type Bench, type Engine, type OpenedStore, type RawRows } from './engine.ts';
import { decisionOf, ERASED, type Planted } from './erased-columns.ts';
import {
  acceptMany,
  allEvents,
  claimAll,
  deliveriesOf,
  HOUR_MS,
  newCredential,
  newMessage,
  settleAll,
  settlement,
} from './fixtures.ts';

const JANE = 'jane@rcpt.example';
const BOB = 'bob@rcpt.example';
const SHOP = 'acc_shop';
const OTHER = 'acc_other';
const MASTER_KEY = new Uint8Array(MASTER_KEY_BYTES).fill(7);
const addressHashes = addressHashesOf(createSecretBox(MASTER_KEY, systemRandom));
const PSEUDONYM = 'erased-1@erased.invalid';
const MENTIONS = mentionsOf(JANE);

export function describeErasure(engine: Engine): void {
  describe('a person who is erased', () => {
    const bench = benchFor(engine);

    test('every column with text or octets is decided', async () => {
      const { raw } = await shop(bench());
      const undecided: string[] = [];
      for (const [table, column] of await columnsOf(raw, engine))
        if (decisionOf(table, column) === undefined) undecided.push(`${table}.${column}`);
      expect(undecided).toEqual([]);
    });

    test('is in no column that is to be erased, wherever it was', async () => {
      const { store, raw } = await shop(bench());
      await fillTables(store, raw);
      const columns = (await columnsOf(raw, engine)).filter(
        ([table, column]) => decisionOf(table, column) === 'erased',
      );
      // Events go to the log by themselves, and counts to their rows.
      const moving = ['event_pending', 'statistic_delta'];
      for (const [table, column] of columns)
        if (!moving.includes(table)) await plant(raw, table, column, engine);
      const names = columns
        .filter(([table]) => !moving.includes(table))
        .map(([table, column]) => `${table}.${column}`);
      expect((await holders(raw)).filter((name) => names.includes(name)).toSorted()).toEqual(
        names.toSorted(),
      );
      await begin(store);
      const counts = await eraseAll(store);
      await eventually(async () => {
        expect(await holders(raw)).toEqual([]);
        return true;
      });
      expect(Object.entries(counts).filter(([, count]) => count === 0)).toEqual([]);
      expect(await verified(store)).toMatchObject({ broken: undefined });
    });

    test('has its mail without content and subject, and others keep theirs', async () => {
      const { store, raw } = await shop(bench());
      const both = await send(store, { recipients: ['Jane@RCPT.example', BOB], subject: 'Offer' });
      const from = await send(store, { reversePath: JANE, headerFrom: JANE, recipients: [BOB] });
      const about = await send(store, {
        ...{ via: 'dsn', reversePath: '', recipients: ['a@shop.example'], subject: 'Undelivered' },
        content: `Subject: x\r\n\r\nFinal-Recipient: rfc822; ${JANE}\r\n`,
      });
      const named = await send(store, { recipients: [BOB], content: `To: <${JANE}>\r\n\r\nhello\r\n` });
      const plain = await send(store, { recipients: [BOB, `mary${JANE}`] });
      const large = await newMessage(store, { accountId: SHOP, recipients: [BOB] });
      const part = Buffer.alloc(MAX_CHUNK_BYTES, 'x');
      // It begins in one chunk and ends in the next.
      await store.spool.putChunk('up', 0, Buffer.concat([part.subarray(5), Buffer.from(' jane')]));
      await store.spool.putChunk('up', 1, Buffer.from('@rcpt.example and so on'));
      await store.spool.accept({ ...large, content: { kind: 'chunks', upload: 'up', chunkCount: 2 } });
      const ofOther = await newMessage(store, { accountId: OTHER, recipients: [JANE] });
      await store.spool.accept(ofOther);
      const { claims } = await claimAll(store.spool);
      const settlements = deliveriesOf(claims).map((delivery) =>
        /jane/i.test(delivery.recipient) && !delivery.recipient.startsWith('mary')
          ? settlement(delivery, {
              state: 'bounced',
              attempts: [{ ...ATTEMPT, text: '5.1.1 <JANE@rcpt.example>: who?' }],
              event: {
                type: 'bounced',
                atMs: systemClock.now(),
                data: { hard: true, reply: `550 ${JANE} who?` },
              },
            })
          : settlement(delivery),
      );
      await store.spool.settle({ nowMs: systemClock.now(), settlements, dsns: [] });
      const before = await statisticsOf(store);
      const events = await store.events.countEvents(0);
      await begin(store);
      const counts = await eraseAll(store);
      expect(counts).toMatchObject({ deliveries: 1, messages: 3, contents: 5, attempts: 1 });
      expect(await store.queue.messageById(both)).toMatchObject({
        facts: { subject: undefined, messageIdField: `<${PSEUDONYM}>`, reversePath: 'sender@example.org' },
        deliveries: [
          {
            ...{ recipient: PSEUDONYM, state: 'bounced' },
            history: [{ text: `5.1.1 <${PSEUDONYM}>: who?` }],
          },
          { recipient: BOB, state: 'delivered' },
        ],
      });
      expect(await store.queue.messageById(from)).toMatchObject({
        facts: { reversePath: PSEUDONYM, headerFrom: PSEUDONYM, subject: undefined },
      });
      expect(await store.queue.messageById(about)).toMatchObject({ facts: { subject: undefined } });
      expect(await store.queue.messageById(named)).toMatchObject({ facts: { subject: 'x' } });
      expect(await store.queue.messageById(plain)).toMatchObject({
        facts: { subject: 'x' },
        deliveries: [{ recipient: BOB }, { recipient: `mary${JANE}` }],
      });
      for (const [id, chunks] of [
        ...[both, from, about, named, large.facts.id].map((gone) => [gone, 0] as const),
        ...[plain, ofOther.facts.id].map((kept) => [kept, 1] as const),
      ]) {
        const content = await store.queue.contentIdOf(id);
        expect(await store.content.chunkCount(content ?? -1), id).toBe(chunks);
      }
      expect(await statisticsOf(store)).toEqual(before);
      expect(await store.events.countEvents(0)).toEqual(events);
      expect(await store.queue.messageById(ofOther.facts.id)).toMatchObject({
        deliveries: [{ recipient: JANE }],
      });
      const said = (await store.events.readEvents({ ...allEvents(), messageId: both })).events;
      expect(said.map(({ recipient }) => recipient).toSorted()).toEqual(
        [PSEUDONYM, BOB, PSEUDONYM, BOB].toSorted(),
      );
      expect(said.find(({ type }) => type === 'bounced')?.data).toEqual({
        hard: true,
        reply: `550 ${PSEUDONYM} who?`,
      });
      expect((await raw.all('SELECT * FROM erasure')).length).toBe(0);
    });

    test.each(["o'jane", 'sales/jane', 'a=jane', '*jane', 'x+jane', 'mary.jane', '"jane x"'])(
      'is not %s at the same domain, who loses nothing',
      async (local) => {
        const { store } = await shop(bench());
        const other = `${local}@rcpt.example`;
        const id = await send(store, {
          ...{ reversePath: other, headerFrom: other, subject: 'Offer' },
          recipients: [{ recipient: other, originalRecipient: `rfc822;${other}` }],
          content: `To: <${other}>\r\n\r\nhello\r\n`,
        });
        await settleAll(store.spool, (await claimAll(store.spool)).claims);
        await begin(store);
        expect(Object.entries(await eraseAll(store)).filter(([, count]) => count > 0)).toEqual([]);
        expect(await store.queue.messageById(id)).toMatchObject({
          facts: { subject: 'Offer', reversePath: other, headerFrom: other },
          deliveries: [{ recipient: other }],
        });
        const events = (await store.events.readEvents({ ...allEvents(), messageId: id })).events;
        expect(new Set(events.map(({ recipient }) => recipient))).toEqual(new Set([other]));
        expect(await store.content.chunkCount((await store.queue.contentIdOf(id)) ?? -1)).toBe(1);
      },
    );

    test('is not somebody with a longer address, whose mail has that address bare in its text', async () => {
      const { store } = await shop(bench());
      const other = 'sales/jane@rcpt.example';
      const parts = { metadata: { of: `bill of ${other}` }, tags: [other], subject: `To ${other}` };
      const to = await send(store, {
        ...{ ...parts, recipients: [other, BOB] },
        content: `To: ${BOB}\r\n\r\nwrite to ${other}\r\n`,
      });
      const copied = await send(store, {
        ...{ recipients: [BOB], content: `Cc: x <a@x.example>,\r\n ${other}\r\n\r\n${other}\r\n` },
      });
      const both = await send(store, { recipients: [other], content: `To: ${other}\r\n\r\n${JANE}\r\n` });
      const text = `5.1.1 ${other} is unknown`;
      await settleAll(store.spool, (await claimAll(store.spool)).claims, {
        ...{ state: 'bounced', attempts: [{ ...ATTEMPT, text }] },
        event: { type: 'bounced', atMs: systemClock.now(), data: { hard: true, reply: text } },
      });
      const eventsOf = async (messageId: string) =>
        (await store.events.readEvents({ ...allEvents(), messageId })).events.filter(
          ({ recipient }) => recipient === other,
        );
      const before = [await store.queue.messageById(to), await eventsOf(to)];
      await begin(store);
      // No row of the message that has it in its header alone says whose address it is: the reply about it is replaced.
      expect(await eraseAll(store)).toMatchObject({ deliveries: 0, messages: 0, contents: 1, attempts: 1 });
      expect([await store.queue.messageById(to), await eventsOf(to)]).toEqual(before);
      for (const [id, chunks] of [
        [to, 1],
        [copied, 1],
        [both, 0],
      ] as const)
        expect(await store.content.chunkCount((await store.queue.contentIdOf(id)) ?? -1)).toBe(chunks);
    });

    test.each(['"jane"', '"JANE"', String.raw`"ja\ne"`, '\uff4aane'])(
      'is gone where it was spelled as %s',
      async (local) => {
        const { store } = await shop(bench());
        const spelled = `${local}@rcpt.example`;
        const id = await send(store, { recipients: [spelled], metadata: { to: spelled }, tags: [spelled] });
        const reply = { ...ATTEMPT, text: `5.1.1 <${spelled}>: who?` };
        await settleAll(store.spool, (await claimAll(store.spool)).claims, {
          ...{ state: 'bounced', attempts: [reply] },
          event: { type: 'bounced', atMs: systemClock.now(), data: { hard: true, reply: reply.text } },
        });
        await begin(store);
        expect(await eraseAll(store)).toMatchObject({ deliveries: 1, messages: 1, contents: 1, attempts: 1 });
        const known = JSON.stringify(await store.queue.messageById(id));
        const { events } = await store.events.readEvents({ ...allEvents(), messageId: id });
        expect(`${known}${JSON.stringify(events)}`).not.toMatch(/ne"?@rcpt\.example/i);
      },
    );

    test('is in no name of a tag, however many others are like it', async () => {
      const { store, raw } = await shop(bench());
      const account = `(SELECT id FROM account WHERE public_id = '${SHOP}')`;
      for (let number = 1000; number < 1500; number++)
        await raw.run(
          `INSERT INTO statistic (span, account_id, kind, number, name, accepted) VALUES (1, ${account}, 5, 1, 'jane-${number}', 3)`,
        );
      for (const name of [JANE, 'JANE@rcpt.example'])
        await raw.run(
          `INSERT INTO statistic (span, account_id, kind, number, name, accepted) VALUES (1, ${account}, 5, 1, 'z ${name}', 3)`,
        );
      await begin(store);
      expect(await eraseAll(store)).toMatchObject({ others: 2 });
      expect(await holders(raw)).toEqual([]);
      const names = await raw.all("SELECT name FROM statistic WHERE kind = 5 AND name NOT LIKE 'jane-%'");
      expect((names as { name: string }[]).map(({ name }) => name).toSorted()).toEqual([
        `z ${PSEUDONYM}`,
        `z ${PSEUDONYM} (2)`,
      ]);
    });

    test('is still not mailed by an account that had suppressed it', async () => {
      const { open } = bench();
      const store = await open({ masterKey: MASTER_KEY });
      await accounts(store);
      for (const scope of ['', 'broadcast'])
        await store.suppressions.addSuppression({ ...SUPPRESSED, scope, evidence: JANE }, 'test');
      await store.suppressions.addSuppression({ ...SUPPRESSED, address: BOB }, 'test');
      const at = await store.directory.latestVersion();
      expect(await store.directory.hasHashedSuppressions(SHOP)).toBe(false);
      await begin(store);
      expect(await store.directory.latestVersion()).toBeGreaterThan(at);
      // From the first commit on.
      expect(await suppressedOf(store, ['JANE@rcpt.example', BOB, 'c@rcpt.example'])).toEqual([
        'JANE@rcpt.example',
        BOB,
      ]);
      await settleAll(store.spool, (await claimAll(store.spool)).claims);
      await eraseAll(store);
      expect(await suppressedOf(store, [JANE, 'c@rcpt.example'])).toEqual([JANE]);
      expect(await suppressedOf(store, [JANE], OTHER)).toEqual([]);
      expect(await store.directory.hasHashedSuppressions(SHOP)).toBe(true);
      expect(await store.directory.hasHashedSuppressions(OTHER)).toBe(false);
      const [hash = ''] = addressHashes(JANE);
      expect(await store.suppressions.listSuppressions(SHOP, undefined, 9)).toMatchObject([
        { address: BOB },
        { address: hash, scope: '', evidence: '' },
        { address: hash, scope: 'broadcast', evidence: '' },
      ]);
      const reader = { ...store.suppressions, ...store.directory };
      const found = hashedSuppressions(reader, addressHashes);
      const nowMs = systemClock.now();
      expect(await found.suppressionFor(SHOP, 'transactional', JANE, nowMs)).toMatchObject({ address: hash });
      expect(await found.suppressionFor(SHOP, 'transactional', 'c@rcpt.example', nowMs)).toBeUndefined();
      expect(await found.suppressionFor(OTHER, 'transactional', JANE, nowMs)).toBeUndefined();
      // What waits for its attempt is looked at again.
      await store.suppressions.removeSuppression({ ...OF_HASH, address: hash, scope: '' }, nowMs, 'test');
      await store.suppressions.removeSuppression(
        { ...OF_HASH, address: hash, scope: 'broadcast' },
        nowMs,
        'test',
      );
      await store.spool.accept(
        await newMessage(store, { accountId: SHOP, recipients: [JANE], sendAtMs: nowMs + HOUR_MS }),
      );
      await store.suppressions.addSuppression({ ...SUPPRESSED, address: hash }, 'test');
      const { claims } = await claimAll(store.spool, { nowMs: nowMs + 2 * HOUR_MS });
      const ofShop = claims.filter(({ facts }) => facts.accountId === SHOP);
      const claimed = deliveriesOf(ofShop).filter(({ recipient }) => recipient === JANE);
      expect(claimed.map(({ suppressedBy }) => suppressedBy)).toEqual(['manual']);
    });

    test('who is erased again has one hash, and the second erasure finds nothing', async () => {
      const { open } = bench();
      const store = await open({ masterKey: MASTER_KEY });
      await accounts(store);
      await store.suppressions.addSuppression(SUPPRESSED, 'test');
      const first = await begin(store);
      // The same goes on.
      expect(await begin(store, { id: 'era_2', pseudonym: 'erased-2@erased.invalid' })).toEqual(first);
      await eraseAll(store);
      await store.suppressions.addSuppression(SUPPRESSED, 'test');
      await begin(store, { id: 'era_3' });
      const { suppressions, ...others } = await eraseAll(store, 'era_3');
      expect(suppressions).toBe(0);
      expect((await store.suppressions.listSuppressions(SHOP, undefined, 9)).length).toBe(1);
      // The suppression that was added by its address is in the audit log.
      expect(Object.entries(others).filter(([, count]) => count > 0)).toEqual([['audit_texts', 1]]);
      expect(await store.erasure.eraseSome('era_nobody', 1, 'test')).toMatchObject({ kind: 'done' });
      await expect(begin(store, { accountId: 'acc_nobody' })).rejects.toMatchObject({ code: 'conflict' });
    });

    test('who is suppressed anew while the erasure runs has no address in the list at its end', async () => {
      const { open } = bench();
      const store = await open({ masterKey: MASTER_KEY });
      await accounts(store);
      await begin(store);
      await store.suppressions.addSuppression(SUPPRESSED, 'test');
      expect(await begin(store, { id: 'era_2' })).toMatchObject({ id: 'era_1', counts: { suppressions: 1 } });
      await store.suppressions.addSuppression({ ...SUPPRESSED, scope: 'broadcast' }, 'test');
      await eraseAll(store);
      const [hash = ''] = addressHashes(JANE);
      expect(await store.suppressions.listSuppressions(SHOP, undefined, 9)).toMatchObject([
        { address: hash, scope: '' },
        { address: hash, scope: 'broadcast' },
      ]);
      expect(await suppressedOf(store, [JANE])).toEqual([JANE]);
    });

    test('is erased in bounded steps, which another process goes on with', async () => {
      const { open, dataDir, rawOf } = bench();
      const first = await open();
      await accounts(first);
      await acceptMany(first, 700, { accountId: SHOP, recipients: [JANE] });
      await settleAll(first.spool, (await claimAll(first.spool)).claims);
      await begin(first);
      const step = await first.erasure.eraseSome('era_1', systemClock.now(), 'test');
      expect(step).toMatchObject({ kind: 'more', counts: { deliveries: 100, contents: 100 } });
      await first.close();
      const second = await open();
      expect(await second.erasure.erasures()).toMatchObject([
        { id: 'era_1', accountId: SHOP, address: JANE, counts: { deliveries: 100 } },
      ]);
      expect(await eraseAll(second)).toMatchObject({ deliveries: 700, messages: 700, contents: 700 });
      expect(await second.erasure.erasures()).toEqual([]);
      await eventually(async () => (await holders(rawOf(dataDir))).length === 0);
    });

    test('is gone, and others are not, whatever retention and the index of search do meanwhile', async () => {
      const { store, raw } = await shop(bench());
      const sendAtMs = systemClock.now() + HOUR_MS;
      await acceptMany(store, 150, { accountId: SHOP, recipients: [JANE], subject: `for ${JANE}` });
      await acceptMany(store, 150, { accountId: SHOP, recipients: [BOB], subject: `about ${JANE}` });
      await settleAll(store.spool, (await claimAll(store.spool)).claims);
      await indexAll(store);
      await send(store, { recipients: [JANE], sendAtMs });
      const kept = await send(store, { recipients: [BOB], sendAtMs });
      await begin(store);
      // Content first, then the messages, while the erasure passes by.
      const meanwhile = async () => {
        for (const hours of [2, 2, 11, 11, 11, 11])
          await Promise.all([
            store.retention.clean(systemClock.now() + hours * HOUR_MS, AGES),
            store.search.indexSome(systemClock.now()),
          ]);
      };
      await Promise.all([steps(store), meanwhile()]);
      await store.queue.cancel(
        { accountId: SHOP, recipient: JANE, id: undefined, destination: undefined },
        systemClock.now(),
        'test',
      );
      await steps(store);
      expect(await store.erasure.erasures()).toEqual([]);
      await indexAll(store);
      expect(await findAll(store, { accountId: SHOP, search: 'jane' })).toEqual([]);
      const ofBob = await raw.all(`SELECT 1 FROM delivery WHERE recipient = '${BOB}'`);
      const found = await findAll(store, { accountId: SHOP, recipientPart: 'bob' });
      expect(found).toHaveLength(ofBob.length);
      expect(found).toContain(kept);
      await eventually(async () => (await holders(raw)).length === 0);
    });

    test('waits for mail that is under way and mentions it', async () => {
      const { store, raw } = await shop(bench());
      const id = await send(store, { recipients: [BOB], content: `To: ${JANE}\r\n\r\nboth of you\r\n` });
      await begin(store);
      const waits = await steps(store);
      expect(waits).toMatchObject({ kind: 'waits', messages: 1, counts: { contents: 0 } });
      expect(await steps(store)).toMatchObject({ kind: 'waits' });
      await settleAll(store.spool, (await claimAll(store.spool)).claims);
      expect(await eraseAll(store)).toMatchObject({ contents: 1, messages: 0 });
      expect(await store.queue.messageById(id)).toMatchObject({ facts: { subject: 'x' } });
      await eventually(async () => (await holders(raw)).length === 0);
    });
  });
}

const ATTEMPT: AttemptRecord = {
  ...{ atMs: 1, host: 'mx', address: '127.0.0.1', tls: undefined, replyCode: 550, status: '5.1.1' },
  ...{ stage: 'rcpt', durationMs: 1, text: 'who?' },
};

const AGES = { contentMs: HOUR_MS, metadataMs: 10 * HOUR_MS, eventsMs: 20 * HOUR_MS };
const OF_HASH = { accountId: SHOP, reason: undefined };
const SUPPRESSED: NewSuppression = {
  ...{ accountId: SHOP, scope: '', address: JANE, reason: 'manual', evidence: '' },
  ...{ createdAtMs: 1_800_000_000_000, expiresAtMs: undefined, createdBy: 'test' },
};

function begin(store: OpenedStore, parts: Partial<NewErasure> = {}): Promise<Erasure> {
  const erasure = { id: 'era_1', accountId: SHOP, address: JANE, pseudonym: PSEUDONYM, ...parts };
  return store.erasure.beginErasure(
    { ...erasure, hash: addressHashes(JANE)[0] ?? '', knownAs: 'known' },
    systemClock.now(),
    'test',
  );
}

/** Until it is done or waits. */
async function steps(store: OpenedStore, id = 'era_1') {
  for (;;) {
    const step = await store.erasure.eraseSome(id, systemClock.now(), 'test');
    if (step.kind !== 'more') return step;
  }
}

async function eraseAll(store: OpenedStore, id = 'era_1') {
  const step = await steps(store, id);
  expect(step.kind).toBe('done');
  return step.counts;
}

async function accounts(store: OpenedStore): Promise<void> {
  for (const [id, name] of [
    [SHOP, 'shop'],
    [OTHER, 'other'],
  ] as const)
    await store.directory.addAccount({ id, name, createdAtMs: 1 }, 'test');
}

async function shop({ open, dataDir, rawOf }: Bench) {
  const store = await open();
  await accounts(store);
  return { store, raw: rawOf(dataDir) };
}

async function send(store: OpenedStore, draft: Parameters<typeof newMessage>[1]): Promise<string> {
  const message = await newMessage(store, { accountId: SHOP, ...draft });
  await store.spool.accept(message);
  return message.facts.id;
}

async function suppressedOf(
  store: OpenedStore,
  recipients: readonly string[],
  accountId = SHOP,
): Promise<readonly string[]> {
  const result = await store.spool.accept(await newMessage(store, { accountId, recipients }));
  return result.kind === 'accepted' ? (result.suppressed?.[0] ?? []) : [];
}

async function statisticsOf(store: OpenedStore) {
  const hour = Math.floor(systemClock.now() / HOUR_MS) * HOUR_MS;
  return await store.statistics.statistics({
    ...{ accountIds: [SHOP], span: 'hour', fromMs: hour - 2 * HOUR_MS, toMs: hour + 2 * HOUR_MS },
    ...{ of: undefined, group: undefined, limit: 9 },
  });
}

/** A row in every table whose rows may mention somebody. */
async function fillTables(store: OpenedStore, raw: RawRows): Promise<void> {
  const nowMs = systemClock.now();
  const credential = await newCredential(store, { accountId: SHOP, accountName: 'shop', name: 'login' });
  await store.directory.addCredential(credential, 'test');
  await store.webhooks.addWebhook(
    {
      ...{ id: 'whk_1', accountId: SHOP, url: 'https://shop.example/', events: [], createdAtMs: nowMs },
      sealedSecret: new Uint8Array([1]),
    },
    'test',
  );
  const message = await newMessage(store, {
    ...{ accountId: SHOP, credentialId: credential.id, recipients: [JANE], tags: ['news'] },
    content: `To: ${JANE}\r\n\r\n`,
  });
  await store.spool.accept(message, { key: 'k', bodyHash: undefined, result: '{}' });
  const about = { accountId: SHOP, scope: '', address: JANE, reason: 'soft-bounces' as const };
  await settleAll(store.spool, (await claimAll(store.spool)).claims, {
    ...{ state: 'bounced', attempts: [ATTEMPT] },
    event: { type: 'bounced', atMs: nowMs, data: { hard: false } },
    softBounce: {
      rule: { messages: 9, spanMs: HOUR_MS },
      suppression: {
        ...about,
        ...{ evidence: '', createdAtMs: nowMs, expiresAtMs: undefined, createdBy: 'x' },
      },
    },
  });
  await store.suppressions.addSuppression({ ...SUPPRESSED, evidence: JANE }, 'test');
  await store.refusals.keepRefused({
    ...{ id: 'msg_refused', accountId: SHOP, credentialId: credential.id, via: 'smtp', client: '192.0.2.1' },
    ...{ refusedAtMs: nowMs, reversePath: JANE, recipients: [JANE], recipientCount: 1, reply: '550' },
    ...{ fix: undefined, headerFrom: JANE, subject: 'secret', leftOut: 0, headers: Buffer.from('From: x') },
  });
  await store.reports.keepReport({
    ...{ id: 'rpt_1', accountId: SHOP, receivedAtMs: nowMs, kind: 'bounce', form: 'dsn', recipient: JANE },
    ...{ messageId: undefined, client: '192.0.2.1', why: 'no token', reading: undefined },
    headers: Buffer.from('From: x\r\n\r\n'),
  });
  const restricted = { accountId: SHOP, stream: 'broadcast', level: 'hold', reason: 'x' } as const;
  await store.health.setHealth({ ...restricted, perMinute: undefined, atMs: nowMs }, 'test');
  await store.events.lastEventSequence();
  const account = `(SELECT id FROM account WHERE public_id = '${SHOP}')`;
  for (const text of [
    `INSERT INTO webhook_delivery (webhook_id, event_sequence, event_type, message_id, state, attempts, ended_at)
       SELECT id, 1, 'x', 'x', 'failed', 1, 1 FROM webhook`,
    // One that lasts, under another address.
    `INSERT INTO suppression (account_id, address, scope, reason, evidence, created_at, created_by)
       VALUES (${account}, 'x@x.example', '', 'manual', '', 1, 'x')`,
    `INSERT INTO known_recipient VALUES ('${SHOP}', 'known', 1), ('${credential.id}', 'known', 1)`,
    `INSERT INTO statistic (span, account_id, kind, number, name, accepted) VALUES (1, ${account}, 5, 1, 'x', 3)`,
    `INSERT INTO report_count VALUES (1, ${account}, 'x', 1)`,
    `INSERT INTO destination_try (destination_id, number, part, at, text, stage, duration_ms)
       SELECT id, 1, 1, 1, 'x', 'mail', 1 FROM destination`,
    `INSERT INTO destination_limit VALUES ('x', 'x', 'x', 1, 1, 1, 1, 1, 1, 1, 'x', 'x', 'x')`,
    `INSERT INTO source_limit VALUES ('x', 'x', 1, 1, 1, 'x', 'x')`,
    "INSERT INTO server_event VALUES (1, 'x', 1, '{}')",
    "INSERT INTO check_state VALUES ('x', 1, 1, 'x', 'x')",
    "INSERT INTO look_state VALUES ('x', 1, '{}')",
    "INSERT INTO suspension VALUES ('destination', 'x', 1, 1, 'x', 'x')",
  ])
    await raw.run(text);
}

/** Puts the address into a column of every row that is the account's. */
async function plant(raw: RawRows, table: string, column: string, engine: Engine): Promise<void> {
  const form: Planted | undefined = ERASED[table]?.[column];
  const json: Readonly<Record<string, string>> = {
    tags: JSON.stringify([`for ${JANE}`]),
    recipients: JSON.stringify([JANE]),
  };
  const value =
    form === 'json' ? (json[column] ?? JSON.stringify({ [JANE]: ['x', { in: `<${JANE}>` }] })) : JANE;
  const octets =
    engine.sharedDatabase === true ? `convert_to('${value}', 'UTF8')` : `CAST('${value}' AS BLOB)`;
  const only: Readonly<Record<string, string>> = {
    // Two of one account cannot have it.
    'suppression.address': ` WHERE address = '${JANE}'`,
    // Names of tags; others are of domains and streams.
    'statistic.name': ' WHERE kind = 5 AND span = 1',
  };
  const of = only[`${table}.${column}`] ?? '';
  await raw.run(`UPDATE ${table} SET ${column} = ${form === 'octets' ? octets : `'${value}'`}${of}`);
}

/** Of a list or JSON all that is in it. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.entries(value).flatMap(textsIn) : [];
}

/** Columns in which the address stands, as a dump of the tables has them: whatever their type. */
async function holders(raw: RawRows): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const table of await raw.tables())
    for (const row of await raw.all(`SELECT * FROM ${table}`))
      for (const [column, value] of Object.entries(row as Readonly<Record<string, unknown>>)) {
        const isIn =
          value instanceof Uint8Array
            ? MENTIONS.isInOctets(value)
            : textsIn(value).some((text) => MENTIONS.isIn(text));
        if (isIn) found.add(`${table}.${column}`);
      }
  return [...found];
}

/** Those with text or octets. */
async function columnsOf(raw: RawRows, engine: Engine): Promise<readonly (readonly [string, string])[]> {
  const found: (readonly [string, string])[] = [];
  for (const table of await raw.tables()) {
    if (table === 'schema' || table === 'postern_schema') continue;
    const text =
      engine.sharedDatabase === true
        ? `SELECT column_name AS name, data_type AS type FROM information_schema.columns
           WHERE table_schema = current_schema() AND table_name = '${table}'`
        : `SELECT name, lower(type) AS type FROM pragma_table_info('${table}')`;
    for (const { name, type } of (await raw.all(text)) as readonly { name: string; type: string }[])
      if (['text', 'blob', 'bytea'].includes(type)) found.push([table, name]);
  }
  return found;
}
