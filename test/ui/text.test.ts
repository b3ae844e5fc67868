/** The languages of the dashboard: whole, and chosen as a reader prefers. */
import { expect, test } from 'vitest';
import { DELIVERY_STATES } from '../../src/policy/delivery-state.ts';
import { SUPPRESSION_REASONS } from '../../src/store/suppression-records.ts';
import { de } from '../../src/ui/text/de.ts';
import { en } from '../../src/ui/text/en.ts';
import { languageFor } from '../../src/ui/text/languages.ts';

/** Names, dates and signs that are the same word in both. */
const SAME = [
  'filters.tag',
  'message.messageId',
  'states.',
  'suppressions.reasons.import',
  'messages.others',
];

function* leaves(value: unknown, at = ''): Generator<readonly [string, string]> {
  if (typeof value === 'string') yield [at, value];
  // Its arguments are counts or names.
  else if (typeof value === 'function') yield [at, (value as (...values: unknown[]) => string)(2, 'name')];
  else
    for (const [key, one] of Object.entries(value as object))
      yield* leaves(one, at === '' ? key : `${at}.${key}`);
}

test('English and German say the same things, none of them empty', () => {
  const english = new Map(leaves(en));
  const german = new Map(leaves(de));
  expect([...german.keys()]).toEqual([...english.keys()]);
  for (const [key, words] of [...english, ...german]) expect(words.trim(), key).not.toBe('');
});

test('what German says is not left in English', () => {
  const german = new Map(leaves(de));
  const same = [...leaves(en)].filter(([key, words]) => german.get(key) === words && words.length > 12);
  expect(same.filter(([key]) => !SAME.some((one) => key.startsWith(one)))).toEqual([]);
});

test('every state of a delivery and every reason of a suppression has its words', () => {
  for (const text of [en, de]) {
    expect(Object.keys(text.states).toSorted()).toEqual([...DELIVERY_STATES].toSorted());
    expect(Object.keys(text.suppressions.reasons).toSorted()).toEqual([...SUPPRESSION_REASONS].toSorted());
  }
});

test('the language is the one chosen, else the first known of the browser, else English', () => {
  expect(languageFor('de', ['en-GB'])).toBe('de');
  expect(languageFor('xx', ['fr', 'de-AT', 'en'])).toBe('de');
  expect(languageFor(null, ['fr', 'toString'])).toBe('en');
  expect(languageFor(null, [])).toBe('en');
});
