/** Search: an answer is what a comparison of every message gives, wherever the index has come, whatever the texts. */
import { describe, expect, test } from 'vitest';
import { idOf, makeId } from '../../../src/platform/ids.ts';
import { systemRandom } from '../../../src/platform/random.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { foldedAddresses, foldedMessageId, foldedText } from '../../../src/store/search/fold.ts';
import type { MessageFacts } from '../../../src/store/message-records.ts';
import type { MessageSearch } from '../../../src/store/search.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { benchFor, type Engine, type OpenedStore } from './engine.ts';
import { allMessages, claimAll, HOUR_MS, newMessage, settlement, type MessageDraft } from './fixtures.ts';

const DAY_MS = 24 * HOUR_MS;
const AGES = { contentMs: HOUR_MS, metadataMs: 10 * HOUR_MS, eventsMs: 20 * HOUR_MS };

/** Indexes all there is. */
export async function indexAll(store: OpenedStore, nowMs = systemClock.now()): Promise<number> {
  let documents = 0;
  for (;;) {
    const step = await store.search.indexSome(nowMs);
    documents += step.documents;
    if (!step.more) return documents;
  }
}

/** All that is found, page by page. */
export async function findAll(
  store: OpenedStore,
  search: Partial<MessageSearch>,
  limit = 7,
): Promise<readonly string[]> {
  const found: string[] = [];
  let before = search.before;
  for (;;) {
    const page = await store.search.searchMessages({ ...allMessages(), ...search, before, limit });
    expect(page.messages.length).toBeLessThanOrEqual(limit);
    found.push(...page.messages.map(({ facts }) => facts.id));
    if (page.next === undefined) return found;
    expect(page.next < (before ?? 'msg_~')).toBe(true);
    before = page.next;
  }
}

