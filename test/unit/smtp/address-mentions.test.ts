/** Mentions of one address in texts of others: every form is found, and no other address. */
import { describe, expect, test } from 'vitest';
import { mentionsOf } from '../../../src/smtp/address-mentions.ts';

const OTHER = 'erased-1@erased.invalid';

describe('an address in a text', () => {
  test.each([
    ['jane@x.example', '550 5.1.1 <Jane@X.Example>: unknown', `550 5.1.1 <${OTHER}>: unknown`],
    ['jane@x.example', 'mailto:jane%40x.example', 'mailto:erased-1%40erased.invalid'],
    [
      'jane@x.example',
      'list-bounces+jane=x.example@lists.example',
      'list-bounces+erased-1=erased.invalid@lists.example',
    ],
    ['jane+tag@x.example', 'ORCPT=rfc822;jane+2Btag@x.example', `ORCPT=rfc822;${OTHER}`],
    ['jane@x.example', 'jane@x.example.', `${OTHER}.`],
    ['jane@x.example', 'jane@x.example, jane@x.example', `${OTHER}, ${OTHER}`],
    ['jörg@xn--mller-kva.example', 'an Jörg@müller.example', `an ${OTHER}`],
    ['"jane doe"@x.example', 'to "jane doe"@x.example!', `to ${OTHER}!`],
    ['a.b$c@x.example', 'a.b$c@x.example', OTHER],
  ])('%s in %s', (key, text, erased) => {
    const mentions = mentionsOf(key);
    expect(mentions.isIn(text)).toBe(true);
    expect(mentions.replacedIn(text, OTHER)).toBe(erased);
  });

  test.each([
    'maryjane@x.example',
    'mary.jane@x.example',
    'jane@x.example.org',
    'jane@x.examples',
    'jane@xx.example',
    'jane+tag@x.example',
    'jane',
  ])('is not in %s', (text) => {
    expect(mentionsOf('jane@x.example').isIn(text)).toBe(false);
    expect(mentionsOf('jane@x.example').replacedIn(text, OTHER)).toBe(text);
  });

  test('stands alone in every form that its key equates', () => {
    const mentions = mentionsOf('jane@xn--mller-kva.example');
    for (const text of ['JANE@müller.example', '"j\\ane"@müller.example', 'jane@XN--mller-kva.example'])
      expect([mentions.is(text), mentions.replacedIn(text, OTHER)]).toEqual([true, OTHER]);
    expect(mentions.is('jane+tag@müller.example')).toBe(false);
  });

  test('has a word in it that no mention in ASCII lacks', () => {
    expect(mentionsOf('jane.doe-smith@x.example').needle).toBe('smith');
    expect(mentionsOf('ωω@x.example').needle).toBe('');
  });

  test('is found in octets', () => {
    const mentions = mentionsOf('jane@x.example');
    expect(mentions.isInOctets(Buffer.from('To: Jane <JANE@x.example>\r\n'))).toBe(true);
    expect(mentions.isInOctets(Buffer.from([0xff, 0xfe, 0x00]))).toBe(false);
  });
});
