/** Search in a store of fifty thousand messages of sixty accounts: what a comparison of all finds, in runs of every size. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { benchAccountId, fillSqlite } from '../../../bench/search-fill.ts';
import { messageOf, type MadeMessage } from '../../../bench/search-mail.ts';
import { foldedAddresses, foldedText } from '../../../src/store/search/fold.ts';
import type { MessageSearch } from '../../../src/store/search.ts';
import { indexSome } from '../../../src/store/sql/search/index-messages.ts';
import { openWriter } from '../../../src/store/sqlite/engine/connection.ts';
import { StepRunner } from '../../../src/store/sqlite/engine/step-runner.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import type { OpenedStore } from './engine.ts';
import { findAll } from './search-suite.ts';
import { openSqlite } from './sqlite-engine.ts';

const MAIL = { messages: 50_000, lastAtMs: 1_800_000_000_000, days: 5 };
const DAY_MS = 86_400_000;
const STEP = { events: 1_000, messages: 1_000, recipients: 2_000, mergeBlocks: 200 };

let dataDir: string;
let store: OpenedStore;
let all: readonly MadeMessage[];

beforeAll(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'postern-search-many-'));
  await openSqlite(dataDir).close();
  fillSqlite(dataDir, MAIL);
  all = Array.from({ length: MAIL.messages }, (_, number) => messageOf(number, MAIL)).reverse();
  const db = openWriter(dataDir, 1_000);
  db.pragma('synchronous = OFF');
  const steps = new StepRunner(db);
  for (let more = true; more;)
    ({ more } = db.transaction(() => steps.run(indexSome(MAIL.lastAtMs + 8 * DAY_MS, STEP)))());
  db.close();
  store = openSqlite(dataDir);
});
afterAll(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true });
});

type Check = readonly [search: Partial<MessageSearch>, has: (message: MadeMessage) => boolean];

const inRecipient = (part: string) => (message: MadeMessage) =>
  foldedAddresses(message.recipient).some((form) => form.includes(foldedText(part)));
const inSubject = (part: string) => (message: MadeMessage) =>
  foldedText(message.subject).includes(foldedText(part));

function checks(like: MadeMessage): readonly Check[] {
  const { recipient, subject, messageIdField, acceptedAtMs, text } = like;
  const person = recipient.slice(0, recipient.indexOf('@'));
  const queueId = text.split(' ').at(-1) ?? '';
  const sinceMs = acceptedAtMs - 3_600_000;
  const untilMs = acceptedAtMs + 3_600_000;
  return [
    [{ recipientPart: person }, inRecipient(person)],
    [{ recipient }, (one) => foldedText(one.recipient) === foldedText(recipient)],
    [{ messageIdField }, (one) => one.messageIdField === messageIdField],
    [{ subject: subject.slice(2, 14).toUpperCase() }, inSubject(subject.slice(2, 14))],
    [
      { search: person.slice(0, 9), sinceMs, untilMs },
      (one) =>
        (inRecipient(person.slice(0, 9))(one) || inSubject(person.slice(0, 9))(one)) &&
        one.acceptedAtMs >= sinceMs &&
        one.acceptedAtMs < untilMs,
    ],
    [{ sinceMs, untilMs }, (one) => one.acceptedAtMs >= sinceMs && one.acceptedAtMs < untilMs],
    [
      { reply: 'user unknown in virtual', recipientPart: person.slice(0, 4) },
      (one) => one.state === 'bounced' && inRecipient(person.slice(0, 4))(one),
    ],
    [
      { subject: subject.slice(0, 8), state: 'bounced' },
      (one) => one.state === 'bounced' && inSubject(subject.slice(0, 8))(one),
    ],
    ...(/^[0-9a-f]{16}$/.test(queueId) && /\d/.test(queueId)
      ? ([[{ reply: queueId }, (one) => one.text.endsWith(queueId)]] as Check[])
      : []),
  ];
}

test('finds what a comparison of all messages finds, of each account and of all', async () => {
  const random = seededRandom(4);
  let compared = 0;
  for (let times = 0; times < 12; times++) {
    const like = all[Math.floor(random.float() * all.length)]!;
    for (const account of [like.account, undefined]) {
      const accountId = account === undefined ? undefined : benchAccountId(account);
      for (const [search, has] of checks(like)) {
        const expected = all
          .filter((one) => account === undefined || one.account === account)
          .filter(has)
          .map(({ publicId }) => publicId);
        expect(await findAll(store, { accountId, ...search }, 100), JSON.stringify(search)).toEqual(expected);
        compared += expected.length;
      }
    }
  }
  expect(compared).toBeGreaterThan(10_000);
});

test('nothing is found of a text that is nowhere, however common its parts', async () => {
  for (const subject of ['order has password', 'zq7x9', 'invoice report alert'])
    expect(await findAll(store, { subject })).toEqual([]);
});
