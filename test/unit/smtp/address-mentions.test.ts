/** Mentions of one address in texts of others: every form is found, and no other address. */
import { describe, expect, test } from 'vitest';
import { mentionsOf, octetPatternsOf } from '../../../src/smtp/address-mentions.ts';

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
    ['jane@x.example', "'jane@x.example' unknown", `'${OTHER}' unknown`],
    ['jane@x.example', '<https://a.example/?to=jane@x.example>', `<https://a.example/?to=${OTHER}>`],
    ['jane@x.example', '550 <prvs=4711abc=jane@x.example>', `550 <prvs=4711abc=${OTHER}>`],
    // Of a forwarder (SRS).
    [
      'jane@x.example',
      'to <SRS0=HHH=TT=x.example=Jane@fwd.example>',
      'to <SRS0=HHH=TT=erased.invalid=erased-1@fwd.example>',
    ],
    [
      'jane@x.example',
      'SRS1=HHH=fwd.example==HHH=TT=x.example=jane%40second.example',
      'SRS1=HHH=fwd.example==HHH=TT=erased.invalid=erased-1%40second.example',
    ],
    [
      'jane@x.example',
      'u?a=srs0+HHH%3DTT%3Dx.example%3Djane%40fwd.example',
      'u?a=srs0+HHH%3DTT%3Derased.invalid%3Derased-1%40fwd.example',
    ],
    // Quoted without need, also in a text of JSON that is in another.
    ['jane@x.example', '550 <"jane"@x.example>', `550 <${OTHER}>`],
    ['jane@x.example', String.raw`550 <"ja\ne"@x.example>`, `550 <${OTHER}>`],
    ['jane@x.example', String.raw`{"to":"\"jane\"@x.example"}`, `{"to":"${OTHER}"}`],
    ['"jane doe"@x.example', String.raw`<"jane\ doe"@x.example>`, `<${OTHER}>`],
    // Escapes whose last octets are letters or digits.
    ['jane@x.example', 'u?a%3Djane%40x.example', 'u?a%3Derased-1%40erased.invalid'],
    ['jane@x.example', '%3Cjane@x.example%3E', `%3C${OTHER}%3E`],
    ['jane@x.example', '%253Cjane%2540x.example', '%253Cerased-1%2540erased.invalid'],
    ['jane@x.example', String.raw`\u003cjane@x.example\u003e`, String.raw`\u003c${OTHER}\u003e`],
    ['jane@x.example', String.raw`no\njane@x.example\n`, String.raw`no\n${OTHER}\n`],
    [
      'jane@x.example',
      'href=3Dhttps://x/?e=3Djane=40x.example',
      'href=3Dhttps://x/?e=3Derased-1=40erased.invalid',
    ],
    // Escapes in it.
    ['jane@x.example', 'jane&#64;x.example', 'erased-1&#64;erased.invalid'],
    ['jane@x.example', String.raw`jane\u0040x.example`, String.raw`erased-1\u0040erased.invalid`],
    ["o'neil@x.example", 'o%27neil@x.example, o&#39;neil@x.example', `${OTHER}, ${OTHER}`],
    [
      'jörg@xn--mller-kva.example',
      'j%C3%B6rg@m%C3%BCller.example J=C3=96rg@müller.example',
      `${OTHER} ${OTHER}`,
    ],
    ['jörg@x.example', 'jo\u0308rg@x.example', OTHER],
    ['strasse@x.example', '550 <Straße@x.example>', `550 <${OTHER}>`],
    ['jane@x.example', '550 <\uff4aane@x.example>', `550 <${OTHER}>`],
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
    'tag%2Bjane@x.example',
    "o'jane@x.example",
    "the box of o'jane@x.example is full",
    '<sales/jane@x.example>',
    'SRS0=HHH=TT=x.example=maryjane@fwd.example',
    'SRS0=HHH=TT=x.example=jane.doe@fwd.example',
    'SRS0=HHH=TT=mx.x.example=jane@fwd.example',
    'x.example=jane@fwd.example',
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

  test.each([
    ['list-bounces+jane=x.example@lists.example', 'list-bounces+erased-1=erased.invalid@lists.example'],
    ['"jane@x.example"@gate.example', '"erased-1@erased.invalid"@gate.example'],
    ['prvs=4711abc=jane@x.example', OTHER],
    ['SRS0=HHH=TT=x.example=jane@fwd.example', 'SRS0=HHH=TT=erased.invalid=erased-1@fwd.example'],
    ['"ja\\ne"@X.example', OTHER],
    ['not an address of jane@x.example', `not an address of ${OTHER}`],
  ])('is in the address %s', (text, erased) => {
    expect(mentionsOf('jane@x.example').isInAddress(text)).toBe(true);
    expect(mentionsOf('jane@x.example').replacedInAddress(text, OTHER)).toBe(erased);
  });

  test.each([
    'sales/jane@x.example',
    'a=jane@x.example',
    '!jane@x.example',
    "o'jane@x.example",
    '*jane@x.example',
    '',
  ])('is not in the address %s', (text) => {
    expect(mentionsOf('jane@x.example').isInAddress(text)).toBe(false);
    expect(mentionsOf('jane@x.example').replacedInAddress(text, OTHER)).toBe(text);
  });

  test.each([
    ['sales/jane@x.example', 'call sales/jane@x.example or Sales/Jane@X.example.'],
    ['to=jane@x.example', 'https://a.example/?to=jane@x.example&x'],
    ['sales/jane@x.example', 'https://a.example/?to=sales%2Fjane%40x.example'],
  ])('is not in a text about %s, who is known', (longer, text) => {
    const mentions = mentionsOf('jane@x.example').besides(['bob@x.example', longer, 'not an address']);
    expect(mentionsOf('jane@x.example').isIn(text)).toBe(true);
    expect(mentions.isIn(text)).toBe(false);
    expect(mentions.isInOctets(Buffer.from(text))).toBe(false);
    expect(mentions.replacedIn(text, OTHER)).toBe(text);
    expect(mentions.replacedIn(`${text} jane@x.example`, OTHER)).toBe(`${text} ${OTHER}`);
    expect(mentions.isInAddress(longer)).toBe(false);
  });

  test('is the same beside those whom no text takes for it, or who have it in their own address', () => {
    const mentions = mentionsOf('jane@x.example');
    const others = [
      'maryjane@x.example',
      'jane@x.example',
      'list+jane=x.example@l.example',
      '',
      'Jane@X.example',
    ];
    expect(mentions.besides(others)).toBe(mentions);
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

  test.each([
    'jörg@müller.example',
    'JÖRG@xn--mller-kva.example',
    '"jörg"@müller.example',
    'j%C3%B6rg%40m%C3%BCller.example',
    'j=C3=B6rg=40xn--mller-kva.example',
  ])('is found in the octets of a file as %s', (text) => {
    const [pattern] = octetPatternsOf('jörg@xn--mller-kva.example');
    expect(Buffer.from(`x${text}x`).toString('latin1')).toMatch(pattern ?? '');
  });
});
