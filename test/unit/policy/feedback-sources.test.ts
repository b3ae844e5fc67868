import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadFeedbackSources } from '../../../src/config/feedback-sources.ts';
import {
  isFeedbackSources,
  parseFeedbackSources,
  sourcesWritingAs,
} from '../../../src/policy/feedback-sources.ts';

const shipped = loadFeedbackSources((file) => readFileSync(file, 'utf8'), undefined);
const namesOf = (author: string) => sourcesWritingAs(author, shipped).map(({ name }) => name);

describe('the list that comes with the program', () => {
  it('knows who writes as whom, at a domain and under it', () => {
    expect(namesOf('feedback@arf.mail.yahoo.com')).toEqual(['yahoo']);
    expect(namesOf('feedbackloop@yandexfbl.senderscore.net')).toEqual(['validity']);
    expect(namesOf('staff@hotmail.com')).toEqual(['outlook']);
  });

  it('takes no mailbox of a provider for its feedback loop', () => {
    for (const author of [
      'eve@yahoo.com',
      'eve@hotmail.com',
      'x@arf.mail.yahoo.com',
      'x@evilsenderscore.net',
    ])
      expect(namesOf(author), author).toEqual([]);
  });

  it('vouches by SPF only with domains of its own', () => {
    for (const { name, from, spf } of shipped)
      if (from.every((one) => !one.startsWith('@')) && name !== 'yahoo') expect(spf, name).toEqual([]);
  });
});

describe('a list of feedback sources', () => {
  const good = '[[source]]\nname = "a"\nfrom = ["FBL@A.test"]\ndkim = ["a.test"]\n';

  it('is read in lower case', () => {
    const read = parseFeedbackSources(good);
    expect(isFeedbackSources(read) && read).toEqual([
      { name: 'a', from: ['fbl@a.test'], dkim: ['a.test'], spf: [] },
    ]);
  });

  it('stands before the shipped one, which stays', () => {
    const all = loadFeedbackSources((file) => (file === 'own' ? good : readFileSync(file, 'utf8')), 'own');
    expect(all.map(({ name }) => name)).toEqual(['a', ...shipped.map(({ name }) => name)]);
    expect(() => loadFeedbackSources(() => '[[source]]\nname = "X"\n', 'own')).toThrow(/source 1, name/);
  });

  it.each([
    ['is no TOML', '[[source', 'line'],
    ['has another table', '[other]\n', 'other'],
    ['has a name twice', good + good, 'source "a"'],
    ['has an unknown key', `${good}spam = true\n`, 'source "a", spam'],
    ['has no author', '[[source]]\nname = "a"\ndkim = ["a.test"]\n', 'source "a", from'],
    [
      'has an author that is none',
      '[[source]]\nname = "a"\nfrom = ["fbl"]\ndkim = ["a.test"]\n',
      'source "a", from',
    ],
    [
      'has a domain that is none',
      '[[source]]\nname = "a"\nfrom = ["@a.test"]\ndkim = ["com"]\n',
      'source "a", dkim',
    ],
    ['has nobody who vouches', '[[source]]\nname = "a"\nfrom = ["@a.test"]\n', 'source "a"'],
  ])('that %s is refused, naming the place', (_, text, at) => {
    const read = parseFeedbackSources(text);
    expect(!isFeedbackSources(read) && read.at).toContain(at);
  });
});
