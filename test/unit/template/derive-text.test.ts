/** The text of HTML: what people would read of a receipt, and an end in time for what nobody would. */
import { describe, expect, it } from 'vitest';
import { deriveText } from '../../../src/template/derive-text.ts';
import { startCpuTime } from '../../support/cpu-time.ts';

function textOf(html: string): string {
  const derived = deriveText(html);
  if ('problem' in derived) throw new Error(derived.problem);
  return derived.text;
}

describe('the text of HTML', () => {
  it('has a table in columns, with cells over several of them', () => {
    const rows =
      '<thead><tr><th>Item</th><th>Count</th><th>Price</th></tr></thead>' +
      '<tbody><tr><td>Tea, green</td><td>2</td><td>€ 8.00</td></tr><tr><td>A cup</td><td>1</td><td>€ 12.50</td></tr></tbody>' +
      '<tfoot><tr><td colspan="2">Total</td><td>€ 20.50</td></tr></tfoot>';
    expect(textOf(`<p>Thank you.</p><table>${rows}</table>`)).toBe(
      [
        'Thank you.',
        '',
        'Item         Count   Price',
        'Tea, green   2       € 8.00',
        'A cup        1       € 12.50',
        'Total                € 20.50',
        '',
      ].join('\n'),
    );
  });

  it('lets a cell stand beside several rows, and wraps a long one', () => {
    const long = 'word '.repeat(20).trim();
    expect(textOf(`<table><tr><td rowspan=2>a<td>b<tr><td>c<tr><td>${long}<td>d</table>`)).toBe(
      [
        `a${' '.repeat(61)}b`,
        `${' '.repeat(62)}c`,
        `${'word '.repeat(12).trim()}   d`,
        'word '.repeat(8).trim(),
        '',
      ].join('\n'),
    );
  });

  it('numbers lists from where they start, and quotes', () => {
    expect(
      textOf(
        '<ol start=3 type=i><li>a<li>b</ol><blockquote>said <a href="https://x.test/">so</a></blockquote>',
      ),
    ).toBe(' iii. a\n iv.  b\n\n> said so (https://x.test/)\n');
  });

  const hostile: readonly (readonly [string, string])[] = [
    ['a cell over 30,000 rows and columns', '<td rowspan=30000 colspan=30000>a'],
    ['such a cell in a table', '<table><tr><td rowspan=30000 colspan=30000>a</table>'],
    ['a cell over 100,000 columns', '<table><tr><td colspan=100000>a<td colspan=1e308>b</table>'],
    ['20,000 rows with cells over 1,000 rows', `<table>${'<tr><td rowspan=1000>a'.repeat(20_000)}</table>`],
    ['10,000 columns', `<table><tr>${'<td>a'.repeat(10_000)}</table>`],
    [
      'a column as wide as a book',
      `<table><tr><td>${'w'.repeat(400_000)}<td>b${'<tr><td>c<td>d'.repeat(10_000)}</table>`,
    ],
    ['quotations in quotations', `${'<blockquote>'.repeat(900)}${'<p>a'.repeat(40_000)}`],
    ['lists in lists', `${'<ul><li>'.repeat(400)}${'<br>'.repeat(40_000)}`],
    ['links in links', `${'<a href=x>'.repeat(900)}${'w '.repeat(900_000)}`],
    ['tables in tables', '<table><tr><td>a<td>'.repeat(300)],
    ['groups of rows in one another', `<table>${'<center>'.repeat(990)}<tr><td>x`],
    [
      'numbers that have no letters',
      '<ol type=i start=100000><li>a</ol><ol type=a start=-5><li>b</ol><ol start=1e308><li>c',
    ],
    ['pieces of one word', 'xxxxxxxxxxxxxxxx<b></b>'.repeat(14_000)],
    ['one long word', 'x'.repeat(2_000_000)],
    ['entities', '&amp;&eacute;&#x41;'.repeat(100_000)],
    ['blanks', ' '.repeat(2_000_000)],
    ['a long attribute', `<p class="${'a '.repeat(1_000_000)}">x`],
    ['preformatted lines', `<pre>${'a\n'.repeat(900_000)}`],
  ];

  it.each(hostile)('is there soon, and not long, for %s', (_what, html) => {
    const cpuMs = startCpuTime();
    expect(textOf(html).length).toBeLessThan(2 * 1024 * 1024);
    expect(cpuMs()).toBeLessThan(8_000);
  });

  it.each([
    ['too many tags', '<br>'.repeat(50_001), /more than 50000 tags .*text part/],
    ['links that never end', '<a href=x>y'.repeat(1_001), /more than 1000 elements open at once/],
    [
      'ends of what is not open',
      `${'<b>'.repeat(20_000)}${'</x>'.repeat(20_000)}`,
      /more than 1000 elements open/,
    ],
    [
      'a text that is longer than HTML can be',
      `<blockquote>${'<hr>'.repeat(30_000)}`,
      /text of more than 2097152/,
    ],
  ])('is refused, with what to do, for %s', (_what, html, expected) => {
    expect(deriveText(html)).toEqual({ problem: expect.stringMatching(expected) as string });
  });
});