export function describeSearch(engine: Engine): void {
  describe('search', () => {
    const bench = benchFor(engine);

    test('finds by part of recipient, sender and subject, by Message-ID, reply, time and state', async () => {
      const store = await bench().open();
      const one = await accepted(store, {
        recipients: ['Alice.Smith@Mail.Example', 'bob@xn--mller-kva.example'],
        reversePath: 'bounce+7@shop.example',
        headerFrom: 'Shop@Shop.example',
        subject: 'Ihre Bestellung 4711: Größe "M" AND NEAR(*)',
        messageIdField: '<Abc.123@shop.example>',
      });
      const other = await accepted(store, { recipients: ['carol@other.example'], subject: 'x' });
      const check = async () => {
        const find = (search: Partial<MessageSearch>) => findAll(store, search);
        for (const search of [
          ...[
            'alice',
            'SMITH@mail',
            'shop.EXAMPLE',
            'bestellung 4711',
            'GRÖSSE',
            '"m" AND near(*',
            'müller.exa',
          ],
          ...['abc.123@SHOP.example', '<abc.123@shop.example>', 'xn--mller'],
        ])
          expect(await find({ search }), search).toEqual([one]);
        expect(await find({ search: 'nothing of it' })).toEqual([]);
        expect(await find({ recipientPart: 'ALICE' })).toEqual([one]);
        expect(await find({ recipientPart: 'shop' })).toEqual([]);
        expect(await find({ recipient: 'alice.smith@mail.example' })).toEqual([one]);
        expect(await find({ recipient: 'alice.smith@mail.exampl' })).toEqual([]);
        expect(await find({ sender: 'bounce+7' })).toEqual([one]);
        expect(await find({ sender: 'shop@' })).toEqual([one]);
        expect(await find({ subject: 'größe', sender: 'shop' })).toEqual([one]);
        expect(await find({ subject: 'größe', sender: 'example.org' })).toEqual([]);
        expect(await find({ messageIdField: 'abc.123@shop.example' })).toEqual([one]);
        expect(await find({ messageIdField: 'abc.123@shop.exampl' })).toEqual([]);
        expect(await find({ search: 'example' })).toEqual([other, one]);
        expect(await find({ search: 'example', state: 'delivered' })).toEqual([]);
        expect(await find({ search: 'example', destination: 'other.example' })).toEqual([other]);
        const now = systemClock.now();
        expect(await find({ search: 'example', sinceMs: now - HOUR_MS })).toHaveLength(2);
        expect(await find({ search: 'example', sinceMs: now + HOUR_MS })).toEqual([]);
        expect(await find({ search: 'example', untilMs: now - HOUR_MS })).toEqual([]);
      };
      // Before anything is indexed, then when all is.
      await check();
      await indexAll(store);
      expect(await store.search.searchStanding(systemClock.now())).toMatchObject({
        behind: 0,
        backToMs: undefined,
      });
      await check();
    });

    test('finds a part of a reply that failed, and the queue id of one that accepted', async () => {
      const store = await bench().open();
      const [full, fine] = [
        await accepted(store, { recipients: ['a@full.example'] }),
        await accepted(store, { recipients: ['a@fine.example'] }),
      ];
      await indexAll(store);
      const { claims } = await claimAll(store.spool);
      const reply = (code: number, status: string, text: string) => {
        const [one] = settlement({ deliveryId: 0, fence: 0 }).attempts;
        return [{ ...one!, replyCode: code, status, text }];
      };
      for (const { facts, deliveries } of claims) {
        const isFull = facts.id === full;
        const parts = isFull
          ? { state: 'bounced' as const, attempts: reply(552, '5.2.2', 'Mailbox FULL for this user') }
          : { attempts: reply(250, '2.0.0', 'Ok: queued as 4Xg7Rk1q2Z') };
        const settlements = deliveries.map((one) => settlement(one, parts));
        await store.spool.settle({ nowMs: systemClock.now(), settlements, dsns: [] });
      }
      const check = async () => {
        for (const part of ['box full', '552 5.2.2', 'FOR this user'])
          expect(await findAll(store, { reply: part }), part).toEqual([full]);
        for (const part of ['4xg7rk1q2z', 'queued as 4Xg7Rk1q2Z'])
          expect(await findAll(store, { reply: part }), part).toEqual([fine]);
        // What every host says is no way to find a message.
        expect(await findAll(store, { reply: 'queued as' })).toEqual([]);
        expect(await findAll(store, { reply: 'mailbox', search: 'full.example' })).toEqual([full]);
        expect(await findAll(store, { reply: 'mailbox', search: 'fine.example' })).toEqual([]);
        expect(await findAll(store, { reply: 'mailbox', state: 'bounced' })).toEqual([full]);
        expect(await findAll(store, { reply: 'mailbox', state: 'delivered' })).toEqual([]);
      };
      await check();
      await indexAll(store);
      await check();
    });

    test('gives what a comparison of every message gives, at every stage of the index', async () => {
      const store = await bench().open();
      const random = seededRandom(9);
      const accounts = [await account(store, 'one'), await account(store, 'two')];
      const all: MessageFacts[] = [];
      const recipients = new Map<string, readonly string[]>();
      const texts = new Texts(random);
      const accept = async (count: number, lastMs: number) => {
        const messages = [];
        for (let index = 0; index < count; index++) {
          const atMs = lastMs - Math.floor(random.float() * 3 * DAY_MS);
          const to = Array.from({ length: 1 + Math.floor(random.float() * 3) }, () => texts.address());
          const draft = {
            id: makeId('msg_', atMs, systemRandom),
            acceptedAtMs: atMs,
            accountId: accounts[Math.floor(random.float() * 2)]!,
            recipients: to,
            reversePath: random.float() < 0.1 ? '' : texts.address(),
            headerFrom: texts.address(),
            subject: random.float() < 0.1 ? undefined : texts.subject(),
            messageIdField: `<${Math.floor(random.float() * 1e9)}@id.example>`,
          };
          messages.push(await newMessage(store, draft));
          recipients.set(draft.id, to);
        }
        await Promise.all(messages.map((message) => store.spool.accept(message)));
        all.push(...messages.map(({ facts }) => facts));
      };
      const compare = async (times: number) => {
        for (let index = 0; index < times; index++) {
          const accountId = [undefined, ...accounts][Math.floor(random.float() * 3)];
          const field = (['search', 'recipientPart', 'sender', 'subject', 'messageIdField'] as const)[
            Math.floor(random.float() * 5)
          ]!;
          const sought = all[Math.floor(random.float() * all.length)]!;
          const text = partOf(sought, recipients.get(sought.id)!, field, random);
          if (foldedText(text).length < 3) continue;
          const found = await findAll(
            store,
            { accountId, [field]: text },
            1 + Math.floor(random.float() * 60),
          );
          const expected = all
            .filter((facts) => accountId === undefined || facts.accountId === accountId)
            .filter((facts) => has(facts, recipients.get(facts.id)!, field, text))
            .map(({ id }) => id)
            .sort((a, b) => (a < b ? 1 : -1));
          expect(sorted(found), `${field} ${JSON.stringify(text)}`).toEqual(expected);
          expect(new Set(found).size).toBe(found.length);
          const isIndexed = (await store.search.searchStanding(systemClock.now())).behind === 0;
          if (isIndexed) expect(found).toEqual(expected);
        }
      };
      const now = systemClock.now();
      await accept(120, now - 10 * DAY_MS);
      await compare(10);
      for (let step = 0; step < 2; step++) await store.search.indexSome(now);
      await compare(10);
      await accept(120, now);
      await compare(10);
      await indexAll(store, now);
      await compare(20);
      for (let round = 0; round < 20; round++) {
        await accept(12, now);
        await indexAll(store, now);
      }
      await compare(20);
      // Days that are over are merged, and again a week later.
      await indexAll(store, now + 20 * DAY_MS);
      await compare(20);
    });

    test('an account finds nothing of another', async () => {
      const store = await bench().open();
      const mine = await account(store, 'mine');
      const theirs = await account(store, 'theirs');
      const one = await accepted(store, { accountId: mine, subject: 'quarterly report' });
      const other = await accepted(store, { accountId: theirs, subject: 'quarterly report' });
      const check = async () => {
        expect(await findAll(store, { accountId: mine, subject: 'quarterly' })).toEqual([one]);
        expect(await findAll(store, { accountId: theirs, subject: 'quarterly' })).toEqual([other]);
        expect(await findAll(store, { accountId: 'acc_none', subject: 'quarterly' })).toEqual([]);
        expect(await findAll(store, { subject: 'quarterly' })).toEqual([other, one]);
      };
      await check();
      await indexAll(store);
      await check();
    });

    test('what retention removes goes from the index with the last message of its day', async () => {
      const { open, rawOf, dataDir } = bench();
      const store = await open();
      await accepted(store, { subject: 'old news' });
      const { claims } = await claimAll(store.spool);
      await store.spool.settle({
        nowMs: systemClock.now(),
        settlements: claims.flatMap(({ deliveries }) => deliveries.map((one) => settlement(one))),
        dsns: [],
      });
      await indexAll(store);
      expect(await rawOf(dataDir).all('SELECT 1 FROM search_block')).not.toEqual([]);
      const later = systemClock.now() + 12 * HOUR_MS;
      for (let step = 0; step < 5; step++) await store.retention.clean(later, AGES);
      expect(await findAll(store, { subject: 'old news' })).toEqual([]);
      await indexAll(store, later);
      expect(await rawOf(dataDir).all('SELECT 1 FROM search_run')).toEqual([]);
      expect(await rawOf(dataDir).all('SELECT 1 FROM search_block')).toEqual([]);
    });

    test('entries are made again from what the rows say now', async () => {
      const { open, rawOf, dataDir } = bench();
      const store = await open();
      const kept = await accepted(store, { subject: 'a common subject' });
      const erased = await accepted(store, { subject: 'a common secret' });
      await indexAll(store);
      const raw = rawOf(dataDir);
      const runs = () => raw.all('SELECT id FROM search_run ORDER BY id');
      const before = await runs();
      await raw.run(`UPDATE message SET subject = 'erased' WHERE public_id = '${erased}'`);
      await store.search.indexAgain([erased, 'msg_none']);
      expect((await store.search.searchStanding(systemClock.now())).unfinished).toBeGreaterThan(0);
      await indexAll(store);
      const after = await runs();
      expect(before.filter((row) => after.some((one) => String(idIn(one)) === String(idIn(row))))).toEqual(
        [],
      );
      expect(await findAll(store, { subject: 'common' })).toEqual([kept]);
      expect(await findAll(store, { subject: 'erased' })).toEqual([erased]);
    });

    test('steps that are taken at once, and an end in the middle, lose nothing and take nothing twice', async () => {
      const { open, rawOf, dataDir } = bench();
      const ids: string[] = [];
      let store = await open();
      // What is there when it begins may be met once more in the log of events.
      await indexAll(store);
      for (let round = 0; round < 20; round++) {
        ids.unshift(await accepted(store, { subject: `numbered round ${round}` }));
        // Each step has a message of its own: so there are enough runs to merge.
        await Promise.all([1, 2, 3].map(() => store.search.indexSome(systemClock.now())));
        if (round % 7 === 6) {
          await store.close();
          store = await open();
        }
      }
      await indexAll(store);
      expect(await findAll(store, { subject: 'numbered round' })).toEqual(ids);
      const [row] = await rawOf(dataDir).all('SELECT sum(documents) AS id FROM search_run WHERE state = 1');
      expect(Number(idIn(row!))).toBe(ids.length);
      expect((await rawOf(dataDir).all('SELECT 1 FROM search_run')).length).toBeLessThan(ids.length);
    });

    test('messages of one moment, and of many recipients, are all found', async () => {
      const store = await bench().open();
      const atMs = systemClock.now();
      const ids: string[] = [];
      for (let index = 0; index < 250; index++) {
        const id = idOf('msg_', atMs, String(index).padStart(16, '0'));
        ids.unshift(id);
        await store.spool.accept(await newMessage(store, { id, subject: 'the same moment' }));
      }
      const to = Array.from({ length: 900 }, (_, index) => `reader-${index}@list.example`);
      const wide = await accepted(store, { recipients: to, subject: 'wide' });
      for (const isIndexed of [false, true]) {
        if (isIndexed) await indexAll(store);
        expect(await findAll(store, { subject: 'moment' }, 40)).toEqual(ids);
        expect(await findAll(store, { recipientPart: 'reader-899' })).toEqual([wide]);
        expect(await findAll(store, { recipient: 'READER-450@list.example' })).toEqual([wide]);
      }
    });
  });
}

