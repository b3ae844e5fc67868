import { expect, test } from 'vitest';
import { unknownMail } from '../../../src/admin/unknown-mail.ts';
import { parseShaping } from '../../../src/policy/shaping/parse-shaping.ts';
import { mergeShaping } from '../../../src/policy/shaping/merge-rules.ts';

function rulesOf(...matches: readonly string[]) {
  const own = parseShaping(
    matches
      .map((match, at) => `[[rule]]\nname = "r${at}"\nmatch = { ${match} }\nmessages_per_day = 1`)
      .join('\n'),
  );
  if ('expected' in own) throw new Error(own.expected);
  const rules = mergeShaping({ rules: [], replies: [] }, own);
  if ('expected' in rules) throw new Error(rules.expected);
  return rules;
}

const account = (id: string, name: string) => ({ id, name, createdAtMs: 1 });
const reader = {
  listAccounts: async () => [account('acc_1', 'shop'), account('acc_2', 'web')],
  streamByName: async (accountId: string, name: string) =>
    accountId === 'acc_1' && name === 'news' ? ({ name } as never) : undefined,
};

test.each([
  ['account = "shop"', []],
  [
    'account = ["shop", "shopp"]',
    ['rule "r0" is for the account "shopp", which does not exist: it matches no mail of it'],
  ],
  ['stream = "news"', []],
  ['stream = "newz"', ['rule "r0" is for the stream "newz", which no account has: it matches no mail of it']],
  ['account = "shop", stream = "news"', []],
  [
    'account = "web", stream = "news"',
    ['rule "r0" is for the stream "news", which no account has: it matches no mail of it'],
  ],
])('of %s', async (match, said) => {
  expect(await unknownMail(rulesOf(match), reader)).toEqual(said);
});

test('reads nothing where no rule names an account or a stream', async () => {
  const unread = { listAccounts: () => Promise.reject(new Error('read')), streamByName: reader.streamByName };
  expect(await unknownMail(rulesOf('domain = "a.test"'), unread)).toEqual([]);
});
