/** What of a message's HTML is drawn: only what is on the list, and nothing that a browser would run, fetch or follow. */
import { describe, expect, test } from 'vitest';
import { drawHtml } from '../../../src/preview/draw-html.ts';
import { HOSTILE_HTML } from '../../support/hostile-html.ts';

const nothing = () => undefined;
const bodyOf = (html: string, imageOf: (id: string) => string | undefined = nothing) =>
  /<body>(.*)<\/body>/s.exec(drawHtml(html, imageOf).document)?.[1];

test('what draws is written as it was', () => {
  expect(bodyOf('<p class="a">Hello <b>you</b><br>and <font color=red>others</font></p>')).toBe(
    '<p class="a">Hello <b>you</b><br>and <font color="red">others</font></p>',
  );
});

test('what is open is closed, and text is escaped', () => {
  expect(bodyOf('<div><b>1 &lt; 2 &amp; "3"')).toBe('<div><b>1 &lt; 2 &amp; &quot;3&quot;</b></div>');
});

describe('of hostile HTML nothing is left', () => {
  test.each(HOSTILE_HTML)('%s', (_name, html) => {
    const { document } = drawHtml(html, nothing);
    const tags = [...document.matchAll(/<\/?([^\s>]+)([^>]*)>/g)];
    const names = new Set(tags.map(([, name]) => name));
    for (const name of [
      'script',
      'svg',
      'math',
      'iframe',
      'link',
      'base',
      'form',
      'object',
      'embed',
      'template',
    ])
      expect(names).not.toContain(name);
    // The one of our own says the charset.
    expect(tags.filter(([tag]) => tag.startsWith('<meta')).map(([tag]) => tag)).toEqual([
      '<meta charset="utf-8">',
    ]);
    for (const [, , attributes = ''] of tags)
      expect(attributes).not.toMatch(
        /\s(?:on\w+|href|srcset|srcdoc|action|background|poster|ping|formaction|http-equiv)=/i,
      );
    for (const [, , attributes = ''] of tags)
      expect(attributes).not.toMatch(/\ssrc="(?!data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]*")/);
    expect(document).not.toMatch(/(?<!unknown-)url\(|@import/i);
  });
});

test('images of the message are shown, all others are counted', () => {
  const image = 'data:image/png;base64,AAAA';
  const { document, imagesLeftOut } = drawHtml(
    '<img src="cid:a@b" alt="ours"><img src="https://x.example/i.png" alt="theirs"><img src="cid:none">' +
      '<img src="data:image/svg+xml;base64,AAAA"><img src="data:image/gif;base64,R0lG">',
    (id) => (id === 'a@b' ? image : undefined),
  );
  expect(document).toContain(`<img src="${image}" alt="ours">`);
  expect(document).toContain('<img src="data:image/gif;base64,R0lG">');
  expect(document).toContain('▢ theirs');
  expect(document).not.toContain('x.example');
  expect(imagesLeftOut).toBe(3);
});

test('links are listed and lead nowhere', () => {
  const { document, links } = drawHtml(
    '<a href="https://example.com/a?b&amp;c">one <b>two</b></a><a href="#top">here</a><a href="javascript:alert(1)">three</a>',
    nothing,
  );
  expect(links).toEqual([
    { text: 'one two', href: 'https://example.com/a?b&c' },
    { text: 'three', href: 'javascript:alert(1)' },
  ]);
  expect(document).toContain('<a>one <b>two</b></a>');
});

test('styles stay, without what they fetch, and cannot leave their element', () => {
  const { document } = drawHtml(
    '<style><!-- @import "x.css"; p{background:url(//x.example/a)} --></style><p style="color:red;background:url(x)">a</p>',
    nothing,
  );
  expect(document).toContain('@unknown-import');
  expect(document).toContain('<p style="color:red;background:unknown-url(x)">');
  expect(document.match(/<\/style>/g)).toHaveLength(2);
});

test('no escape hides what fetches', () => {
  const { document } = drawHtml(
    String.raw`<style>a{b:\75 rl(x);c:u\rl(y);d:\000055RL(z)}@\69mport "q"; p::before{content:"\2022"}</style>`,
    nothing,
  );
  expect(document.match(/unknown-/g)).toHaveLength(4);
  expect(document).toContain(String.raw`content:"\2022"`);
});

test('what is too deep, too long or too much is cut, and says so', () => {
  const deep = drawHtml('<div>'.repeat(5_000) + 'text', nothing);
  expect([deep.isCut, deep.document.length < 10_000, deep.document.includes('text')]).toEqual([
    true,
    true,
    true,
  ]);
  const many = drawHtml('<b></b>'.repeat(50_000), nothing);
  expect([many.isCut, many.document.length < 200_000]).toEqual([true, true]);
  const long = drawHtml('a'.repeat(3_000_000), nothing);
  expect([long.isCut, long.document.length < 2_200_000]).toEqual([true, true]);
});