function idIn(row: object): unknown {
  return (row as { readonly id: unknown }).id;
}

async function accepted(store: OpenedStore, draft: MessageDraft): Promise<string> {
  const message = await newMessage(store, draft);
  await store.spool.accept(message);
  return message.facts.id;
}

async function account(store: OpenedStore, name: string): Promise<string> {
  const id = `acc_${name}`;
  await store.directory.addAccount({ id, name, createdAtMs: 1 }, 'test');
  return id;
}

type Field = 'search' | 'recipientPart' | 'sender' | 'subject' | 'messageIdField';
type Random = ReturnType<typeof seededRandom>;

/** A part of what the message has there, or of another text. */
function partOf(facts: MessageFacts, recipients: readonly string[], field: Field, random: Random): string {
  const { reversePath, headerFrom, subject = '', messageIdField } = facts;
  if (field === 'messageIdField') return messageIdField;
  const sources =
    field === 'search'
      ? [...recipients, reversePath, headerFrom, subject, messageIdField]
      : field === 'recipientPart'
        ? recipients
        : field === 'sender'
          ? [reversePath, headerFrom]
          : [subject];
  const text = sources[Math.floor(random.float() * sources.length)]!;
  const from = Math.floor(random.float() * Math.max(1, text.length - 3));
  const part = text.slice(from, from + 3 + Math.floor(random.float() * 20));
  return random.float() < 0.5 ? part : part.toUpperCase();
}

