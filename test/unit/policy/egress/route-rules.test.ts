import { describe, expect, test } from 'vitest';
import { chooseRoute, type RoutedMail } from '../../../../src/policy/egress/route-rules.ts';
import { routeRule as route } from '../../../support/route-rules.ts';

const MAIL: RoutedMail = {
  domain: 'example.com',
  provider: { name: undefined },
  account: 'shop',
  stream: 'transactional',
};
const nameOf = (chosen: ReturnType<typeof chooseRoute>) =>
  typeof chosen === 'object' ? chosen.name : chosen;

describe('the route of a recipient', () => {
  test('is direct where no route matches', () => {
    expect(chooseRoute([], MAIL)).toBeUndefined();
    expect(chooseRoute([route('other', { accounts: ['blog'] })], MAIL)).toBeUndefined();
  });

  test('is the first that matches, in the order of the file', () => {
    expect(nameOf(chooseRoute([route('one'), route('two')], MAIL))).toBe('one');
    expect(nameOf(chooseRoute([route('one', { streams: ['broadcast'] }), route('two')], MAIL))).toBe('two');
  });

  test('matches where every list that is not empty has the value', () => {
    const rule = route('both', { accounts: ['shop'], streams: ['broadcast', 'transactional'] });
    expect(nameOf(chooseRoute([rule], MAIL))).toBe('both');
    expect(chooseRoute([rule], { ...MAIL, account: 'blog' })).toBeUndefined();
  });

  test.each([
    ['example.com', 'example.com', true],
    ['example.com', 'mail.example.com', false],
    ['*.example.com', 'mail.example.com', true],
    ['*.example.com', 'a.b.example.com', true],
    ['*.example.com', 'example.com', false],
    ['*.example.com', 'notexample.com', false],
  ])('%s and the domain %s: %s', (pattern, domain, matches) => {
    const others = Array.from({ length: 10_000 }, (_, number) => `c${number}.test`);
    for (const domains of [[pattern], [...others, pattern], [pattern, ...others]]) {
      const chosen = chooseRoute([route('it', { domains })], { ...MAIL, domain });
      expect(nameOf(chosen)).toBe(matches ? 'it' : undefined);
    }
  });

  test('waits for the provider only where it depends on it', () => {
    const google = route('google', { providers: ['google'] });
    const ofBlog = route('of-blog', { providers: ['google'], accounts: ['blog'] });
    const unknown = { ...MAIL, provider: undefined };
    expect(chooseRoute([google, route('rest')], unknown)).toBe('look-up');
    expect(nameOf(chooseRoute([route('first'), google], unknown))).toBe('first');
    expect(nameOf(chooseRoute([ofBlog, route('rest')], unknown))).toBe('rest');
    expect(nameOf(chooseRoute([google, route('rest')], { ...MAIL, provider: { name: 'google' } }))).toBe(
      'google',
    );
    expect(nameOf(chooseRoute([google, route('rest')], MAIL))).toBe('rest');
  });
});