function has(facts: MessageFacts, recipients: readonly string[], field: Field, text: string): boolean {
  const folded = foldedText(text);
  const inAddress = (address: string) => foldedAddresses(address).some((form) => form.includes(folded));
  const inSubject = facts.subject !== undefined && foldedText(facts.subject).includes(folded);
  const inSender = inAddress(facts.reversePath) || inAddress(facts.headerFrom);
  const isId = foldedMessageId(facts.messageIdField) === foldedMessageId(text);
  switch (field) {
    case 'search':
      return recipients.some(inAddress) || inSender || inSubject || isId;
    case 'recipientPart':
      return recipients.some(inAddress);
    case 'sender':
      return inSender;
    case 'subject':
      return inSubject;
    case 'messageIdField':
      return isId;
  }
}

function sorted(ids: readonly string[]): readonly string[] {
  return [...ids].sort((a, b) => (a < b ? 1 : -1));
}

const WORDS = [
  ...[
    'order',
    'Invoice',
    'report',
    'AND',
    'NEAR',
    '"quoted"',
    '*',
    '-not',
    "o'neill",
    '100%',
    'a_b',
    '\\',
    'x',
  ],
  ...[
    'Größe',
    'STRASSE',
    'straße',
    '\u212aelvin',
    'é',
    'e\u0301',
    '日本語のメール',
    '\u{1f600}',
    'ΟΔΟΣ',
    'İstanbul',
    ':term',
  ],
  ...['aaaaaaaa', '0000000', 'ß', '{"a":1}', '$1', 'z'.repeat(1_500)],
];
const DOMAINS = ['example.com', 'mail.example.org', 'xn--mller-kva.example', 'a.b.c.example', 'shop.example'];

class Texts {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  subject(): string {
    return Array.from({ length: 1 + Math.floor(this.#random.float() * 6) }, () => this.#one(WORDS)).join(' ');
  }

  address(): string {
    const local = this.#one([
      'info',
      'j.smith',
      'no-reply',
      'Büro',
      `user${Math.floor(this.#random.float() * 500)}`,
    ]);
    return `${local}@${this.#one(DOMAINS)}`;
  }

  #one(of: readonly string[]): string {
    return of[Math.floor(this.#random.float() * of.length)]!;
  }
}
